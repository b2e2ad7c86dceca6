import { z } from 'zod';
import {
  MAX_CALLBACK_TIMEOUT_MS,
  MAX_CALL_TIMEOUT_SECONDS,
  MAX_PIN_DIGITS,
  MAX_SENTENCE_CHARACTERS,
  MAX_SIP_HEADERS,
  MAX_TAG_CHARACTERS,
  MAX_URL_CHARACTERS,
  MIN_PIN_DIGITS,
} from './budget.ts';
import { isLocalTime, timeZoneNamed, ZONE_NAME } from './local-time.ts';
import { isWithin } from './outside-text.ts';
import { exactTime } from './resources.ts';

/** In milliseconds; leap years are longer. */
export const YEAR_MS = 366 * 86_400_000;

/*
 * What every kind of field wants stands here once, in words that end a sentence: parseRequest builds the answer "field: got …, wants …"
 * from them, and the description of the wire says them too, beside the type and pattern that no program could read out of a function.
 */

/** A field of this kind, with what it means where it stands. */
export function field<Schema extends z.ZodType>(kind: Schema, means: string): Schema {
  return kind.describe(kind.description === undefined ? means : `${means}: ${kind.description}`);
}

/** E.164, as the wire writes telephone numbers. */
export const phoneNumber = matching('an E.164 telephone number such as "+19195551234"', /^\+[1-9]\d{1,14}$/);

const HTTP_URL = /^[hH][tT][tT][pP][sS]?:\/\/[^\s/\\?#]\S*$/;

/** A callback target. `user:password@` in it is allowed: it becomes Basic auth. */
export const callbackUrl = text(
  `an http:// or https:// URL of at most ${MAX_URL_CHARACTERS} characters`,
  { maxLength: MAX_URL_CHARACTERS, pattern: HTTP_URL.source },
  (value) => isWithin(value, MAX_URL_CHARACTERS) && isHttpUrl(value),
);

/** Whole milliseconds that a sender waits for the answer to a callback. */
export const callbackTimeout = wholeNumber('milliseconds', MAX_CALLBACK_TIMEOUT_MS);

export const callbackHttpMethod = anyCaseOf('GET', 'POST');

export const profile = z
  .enum(['interpret_digits', 'passthru_digits'], { error: '"interpret_digits" or "passthru_digits"' })
  .describe('"interpret_digits" or "passthru_digits"');

export const tag = upTo(MAX_TAG_CHARACTERS, `a string of at most ${MAX_TAG_CHARACTERS} characters`);

/** A switch; clients send it as a string too. */
export const flag = z
  .preprocess(
    (value) => (typeof value === 'string' ? ({ true: true, false: false }[value.toLowerCase()] ?? value) : value),
    z.boolean({ error: 'true or false' }),
  )
  .describe('true or false');

/** An id in a body: a platform's own, or one of ours. */
export const id = matching('an id of 1 to 100 visible ASCII characters', /^[\x21-\x7e]{1,100}$/);

/** A schedule of conferences. */
export const scheduleId = matching('the id of a schedule: "sched-" and 26 letters and digits', /^sched-[a-z2-7]{26}$/);

/** It is a string: as a number it would lose the zeros that it begins with. */
const pin = matching(
  `a string of ${MIN_PIN_DIGITS} to ${MAX_PIN_DIGITS} digits such as "246810"`,
  new RegExp(`^\\d{${MIN_PIN_DIGITS},${MAX_PIN_DIGITS}}$`),
);

/** Strict, unlike all else: who misspells `pin` must not get a conference that is open to everybody. */
export const dialIn = z.strictObject(
  { pin: field(pin, 'what callers must enter on their keypads').optional() },
  { error: 'an object such as {"pin": "246810"}, or {}' },
);

/** Where a call is dialled to. */
export const destination = matching(
  'an E.164 telephone number or a sip: address of at most 300 characters',
  /^(\+[1-9]\d{1,14}|[sS][iI][pP]:[\x21-\x7e]{1,296})$/,
);

/** Whole seconds that a dialled call may ring. */
export const callTimeout = wholeNumber('seconds', MAX_CALL_TIMEOUT_SECONDS);

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

/** How often somebody is dialled at most. */
export const attempts = wholeNumber('attempts', 20);

/** Whole seconds, a day or a year at most. */
export const secondsOfADay = wholeNumber('seconds', 86_400);
export const secondsOfAYear = wholeNumber('seconds', 366 * 86_400);

/** Of a conference's fields, where one goes by another. */
export function isWarnedBefore({ maxDuration = 0, maxDurationWarning = -1 }: LastsFor): boolean {
  return maxDurationWarning < maxDuration;
}
type LastsFor = { maxDuration?: number | undefined; maxDurationWarning?: number | undefined };
export const WARNED_BEFORE = {
  path: ['maxDurationWarning'],
  error: 'less seconds than a maxDuration that is given too',
};

export const recordingMaxDuration = secondsOfADay;

export const recordingFileFormat = anyCaseOf('wav', 'mp3');

export const audioFileUrl = text(
  `an http:// or https:// URL of at most ${MAX_URL_CHARACTERS} characters, or "" to stop`,
  { maxLength: MAX_URL_CHARACTERS, pattern: `${HTTP_URL.source}|^$` },
  (value) => value === '' || (isWithin(value, MAX_URL_CHARACTERS) && isHttpUrl(value)),
);

export const sentence = upTo(
  MAX_SENTENCE_CHARACTERS,
  `a sentence of at most ${MAX_SENTENCE_CHARACTERS} characters, or "" to stop`,
);

export const gender = anyCaseOf('female', 'male');

export const locale = anyCaseOf('en_US', 'en_UK', 'es', 'es_MX', 'fr', 'fr_FR', 'de', 'de_DE', 'it', 'it_IT');

export const voice = anyCaseOf(
  ...(['Kate', 'Susan', 'Julie', 'Dave', 'Paul', 'Bridget', 'Esperanza', 'Violeta'] as const),
  ...(['Jorge', 'Jolie', 'Bernard', 'Katrin', 'Stefan', 'Paola', 'Luca'] as const),
);

const SIP_HEADER = /^[xX]-[\w-]{1,100}$/;
const SIP_HEADER_CONTENT = /^[\t\x20-\x7e]{0,1024}$/;
const WANTED_SIP_HEADERS =
  `an object of at most ${MAX_SIP_HEADERS} X- headers, ` +
  `each a string of at most ${MAX_TAG_CHARACTERS} visible characters`;

/** Headers for the far end of a call. What would break a header line is refused. */
export const sipHeaders = z.custom<Record<string, string>>(isSipHeaders, WANTED_SIP_HEADERS).meta({
  type: 'object',
  maxProperties: MAX_SIP_HEADERS,
  propertyNames: { pattern: SIP_HEADER.source },
  additionalProperties: { type: 'string', pattern: SIP_HEADER_CONTENT.source },
  description: WANTED_SIP_HEADERS,
});

function isSipHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const headers = Object.entries(value);
  const isHeader = ([name, content]: [string, unknown]) =>
    SIP_HEADER.test(name) && typeof content === 'string' && SIP_HEADER_CONTENT.test(content);
  return headers.length <= MAX_SIP_HEADERS && headers.every(isHeader);
}

/** A whole number from `smallest` to `largest`; clients send it as a string too. */
export function wholeNumber(unit: string, largest: number, smallest = 1) {
  const wanted = `a whole number of ${unit} from ${smallest} to ${largest}`;
  const number = z.custom<number>(
    (value) => Number.isInteger(value) && Number(value) >= smallest && Number(value) <= largest,
    wanted,
  );
  return z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
      number.meta({ type: 'integer', minimum: smallest, maximum: largest }),
    )
    .describe(wanted);
}

/** One of some words in any letter case; it becomes the documented spelling. */
function anyCaseOf<const Words extends [string, ...string[]]>(...words: Words) {
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

export function upTo(maxLength: number, wanted: string) {
  return text(wanted, { maxLength }, (value) => isWithin(value, maxLength));
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

function isHttpUrl(value: string): boolean {
  return HTTP_URL.test(value) && URL.canParse(value);
}
