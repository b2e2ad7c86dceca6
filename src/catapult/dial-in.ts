import { MAX_PIN_DIGITS } from './budget.ts';

/*
 * Who calls a number, and which conference that leads to: what every platform does alike with `dialIn`.
 */

/** What counts of a conference that is open. */
export interface Reachable {
  from: string;
  dialIn?: { pin?: string | undefined } | undefined;
}

/** Of conferences that are open those that a call to this number may lead to. Trunks write numbers with a plus or without. */
export function reachedBy<Conference extends Reachable>(number: string, open: readonly Conference[]): Conference[] {
  const dialled = digitsOf(number);
  return open.filter(({ from, dialIn }) => dialIn !== undefined && digitsOf(from) === dialled);
}

/** A number, however it is written. */
export function digitsOf(number: string): string {
  return number.replace(/\D/g, '');
}

/** Whether callers must say which of these they want, and that they may. */
export function isPinWanted(reached: readonly Reachable[]): boolean {
  return reached.some(({ dialIn }) => dialIn?.pin !== undefined);
}

/**
 * The conference that what was entered leads to, the latest if it leads to several; nothing entered leads to one without a PIN. All
 * are looked at, and each for as long, so that the time tells nothing.
 */
export function ledTo<Conference extends Reachable>(
  entered: string,
  reached: readonly Conference[],
): Conference | undefined {
  const right = reached.map(({ dialIn }) => isSame(dialIn?.pin ?? '', entered));
  return reached[right.lastIndexOf(true)];
}

/** Whether two entries are the same, in a time that does not depend on them. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < MAX_PIN_DIGITS; index++) difference |= codeAt(one, index) ^ codeAt(other, index);
  return difference === 0;
}

function codeAt(text: string, index: number): number {
  return text.padEnd(MAX_PIN_DIGITS).charCodeAt(index);
}

/** What a key makes of what was entered before: `#` completes it, `*` begins anew. */
export function enter(before: string, key: string): { entered: string; isComplete: boolean } {
  if (key === '#') return { entered: before, isComplete: true };
  const entered = key === '*' ? '' : before + key;
  return { entered, isComplete: entered.length >= MAX_PIN_DIGITS };
}
