import { z } from 'zod';
import { present } from './present.ts';
import { errorTable, type WireError } from './errors.ts';
import { isWithin, outsideText } from './outside-text.ts';
import { idFromLocation, isPlatformId } from './paths.ts';

/*
 * What comes from a platform, parsed: its callback events and its answers. Apart from what workflows use of the wire:
 * every conference in a worker's memory would have these schemas of its own.
 */

const id = z.string().refine(isPlatformId);
const word = z.string().max(100);
const instant = z.string().max(40);
const time = instant.optional().catch(undefined);

const orNull = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional().catch(undefined);

/** Accepts every JSON object that has an `eventType`; a known field of an unexpected type, or length, counts as absent; `null` is passed on as it came. */
export const callbackEvent = z.looseObject({
  eventType: z.custom<string>(
    (value) => typeof value === 'string' && value !== '' && isWithin(value, 100),
    'a text of 1 to 100 characters',
  ),
  conferenceId: orNull(id),
  status: orNull(word),
  state: orNull(word),
  memberId: orNull(id),
  callId: orNull(id),
  activeMembers: orNull(z.union([z.number(), z.string().transform(Number)]).pipe(z.number().int().min(0))),
  time: orNull(instant),
  createdTime: orNull(instant),
  completedTime: orNull(instant),
  tag: orNull(z.string()),
});

const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
  .optional()
  .catch(undefined);

/** What we rely on in a platform's answer to GET /conferences/{id}; what is odd beside it counts as absent. */
export const platformConference = z.object({
  state: z.enum(['created', 'active', 'completed']),
  createdTime: time,
  completedTime: time,
});

const url = z.string().optional().catch(undefined);

/** What of the same answer says where the conference's events go. */
export const platformCallbacks = z.object({
  state: platformConference.shape.state,
  callbackUrl: url,
  fallbackUrl: url,
});

/** What we rely on in each member of a platform's answer to GET /conferences/{id}/members. */
export const platformMember = z
  .object({
    id,
    state: z.enum(['active', 'completed']),
    mute: flag,
    hold: flag,
    addedTime: time,
    removedTime: time,
    call: z.string().optional().catch(undefined),
    callId: id.optional().catch(undefined),
  })
  .transform(({ call, callId = idFromLocation(call), ...member }) => ({ ...member, callId }));

export type PlatformConference = z.output<typeof platformConference>;
export type PlatformCallbacks = z.output<typeof platformCallbacks>;
export type PlatformMember = z.output<typeof platformMember>;

const within = (maxCharacters: number) => (text: string) => outsideText(text, maxCharacters);

/** What is taken of a platform's error, in characters: more than any of the wire has to say. It goes into states, histories, logs, and to the customer. */
export const ERROR_CHARACTERS = {
  category: 100,
  code: 100,
  message: 1_000,
  detailName: 100,
  detailValue: 100,
} as const;
export const MAX_ERROR_DETAILS = 5;

const errorAnswer = z.object({
  category: z.string().transform(within(ERROR_CHARACTERS.category)).catch(''),
  code: z.string().transform(within(ERROR_CHARACTERS.code)).catch(''),
  message: z.string().transform(within(ERROR_CHARACTERS.message)).catch(''),
  details: z
    .array(
      z.object({
        name: z.string().transform(within(ERROR_CHARACTERS.detailName)),
        value: z.coerce.string().transform(within(ERROR_CHARACTERS.detailValue)),
      }),
    )
    .transform((details) => details.slice(0, MAX_ERROR_DETAILS))
    .optional()
    .catch(undefined),
});

/** Reads a platform's error answer; what is missing or no JSON at all is filled in from the HTTP status. */
export function parseErrorAnswer(status: number, body: unknown): WireError {
  const { category, code, message, details } = errorAnswer.parse(typeof body === 'object' && body !== null ? body : {});
  // A bare 404 may come from anything that answers at this address: it does not say that a conference is unknown.
  const known = Object.entries(errorTable).find(
    ([code, entry]) => entry.status === status && (status !== 404 || code === 'resource-not-found'),
  );
  return {
    status,
    category: category || (known?.[1].category ?? (status < 500 ? 'bad-request' : 'unavailable')),
    code: code || (known?.[0] ?? (status < 500 ? 'validation-error' : 'gateway-unavailable')),
    message: message || `the platform answered ${status} without saying why`,
    ...present({ details }),
  };
}
