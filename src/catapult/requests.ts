import { z } from 'zod';
import { catapultError } from './errors.ts';
import {
  callbackHttpMethod,
  callbackTimeout,
  callbackUrl,
  MAX_CALLBACK_TIMEOUT,
  phoneNumber,
  profile,
  tag,
} from './fields.ts';

/** POST /conferences: its seven fields with the wire's defaults. Unknown fields are left out, as Catapult does. */
export const createConferenceRequest = z.object({
  from: phoneNumber,
  callbackUrl: callbackUrl.optional(),
  callbackHttpMethod: callbackHttpMethod.default('POST'),
  callbackTimeout: callbackTimeout.default(MAX_CALLBACK_TIMEOUT),
  fallbackUrl: callbackUrl.optional(),
  profile: profile.default('interpret_digits'),
  tag: tag.optional(),
});
export type CreateConferenceRequest = z.output<typeof createConferenceRequest>;
export type CreateConferenceFields = z.input<typeof createConferenceRequest>;

const notYet = z.undefined({ error: 'nothing: this version cannot change it' }).optional();

/** POST /conferences/{id}: what is absent stays as it is. */
export const updateConferenceRequest = z.object({
  state: z.literal('completed', { error: '"completed", the only state a conference can be set to' }).optional(),
  callbackUrl: callbackUrl.optional(),
  callbackHttpMethod: callbackHttpMethod.optional(),
  callbackTimeout: callbackTimeout.optional(),
  fallbackUrl: callbackUrl.optional(),
  tag: tag.optional(),
  hold: notYet,
  mute: notYet,
});
export type UpdateConferenceRequest = z.output<typeof updateConferenceRequest>;
export type UpdateConferenceFields = z.input<typeof updateConferenceRequest>;

/**
 * Parses a request body by the wire's rules: `null` means absent.
 * @throws CatapultError 400 that names each wrong field, what it got and what it wants; `callback-invalid-url` when a
 *   URL is the first thing wrong, `validation-error` otherwise.
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw catapultError('validation-error', `The body: got ${shown(body)}, wants a JSON object.`);
  }
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path: [field = 'body'], message }) => ({
    name: String(field),
    value: shown(given[String(field)]),
    wanted: message,
  }));
  const code = wrong[0]?.name.endsWith('Url') ? 'callback-invalid-url' : 'validation-error';
  throw catapultError(
    code,
    `${wrong.map(({ name, value, wanted }) => `${name}: got ${value}, wants ${wanted}`).join('; ')}.`,
    {
      details: wrong.map(({ name, value }) => ({ name, value })),
    },
  );
}

/** A value as it stands in an error message, cut to a length that fits a log line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value);
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}
