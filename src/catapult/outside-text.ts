/*
 * Text from outside, as it may go on from the edge where it came in: half a surrogate pair ends a Temporal worker that writes
 * it into a failure, a zero character a database that indexes it, and a text without end whoever keeps it.
 */

const UNFIT = /[\0\p{Cs}]/gu;

/** The text with U+FFFD in place of what no UTF-8 can hold, and of zero characters; cut to a number of whole characters. */
export function outsideText(text: string, maxCharacters: number): string {
  // A character is two units at most: what is behind them need not be looked at.
  const mended = text.slice(0, 2 * maxCharacters + 1).replace(UNFIT, '\ufffd');
  if (mended.length <= maxCharacters) return mended;
  return Array.from(mended).slice(0, maxCharacters).join('');
}

/** Whether a text has so many characters at most: some are two units. */
export function isWithin(text: string, maxCharacters: number): boolean {
  if (text.length <= maxCharacters) return true;
  return text.length <= 2 * maxCharacters && Array.from(text).length <= maxCharacters;
}

/**
 * A JSON value with every text in it so mended, at any depth, the names of fields too. What bounds it is the body's limit. A field
 * `__proto__` is left out: whoever copies it by assignment would change what the copy inherits.
 */
export function outsideJson(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(UNFIT, '\ufffd');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(outsideJson);
  const fields = Object.entries(value).filter(([name]) => name !== '__proto__');
  return Object.fromEntries(fields.map(([name, inner]) => [name.replace(UNFIT, '\ufffd'), outsideJson(inner)]));
}

/** Whether a JSON value has so many levels at most: one that has many more can be read, and not written again. */
export function isNestedWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isNestedWithin(inner, levels - 1));
}

/** Whether a JSON value needs no mending, and has so many levels at most. */
export function isWellFormed(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return value.search(UNFIT) < 0;
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.entries(value).every(([name, inner]) => name.search(UNFIT) < 0 && isWellFormed(inner, levels - 1));
}

/** Ends of lines, control characters, and what turns the direction of writing around. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * The beginning of a text as one line of Markdown that shows the text and nothing else, for the Temporal UI, which takes 400 bytes of
 * a summary: at 80 characters there is room for what is said around it.
 */
export function markdownLine(text: string, maxCharacters = 80): string {
  const line = outsideText(text.replace(STEERING, ' '), maxCharacters);
  return line.replace(/[\\`*_[\]<>|~]/g, '\\$&');
}
