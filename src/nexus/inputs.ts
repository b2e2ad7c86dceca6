import { z } from 'zod';
import { catapultError } from '../catapult/errors.ts';
import { MAX_NESTING_LEVELS } from '../catapult/budget.ts';
import { isNestedWithin } from '../catapult/outside-text.ts';
import { parseRequest } from '../catapult/parse.ts';
import {
  callRequest,
  createConferenceRequest,
  type CallRequest,
  type CreateConferenceRequest,
} from '../catapult/requests.ts';
import { withoutUserinfo } from '../catapult/resources.ts';
import { isConferenceId } from '../client/index.ts';
import type { Awaited } from '../conference/state/watchers.ts';
import { MAX_AWAITED_MEMBERS, MAX_INPUT_BYTES } from './budget.ts';

/* What workflows of others send: all of it may be anything. Each throws a CatapultError 400 that names what is wrong. */

const keyed = z.object({
  requestId: z
    .string({ error: 'a text' })
    .regex(/^[\x21-\x7e]{1,255}$/, { error: '1 to 255 visible ASCII characters that name the request' }),
});

// Longer ones are cut where they are shown; whether there is one of this id is another question.
const conferenceId = z.string({ error: 'the id of a conference' });

const howMany = `a whole number from 1 to ${MAX_AWAITED_MEMBERS}`;
const waiting = z
  .object({
    conferenceId,
    phase: z.enum(['created', 'active', 'completed'], { error: '"created", "active" or "completed"' }).optional(),
    members: z
      .int({ error: howMany })
      .min(1, { error: howMany })
      .max(MAX_AWAITED_MEMBERS, { error: howMany })
      .optional(),
  })
  .refine(({ phase, members }) => (phase === undefined) !== (members === undefined), {
    path: ['phase'],
    error: 'a phase, or a number of members instead',
  });

export function createInput(input: unknown): { requestId: string; request: CreateConferenceRequest } {
  const { requestId } = parsed(keyed, input);
  return { requestId, request: withoutSecrets(parsed(createConferenceRequest, input)) };
}

export function dialInput(input: unknown): { requestId: string; call: CallRequest } {
  const { requestId } = parsed(keyed, input);
  return { requestId, call: withoutSecrets(parsed(callRequest, input)) };
}

export function conferenceInput(input: unknown): { conferenceId: string } {
  return parsed(z.object({ conferenceId }), input);
}

/** The conference that an input names, for the log; undefined if it names none. */
export function conferenceNamedIn(input: unknown): string | undefined {
  const { data } = z.object({ conferenceId: z.string().refine(isConferenceId) }).safeParse(input);
  return data?.conferenceId;
}

export function waitForInput(input: unknown): { conferenceId: string; awaited: Awaited } {
  const { conferenceId: id, phase, members = 0 } = parsed(waiting, input);
  return { conferenceId: id, awaited: phase === undefined ? { members } : { phase } };
}

function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  // What is nested without end could not be written: that is said when it is parsed.
  const json = isNestedWithin(input, MAX_NESTING_LEVELS) ? JSON.stringify(input ?? null) : '';
  if (Buffer.byteLength(json) > MAX_INPUT_BYTES)
    throw catapultError('body-too-large', `The input: wants at most ${MAX_INPUT_BYTES / 1024} KB of JSON.`);
  return parseRequest(schema, input);
}

/** The histories of whoever calls hold what they send: a password in a URL would be read there. */
function withoutSecrets<Request extends { callbackUrl?: string | undefined; fallbackUrl?: string | undefined }>(
  request: Request,
): Request {
  for (const name of ['callbackUrl', 'fallbackUrl'] as const) {
    const url = request[name];
    if (url !== undefined && withoutUserinfo(url) !== url)
      throw catapultError('callback-invalid-url', `${name}: wants a URL without user and password: histories show it.`);
  }
  return request;
}
