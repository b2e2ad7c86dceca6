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
import { isWithin } from './outside-text.ts';

/*
 * What every kind of value is, in plain code: schemas go by it (fields.ts), and so do workflows, in which a schema has no room. What it wants
 * ends a sentence.
 */

export interface Kind {
  wants: string;
  fits: (value: unknown) => boolean;
}

export interface Shaped extends Kind {
  pattern: RegExp;
}

/** E.164, as the wire writes telephone numbers. */
export const phoneNumber = shaped('an E.164 telephone number such as "+19195551234"', /^\+[1-9]\d{1,14}$/);

/** Where a call is dialled to. */
export const destination = shaped(
  'an E.164 telephone number or a sip: address of at most 300 characters',
  /^(\+[1-9]\d{1,14}|[sS][iI][pP]:[\x21-\x7e]{1,296})$/,
);

/** An id in a body: a platform's own, or one of ours. */
export const id = shaped('an id of 1 to 100 visible ASCII characters', /^[\x21-\x7e]{1,100}$/);

/** It is a string: as a number it would lose the zeros that it begins with. */
export const pin = shaped(
  `a string of ${MIN_PIN_DIGITS} to ${MAX_PIN_DIGITS} digits such as "246810"`,
  new RegExp(`^\\d{${MIN_PIN_DIGITS},${MAX_PIN_DIGITS}}$`),
);

const HTTP_URL = /^[hH][tT][tT][pP][sS]?:\/\/[^\s/\\?#]\S*$/;
const isHttpUrl = (value: unknown) =>
  isText(value) && isWithin(value, MAX_URL_CHARACTERS) && HTTP_URL.test(value) && URL.canParse(value);

/** A callback target. `user:password@` in it is allowed: it becomes Basic auth. */
export const callbackUrl: Shaped = {
  wants: `an http:// or https:// URL of at most ${MAX_URL_CHARACTERS} characters`,
  pattern: HTTP_URL,
  fits: isHttpUrl,
};

export const audioFileUrl: Shaped = {
  wants: `an http:// or https:// URL of at most ${MAX_URL_CHARACTERS} characters, or "" to stop`,
  pattern: new RegExp(`${HTTP_URL.source}|^$`),
  fits: (value) => value === '' || isHttpUrl(value),
};

export const tag = upTo(MAX_TAG_CHARACTERS, `a string of at most ${MAX_TAG_CHARACTERS} characters`);
export const sentence = upTo(
  MAX_SENTENCE_CHARACTERS,
  `a sentence of at most ${MAX_SENTENCE_CHARACTERS} characters, or "" to stop`,
);

export const flag: Kind = { wants: 'true or false', fits: (value) => typeof value === 'boolean' };

const METHODS = ['GET', 'POST'] as const;
const PROFILES = ['interpret_digits', 'passthru_digits'] as const;
const FORMATS = ['wav', 'mp3'] as const;
const GENDERS = ['female', 'male'] as const;
const LOCALES = ['en_US', 'en_UK', 'es', 'es_MX', 'fr', 'fr_FR', 'de', 'de_DE', 'it', 'it_IT'] as const;
const VOICES = [
  ...(['Kate', 'Susan', 'Julie', 'Dave', 'Paul', 'Bridget', 'Esperanza', 'Violeta'] as const),
  ...(['Jorge', 'Jolie', 'Bernard', 'Katrin', 'Stefan', 'Paola', 'Luca'] as const),
] as const;

export const callbackHttpMethod = oneOf(METHODS);
export const profile = oneOf(PROFILES);
export const recordingFileFormat = oneOf(FORMATS);
export const gender = oneOf(GENDERS);
export const locale = oneOf(LOCALES);
export const voice = oneOf(VOICES);

/** Whole milliseconds that a sender waits for the answer to a callback. */
export const callbackTimeout = wholeNumber('milliseconds', MAX_CALLBACK_TIMEOUT_MS);

/** Whole seconds, a day or a year at most. */
export const secondsOfADay = wholeNumber('seconds', 86_400);
export const secondsOfAYear = wholeNumber('seconds', 366 * 86_400);

/** How often somebody is dialled at most. */
export const attempts = wholeNumber('attempts', 20);

/** Whole seconds that a dialled call may ring. */
export const callTimeout = wholeNumber('seconds', MAX_CALL_TIMEOUT_SECONDS);

export const SIP_HEADER = /^[xX]-[\w-]{1,100}$/;
export const SIP_HEADER_CONTENT = /^[\t\x20-\x7e]{0,1024}$/;

/** Headers for the far end of a call. What would break a header line is refused. */
export const sipHeaders: Kind = {
  wants:
    `an object of at most ${MAX_SIP_HEADERS} X- headers, ` +
    `each a string of at most ${MAX_TAG_CHARACTERS} visible characters`,
  fits(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const headers = Object.entries(value);
    const isHeader = ([name, content]: [string, unknown]) =>
      SIP_HEADER.test(name) && isText(content) && SIP_HEADER_CONTENT.test(content);
    return headers.length <= MAX_SIP_HEADERS && headers.every(isHeader);
  },
};

/** Of a conference's fields, where one goes by another. */
export const WARNED_BEFORE = {
  path: ['maxDurationWarning'],
  error: 'less seconds than a maxDuration that is given too',
};
export function isWarnedBefore({ maxDuration = 0, maxDurationWarning = -1 }: LastsFor): boolean {
  return maxDurationWarning < maxDuration;
}
type LastsFor = { maxDuration?: number | undefined; maxDurationWarning?: number | undefined };

/** A whole number from `smallest` to `largest`. */
export function wholeNumber(unit: string, largest: number, smallest = 1) {
  return {
    wants: `a whole number of ${unit} from ${smallest} to ${largest}`,
    ...{ smallest, largest },
    fits: (value: unknown) => Number.isInteger(value) && Number(value) >= smallest && Number(value) <= largest,
  };
}

function shaped(wants: string, pattern: RegExp): Shaped {
  return { wants, pattern, fits: (value) => isText(value) && pattern.test(value) };
}

function upTo(maxLength: number, wants: string) {
  return { wants, maxLength, fits: (value: unknown) => isText(value) && isWithin(value, maxLength) };
}

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  const wants = words.map((word) => `"${word}"`).join(' or ');
  return { wants, words, fits: (value: unknown) => words.some((word) => word === value) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
