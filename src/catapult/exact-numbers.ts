/*
 * Whole numbers beyond 2^53, which are not ours to change: read as a BigInt, kept in JSON as a text that begins with a zero
 * character (no text from outside has one, see outside-text.ts), and written again as the number that came.
 */

/** In valid JSON: whole strings, and whatever else may be a large number; what stands between them does not matter. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

const KEPT = /^\0(-?\d+)$/;

/** As JSON.parse, but a whole number that a JavaScript number cannot hold becomes a BigInt. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  if (!/\d{16}/.test(text)) return parsed;
  const marked = text.replace(STRING_OR_NUMBER, (token) => {
    // A text with a zero character must not be taken for a number of ours.
    if (token.startsWith('"'))
      return token.replace(/\\(u0000|.)/g, (escape) => (escape === '\\u0000' ? '\\ufffd' : escape));
    return isLarge(token) ? `"\\u0000${token}"` : token;
  });
  return JSON.parse(marked, (_name, value: unknown) => {
    const [, digits] = typeof value === 'string' ? (KEPT.exec(value) ?? []) : [];
    return digits === undefined ? value : BigInt(digits);
  });
}

function isLarge(number: string): boolean {
  return /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number));
}

/** A JSON value with each BigInt as the text that stands for it, at any depth: any JSON may hold it then. */
export function withNumbersKept<Value>(value: Value): Value;
export function withNumbersKept(value: unknown): unknown {
  if (typeof value === 'bigint') return `\0${value}`;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner: unknown) => withNumbersKept(inner));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withNumbersKept(inner)]));
}

/** As JSON.stringify, with the numbers that were kept. */
export function writeExactly(value: unknown): string {
  return JSON.stringify(value).replace(/"\\u0000(-?\d+)"/g, '$1');
}

/** A value as text, for a query. */
export function exactText(value: unknown): string {
  return typeof value === 'string' ? value.replace(KEPT, '$1') : writeExactly(value);
}
