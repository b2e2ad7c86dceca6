import { expect, test } from '@jest/globals';
import { enter, isPinWanted, ledTo, reachedBy } from '../../src/catapult/dial-in.ts';

const [ONE, OTHER] = ['+19195551234', '+19195551235'];
const open = (pin?: string, from = ONE) => ({ from, dialIn: pin === undefined ? {} : { pin } });

/** What keys make of nothing. */
function entries(keys: string): string[] {
  const complete: string[] = [];
  let before = '';
  for (const key of keys) {
    const { entered, isComplete } = enter(before, key);
    if (isComplete) complete.push(entered);
    before = isComplete ? '' : entered;
  }
  return complete;
}

test.each([
  [ONE, 1],
  ['19195551234', 1],
  ['+1 (919) 555-1234', 1],
  ['9195551234', 0],
  ['', 0],
])('a call to %s reaches %i conferences of +19195551234', (number, count) => {
  expect(reachedBy(number, [open(), open('1234', OTHER), { from: ONE }])).toHaveLength(count);
});

test('a PIN is wanted where one of the conferences has one', () => {
  expect(isPinWanted([open(), open()])).toBe(false);
  expect(isPinWanted([open(), open('1234')])).toBe(true);
});

test('what is entered must be the whole PIN and no more', () => {
  const conferences = [open('1234'), open('123456')];
  expect(ledTo('1234', conferences)).toBe(conferences[0]);
  expect(ledTo('123456', conferences)).toBe(conferences[1]);
  for (const wrong of ['', '123', '12345', '1235', '0123', '1234567', '123456789012'])
    expect(ledTo(wrong, conferences)).toBeUndefined();
});

test('of several the latest is meant, and nothing entered means one without a PIN', () => {
  const conferences = [open('1234'), open(), open('1234'), open()];
  expect(ledTo('1234', conferences)).toBe(conferences[2]);
  expect(ledTo('', conferences)).toBe(conferences[3]);
});

test('# completes an entry, * begins it anew, and no entry has more than 12 digits', () => {
  expect(entries('1234#')).toEqual(['1234']);
  expect(entries('99*1234#')).toEqual(['1234']);
  expect(entries('#1234')).toEqual(['']);
  expect(entries('1234567890123#')).toEqual(['123456789012', '3']);
});
