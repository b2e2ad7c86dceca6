import { z } from 'zod';

/* The kinds of settings. */

/** What a setting is without being given, and what it means, in Markdown as it stands in a page of docs/. */
export interface Told {
  fallback: string;
  description: string;
}

/** A setting with what docs/configuration.md says of it. */
export function told<Schema extends z.ZodType>(schema: Schema, fallback: string, description: string): Schema {
  return schema.meta({ fallback, description });
}

const somePort = z
  .string()
  .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, {
    error: 'wants a port number from 0 to 65535',
  })
  .transform(Number);

export const port = (fallback: number) => somePort.default(fallback);
export const optionalPort = somePort.optional();
