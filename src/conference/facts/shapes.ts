import type { Kind } from '../../catapult/kinds.ts';
import { bytesOf } from '../state/plain-data.ts';

/* How plain data from elsewhere is looked at, field by field, in plain code: schemas have no room in a workflow. */

/** Says what is wrong with a value, behind the place where it stands: `: wants true or false`, or `.mute: wants true or false`. */
export type Check = (value: unknown) => string | undefined;
/** One for each field: a new one must not be forgotten. */
export type Checks<Value> = Record<keyof Value, Check>;

export function is({ fits, wants }: Kind): Check {
  return (value) => (fits(value) ? undefined : `: wants ${wants}`);
}

export function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

export function may(kind: Kind): Check {
  return optional(is(kind));
}

/** An object with these fields; others are left alone. */
export function holding(fields: Record<string, Check>): Check {
  const checks = Object.entries(fields);
  return (value) => {
    if (!isObject(value)) return ': wants an object';
    for (const [name, check] of checks) {
      const wrong = check(value[name]);
      if (wrong !== undefined) return `.${name}${wrong}`;
    }
    return undefined;
  };
}

/** An object that is as one of these, told apart by the word in one of its fields. */
export function oneOfThese(field: string, shapes: Record<string, Check>): Check {
  return (value) => {
    if (!isObject(value)) return ': wants an object';
    const found = Object.entries(shapes).find(([name]) => name === value[field]);
    return found === undefined ? `.${field}: wants ${Object.keys(shapes).join(', ')}` : found[1](value);
  };
}

export function listOf(check: Check, most = Infinity): Check {
  return (value) => {
    if (!Array.isArray(value) || value.length > most)
      return `: wants a list${most === Infinity ? '' : ` of at most ${most}`}`;
    const at = value.findIndex((one) => check(one) !== undefined);
    return at < 0 ? undefined : `[${at}]${check(value[at])}`;
  };
}

/** An object whose fields are all alike. */
export function allOf(check: Check): Check {
  return (value) => {
    if (!isObject(value)) return ': wants an object';
    const wrong = Object.entries(value).find(([, one]) => check(one) !== undefined);
    return wrong === undefined ? undefined : `.${wrong[0]}${check(wrong[1])}`;
  };
}

export function text(most: number): Kind {
  return {
    wants: `a string of at most ${most} characters`,
    fits: (value) => typeof value === 'string' && value.length <= most,
  };
}

/** Of what is bounded as a whole. */
export const anyText: Kind = { wants: 'a string', fits: (value) => typeof value === 'string' };

export const finite: Kind = { wants: 'a number', fits: (value) => Number.isFinite(value) };

export const count: Kind = {
  wants: 'a whole number from 0',
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};

/** Of a year with four digits: a later one would be no time for a timer, and an earlier one none that can be written. */
export const time: Kind = {
  wants: 'a time in epoch milliseconds',
  fits: (value) => Number.isFinite(value) && Math.abs(Number(value)) < Date.UTC(9_999, 0),
};

export function word(words: readonly unknown[]): Kind {
  return { wants: words.map((one) => JSON.stringify(one)).join(' or '), fits: (value) => words.includes(value) };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is kept with fields that nobody knows, and so has bounds as a whole. */
export function within(bytes: number, check: Check): Check {
  return (value) => check(value) ?? (bytesOf([value]) > bytes ? `: wants ${bytes} bytes of JSON at most` : undefined);
}

/** What is wrong, as the beginning of a sentence. */
export function placed(wrong: string | undefined): string | undefined {
  return wrong?.replace(/^(\.|: )/, '');
}
