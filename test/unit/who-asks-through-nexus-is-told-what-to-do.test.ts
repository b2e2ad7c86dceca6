import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ANSWER_WITHIN_MS } from '../../src/nexus/budget.ts';
import { answered } from '../../src/nexus/errors.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('of an answer that does not come, in words that fit operations with and without a requestId', async () => {
  const late = answered({ userId: 'u-1' }, () => new Promise(() => undefined)).catch((error: unknown) => error);
  jest.advanceTimersByTime(ANSWER_WITHIN_MS);
  expect(await late).toMatchObject({
    type: 'UNAVAILABLE',
    retryable: true,
    message: expect.stringMatching(/safe to ask for the same again, with the same requestId where it has one\.$/),
  });
});
