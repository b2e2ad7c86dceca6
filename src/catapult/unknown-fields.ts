import { z } from 'zod';
import { MAX_WARNED_FIELDS } from './budget.ts';
import { catapultError, type CatapultError } from './errors.ts';
import { outsideText } from './outside-text.ts';

/*
 * Fields that are left out since nobody knows them: Catapult does so without a word, and a limit that was misspelt is then
 * missed when it matters.
 */

/** A field that is left out, by its place in the body, and the one of ours that may have been meant. */
export interface UnknownField {
  place: string;
  meant?: string | undefined;
}

/** The fields of a body that its schema does not know, at any depth. */
export function unknownFields(schema: z.core.$ZodType, value: unknown, place = ''): UnknownField[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return unknownFields(schema.unwrap(), value, place);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.flatMap((inner, index) => unknownFields(schema.element, inner, `${place}[${index}]`));
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null) return [];
  const known = new Map<string, z.core.$ZodType>(Object.entries(schema.shape));
  const given = Object.entries(value).filter(([, inner]) => inner !== null);
  return given.flatMap(([name, inner]) => {
    const at = place === '' ? name : `${place}.${name}`;
    const field = known.get(name);
    return field === undefined
      ? [{ place: at, meant: closest(name, [...known.keys()]) }]
      : unknownFields(field, inner, at);
  });
}

/** The values of a `Warning` header: only fields that look like one of ours are named, as any others are none of our business. */
export function warningsOf(unknown: readonly UnknownField[]): string[] {
  const close = unknown.filter(({ meant }) => meant !== undefined).slice(0, MAX_WARNED_FIELDS);
  return close.map(({ place, meant }) => `299 - "${inAscii(place)} was left out: is ${meant} meant?"`);
}

/** For who asks for `Prefer: handling=strict`; undefined if all is known. */
export function strictRefusal(unknown: readonly UnknownField[]): CatapultError | undefined {
  if (unknown.length === 0) return undefined;
  const warned = unknown
    .slice(0, MAX_WARNED_FIELDS)
    .map(({ place, meant }) => ({ name: outsideText(place, 100), meant }));
  const words = warned.map(
    ({ name, meant }) => `${name}: is no field here${meant === undefined ? '' : `, but ${meant} is`}`,
  );
  const details = warned.map(({ name, meant }) => ({ name, value: meant ?? '' }));
  return catapultError('validation-error', `${words.join('; ')}.`, { details });
}

/** A quoted string of a header holds no quotes, and nothing beside ASCII. */
function inAscii(text: string): string {
  return outsideText(text, 100).replace(/[^\x20-\x7e]|["\\]/g, '?');
}

/** The name that this one is within two slips of the hand of (one, where it is short), in whatever case and with whatever dashes. */
function closest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 60) return undefined;
  const plain = (text: string) => text.toLowerCase().replace(/[-_ ]/g, '');
  const near = known.map((other) => ({ other, slips: slipsBetween(plain(name), plain(other)) }));
  const [best] = near.sort((a, b) => a.slips - b.slips);
  return best !== undefined && best.slips <= (best.other.length < 6 ? 1 : 2) && name.length > 2
    ? best.other
    : undefined;
}

/** How many letters must be put in, left out, or made others (Levenshtein). */
function slipsBetween(one: string, other: string): number {
  let row = Array.from({ length: Array.from(other).length + 1 }, (_, index) => index);
  for (const [above, letter] of Array.from(one).entries()) {
    const next = [above + 1];
    for (const [index, its] of Array.from(other).entries()) {
      const changed = (row[index] ?? 0) + (letter === its ? 0 : 1);
      next.push(Math.min(changed, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
