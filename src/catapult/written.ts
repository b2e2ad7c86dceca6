import type { z } from 'zod';

/** What a caller may write. A flag or a number may be a string too, which a schema calls unknown: in TypeScript it is what it means. */
export type Written<Schema extends z.ZodType> = WrittenAs<z.input<Schema>, z.output<Schema>>;
type WrittenAs<In, Out> = unknown extends In
  ? Out
  : In extends readonly (infer InItem)[]
    ? Out extends readonly (infer OutItem)[]
      ? WrittenAs<InItem, OutItem>[]
      : In
    : In extends object
      ? { [Name in keyof In]: Name extends keyof Out ? WrittenAs<In[Name], Out[Name]> : In[Name] }
      : In;
