import { z } from 'zod';

/** The longest URL and tag, in characters. */
export const MAX_URL = 2048;
export const MAX_TAG = 1024;

/** The longest a sender waits for the answer to a callback, in milliseconds; also the default. */
export const MAX_CALLBACK_TIMEOUT = 10_000;

/*
 * Every `error` below says what the field wants, in words that end a sentence: parseRequest builds the answer
 * "field: got …, wants …" from it.
 */

/** E.164, as the wire writes telephone numbers. */
export const phoneNumber = text('an E.164 telephone number such as "+19195551234"', (value) =>
  /^\+[1-9]\d{1,14}$/.test(value),
);

/** A callback target. `user:password@` in it is allowed: it becomes Basic auth. */
export const callbackUrl = text(
  `an http:// or https:// URL of at most ${MAX_URL} characters`,
  (value) => value.length <= MAX_URL && isHttpUrl(value),
);

const wantedTimeout = `a whole number of milliseconds from 1 to ${MAX_CALLBACK_TIMEOUT}`;

/** Whole milliseconds; clients send them as a string too. */
export const callbackTimeout = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
  z.custom<number>(
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_CALLBACK_TIMEOUT,
    wantedTimeout,
  ),
);

export const callbackHttpMethod = z.preprocess(
  (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  z.enum(['GET', 'POST'], { error: '"GET" or "POST"' }),
);

export const profile = z.enum(['interpret_digits', 'passthru_digits'], {
  error: '"interpret_digits" or "passthru_digits"',
});

export const tag = text(`a string of at most ${MAX_TAG} characters`, (value) => value.length <= MAX_TAG);

function text(wanted: string, isValid: (value: string) => boolean) {
  return z.custom<string>((value) => typeof value === 'string' && isValid(value), wanted);
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\/[^\s/\\?#]\S*$/i.test(value) && URL.canParse(value);
}
