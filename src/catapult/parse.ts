import { z } from 'zod';
import { MAX_NESTING_LEVELS } from './budget.ts';
import { catapultError } from './errors.ts';
import { withNumbersKept, writeExactly } from './exact-numbers.ts';
import { isNestedWithin, outsideJson, outsideText } from './outside-text.ts';

/**
 * Parses a request body by the wire's rules: `null` means absent, at any depth, but in a field that takes it.
 * @throws CatapultError as `parseBody`.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const shape = schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
  const takesNull = (name: string) => Object.hasOwn(shape, name) && shape[name]?.safeParse(null).success === true;
  return parseBody(schema, body, (given) => withoutNulls(given, takesNull));
}

/**
 * Parses a body, as it came unless `read` makes something else of it. What it holds of text is well-formed afterwards.
 * @throws CatapultError 400 that names each wrong field, what it got and what it wants; `callback-invalid-url` when a
 *   callback's URL is the first thing wrong, `validation-error` otherwise.
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  read: (value: unknown) => unknown = (value) => value,
): z.output<Schema> {
  // Before anything looks into it, and be it to show it.
  if (!isNestedWithin(body, MAX_NESTING_LEVELS)) {
    const details = [{ name: 'maxLevels', value: String(MAX_NESTING_LEVELS) }];
    const message = `The body: wants objects and lists in at most ${MAX_NESTING_LEVELS} levels.`;
    throw catapultError('validation-error', message, { details });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw catapultError('validation-error', `The body: got ${shown(body)}, wants a JSON object.`);
  }
  const given = read(outsideJson(body));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => ({
    name: placeIn(path),
    value: shown(valueAt(path, given)),
    wanted: message,
  }));
  const code = /^(conference\.)?(callback|fallback)Url$/.test(wrong[0]?.name ?? '')
    ? 'callback-invalid-url'
    : 'validation-error';
  throw catapultError(
    code,
    `${wrong.map(({ name, value, wanted }) => `${name}: got ${value}, wants ${wanted}`).join('; ')}.`,
    {
      details: wrong.map(({ name, value }) => ({ name, value })),
    },
  );
}

/** The places of a list are kept, and at the top the nulls of some fields. */
function withoutNulls(value: unknown, keeps: (name: string) => boolean = () => false): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => withoutNulls(inner));
  const there = Object.entries(value).filter(([name, inner]) => inner !== null || keeps(name));
  return Object.fromEntries(there.map(([name, inner]) => [name, withoutNulls(inner)]));
}

/** `participants[0].to` */
function placeIn(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.join('').slice(1) || 'body';
}

function valueAt(path: readonly PropertyKey[], value: unknown): unknown {
  return path.reduce<unknown>((within, step) => (within as Record<PropertyKey, unknown> | undefined)?.[step], value);
}

/** A value as it stands in an error message, cut to a length that fits a log line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = writeExactly(withNumbersKept(value));
  return json.length > 100 ? `${outsideText(json, 100)}…` : json;
}
