import { z } from 'zod';
import { MAX_SIP_HEADERS, MAX_TAG_CHARACTERS, MAX_URL_CHARACTERS } from './budget.ts';
import * as kinds from './kinds.ts';
import { isLocalTime, timeZoneNamed, ZONE_NAME } from './local-time.ts';
import { isWithin } from './outside-text.ts';
import { exactTime } from './resources.ts';

/** In milliseconds; leap years are longer. */
export const YEAR_MS = 366 * 86_400_000;

/*
 * What every kind of field wants stands once, here or in kinds.ts, in words that end a sentence: parseRequest builds the answer
 * "field: got …, wants …" from them, and the description of the wire says them too, beside the type and pattern that no program could read
 * out of a function.
 */

/** A field of this kind, with what it means where it stands. */
export function field<Schema extends z.ZodType>(kind: Schema, means: string): Schema {
  return kind.describe(kind.description === undefined ? means : `${means}: ${kind.description}`);
}

export const phoneNumber = ofShape(kinds.phoneNumber);
export const destination = ofShape(kinds.destination);
export const id = ofShape(kinds.id);
const pin = ofShape(kinds.pin);

export const callbackUrl = urlText(kinds.callbackUrl);
export const audioFileUrl = urlText(kinds.audioFileUrl);

export const tag = upTo(kinds.tag);
export const sentence = upTo(kinds.sentence);

export const callbackTimeout = number(kinds.callbackTimeout);
export const attempts = number(kinds.attempts);
export const secondsOfADay = number(kinds.secondsOfADay);
export const secondsOfAYear = number(kinds.secondsOfAYear);
export const recordingMaxDuration = secondsOfADay;
export const callTimeout = number(kinds.callTimeout);

export const profile = oneOf(kinds.profile.words);
export const callbackHttpMethod = anyCaseOf(kinds.callbackHttpMethod.words);
export const recordingFileFormat = anyCaseOf(kinds.recordingFileFormat.words);
export const gender = anyCaseOf(kinds.gender.words);
export const locale = anyCaseOf(kinds.locale.words);
export const voice = anyCaseOf(kinds.voice.words);

/** A switch; clients send it as a string too. */
export const flag = z
  .preprocess(
    (value) => (typeof value === 'string' ? ({ true: true, false: false }[value.toLowerCase()] ?? value) : value),
    z.boolean({ error: kinds.flag.wants }),
  )
  .describe(kinds.flag.wants);

/** A schedule of conferences. */
export const scheduleId = matching('the id of a schedule: "sched-" and 26 letters and digits', /^sched-[a-z2-7]{26}$/);

/** Strict, unlike all else: who misspells `pin` must not get a conference that is open to everybody. */
export const dialIn = z.strictObject(
  { pin: field(pin, 'what callers must enter on their keypads').optional() },
  { error: 'an object such as {"pin": "246810"}, or {}' },
);

/** A time of day on a date: what is written without `Z` or an offset is left as it is, until its time zone is known (local-times.ts). */
export function pointInTime(limit: string, latest: () => number) {
  const wanted = `an instant such as "2026-01-31T12:00:00Z", or a local time such as "2026-01-31T12:00" with a timeZone${limit}`;
  const pattern = '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d';
  const isPoint = (value: string) => isLocalTime(value) || (isInstant(value) && Date.parse(value) <= latest());
  return text(wanted, { pattern }, isPoint)
    .transform((value) => (isLocalTime(value) ? value : exactTime(notBefore(value))))
    .describe(wanted);
}

/** When a scheduled conference begins: up to a year ahead; a time that has passed means now. */
export const latestStartAt = () => Date.now() + YEAR_MS;
export const startAt = pointInTime(', a year ahead at most', latestStartAt);

const WANTED_TIME_ZONE = 'a time zone such as "Europe/Berlin" or "UTC"';
/** A place of the time zone database, or UTC. */
export const timeZone = text(
  WANTED_TIME_ZONE,
  { pattern: ZONE_NAME.source, maxLength: 64 },
  (value) => timeZoneNamed(value) !== undefined,
)
  .transform((value) => timeZoneNamed(value) ?? value)
  .describe(WANTED_TIME_ZONE);

/** An instant in epoch milliseconds; what is finer is cut. */
const WANTED_INSTANT = 'an instant such as "2026-01-31T12:00:00Z"';
export const instant = instantText(WANTED_INSTANT, isInstant, (value) => Date.parse(value));

/** ISO 8601, with `Z` or an offset: without one it would be a time of the server's own zone. */
function isInstant(value: string): boolean {
  const [, year, month, day] = /^(?!0000)(\d{4})-(\d\d)-(\d\d)T.*(Z|[+-]\d\d:?\d\d)$/i.exec(value) ?? [];
  // A 29th of February that there is not would be taken for the 1st of March.
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return isDay && !Number.isNaN(Date.parse(value));
}

/** The first whole millisecond (epoch) that is not before an instant; `Date.parse` cuts what is finer. */
function notBefore(instant: string): number {
  return Date.parse(instant) + (/\.\d{3}\d*[1-9]/.test(instant) ? 1 : 0);
}

// Without control characters.
const SEARCHED_TAG = /^(?!')[^"\\\x00-\x1f\x7f-\x9f]*(?<!')$/;

const SEARCHED_ID = /^[!#-&(-[\]-~]{1,100}$/;

/** A tag that is looked for. A store of lists on a SQL database finds none with these characters, and cuts quotes off the ends. */
export const searchedTag = text(
  `a string of at most ${MAX_TAG_CHARACTERS} characters, for which Temporal can look: ` +
    'without double quotes, backslashes and control characters, and without single quotes at its ends',
  { maxLength: MAX_TAG_CHARACTERS, pattern: SEARCHED_TAG.source },
  (value) => isWithin(value, MAX_TAG_CHARACTERS) && SEARCHED_TAG.test(value),
);

/** An id that is looked for: quotes and backslashes are in none of ours, and a store of lists may not find them. */
export const searchedId = text(
  'an id of 1 to 100 visible ASCII characters without quotes and backslashes',
  { maxLength: 100, pattern: SEARCHED_ID.source },
  (value) => SEARCHED_ID.test(value),
);

/** In a query a plus that is not escaped means a space, which none of these begin with. */
export const searchedNumber = plusOf(/^ /, phoneNumber);
export const searchedInstant = plusOf(/ (?=\d\d:?\d\d$)/, instant.transform(exactTime).describe(WANTED_INSTANT));

function plusOf<Value extends z.ZodType>(space: RegExp, value: Value) {
  const read = z.preprocess((given) => (typeof given === 'string' ? given.replace(space, '+') : given), value);
  return read.describe(value.description ?? '');
}

/** How much a page holds. */
export const pageSize = z
  .string({ error: 'one number from 1 to 100' })
  .refine((text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 100, {
    error: 'a number from 1 to 100',
  })
  .meta({ type: 'integer', minimum: 1, maximum: 100 })
  .transform(Number)
  .default(25)
  .describe('how many on a page at most, from 1 to 100');

/** One of some words, as they are. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  const wanted = words.map((word) => `"${word}"`).join(' or ');
  return z.enum(words, { error: wanted }).describe(wanted);
}

export const sipHeaders = z.custom<Record<string, string>>(kinds.sipHeaders.fits, kinds.sipHeaders.wants).meta({
  type: 'object',
  maxProperties: MAX_SIP_HEADERS,
  propertyNames: { pattern: kinds.SIP_HEADER.source },
  additionalProperties: { type: 'string', pattern: kinds.SIP_HEADER_CONTENT.source },
  description: kinds.sipHeaders.wants,
});

/** A whole number from `smallest` to `largest`; clients send it as a string too. */
export function wholeNumber(unit: string, largest: number, smallest = 1) {
  return number(kinds.wholeNumber(unit, largest, smallest));
}

function number({ wants, smallest, largest, fits }: ReturnType<typeof kinds.wholeNumber>) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
      z.custom<number>(fits, wants).meta({ type: 'integer', minimum: smallest, maximum: largest }),
    )
    .describe(wants);
}

/** One of some words in any letter case; it becomes the documented spelling. */
function anyCaseOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  const wanted = words.map((word) => `"${word}"`).join(' or ');
  return z
    .preprocess(
      (value) =>
        typeof value === 'string' ? (words.find((word) => word.toLowerCase() === value.toLowerCase()) ?? value) : value,
      z.enum(words, { error: wanted }),
    )
    .describe(wanted);
}

/** A text that fits a pattern, the same to us and to whoever reads the description. */
export function matching(wanted: string, pattern: RegExp) {
  return text(wanted, { pattern: pattern.source }, (value) => pattern.test(value));
}

function ofShape({ wants, pattern }: kinds.Shaped) {
  return matching(wants, pattern);
}

function urlText({ wants, pattern, fits }: kinds.Shaped) {
  return text(wants, { maxLength: MAX_URL_CHARACTERS, pattern: pattern.source }, fits);
}

function upTo({ wants, maxLength, fits }: typeof kinds.tag) {
  return text(wants, { maxLength }, fits);
}

function instantText<Read>(wanted: string, isValid: (value: string) => boolean, read: (value: string) => Read) {
  return text(wanted, { format: 'date-time' }, isValid).transform(read).describe(wanted);
}

export function text(
  wanted: string,
  says: { pattern?: string; maxLength?: number; format?: 'date-time' },
  isValid: (value: string) => boolean,
) {
  return z
    .custom<string>((value) => typeof value === 'string' && isValid(value), wanted)
    .meta({ type: 'string', ...says, description: wanted });
}
