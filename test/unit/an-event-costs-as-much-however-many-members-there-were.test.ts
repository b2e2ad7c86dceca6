import { describe, expect, test } from '@jest/globals';
import {
  FEWEST_WHERE_FORGOTTEN,
  MAX_MEMBERS,
  MAX_MEMBERS_BYTES,
  MEMBERS_MEASURED_EVERY,
} from '../../src/conference/budget.ts';
import { forgetOldest } from '../../src/conference/facts/dedupe.ts';
import { bytesOf } from '../../src/conference/state/plain-data.ts';

type Members = Record<string, { state: string; about: string }>;

/** Many come one after the other, and all but one in ten leave. */
function come(count: number, about: string, onEach: (members: Members) => void = () => undefined): Members {
  const members: Members = {};
  for (let number = 0; number < count; number += 1) {
    members[`member ${number}`] = { state: number % 10 === 0 ? 'active' : 'completed', about };
    forgetOldest(members);
    onEach(members);
  }
  return members;
}

describe('of many members', () => {
  test('the newest are remembered, and of the others those first that are still there', () => {
    const members = come(5_000, '');
    const keys = Object.keys(members);
    expect(keys.length).toBeLessThanOrEqual(MAX_MEMBERS);
    expect(keys.length).toBeGreaterThanOrEqual(FEWEST_WHERE_FORGOTTEN - 1);
    expect(keys.at(-1)).toBe('member 4999');
    expect(Object.values(members).filter(({ state }) => state === 'active').length).toBeGreaterThan(400);
  });

  test.each([
    ['short', 20],
    ['long', 2_000],
  ])('%s ones take no more than they may', (_what, length) => {
    const about = 'x'.repeat(length);
    come(2_000, about, (members) => expect(bytesOf(members)).toBeLessThanOrEqual(MAX_MEMBERS_BYTES));
  });

  test('what they take is measured with a few of them alone', () => {
    let measured = 0;
    const about = { toJSON: () => ((measured += 1), 'x') };
    const members: Record<string, { state: string; about: object }> = {};
    for (let number = 0; number < 2_000; number += 1) {
      members[`member ${number}`] = { state: 'completed', about };
      forgetOldest(members);
    }
    // Measured with each of the 2,000, it would be some 1,000,000 times.
    expect(measured).toBeLessThan((2_000 * MAX_MEMBERS) / MEMBERS_MEASURED_EVERY + 4_000);
  });
});
