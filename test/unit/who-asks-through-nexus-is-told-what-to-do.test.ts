import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ANSWER_WITHIN_MS } from '../../src/nexus/budget.ts';
import { answered } from '../../src/nexus/errors.ts';
import { conferenceInput, createInput, dialInput, waitForInput } from '../../src/nexus/inputs.ts';

/** Read, and too deep to be written. */
const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);

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

// Five failures of ours in a row would keep the caller's whole namespace from the endpoint.
test.each([
  ['lists without end', deep],
  ['lists without end beside the rest', { requestId: 'r', conferenceId: 'c', from: '+19195551234', x: deep }],
  ['nothing', undefined],
  ['a number', 5],
])('of an input that is %s, and is not asked again', async (_what, input) => {
  for (const read of [createInput, dialInput, conferenceInput, waitForInput]) {
    const told = await answered({ userId: 'u-1', input }, async () => read(input)).catch((error: unknown) => error);
    expect(told).toMatchObject({ type: 'BAD_REQUEST', retryable: false });
  }
});
