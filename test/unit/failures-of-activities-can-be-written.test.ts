import { expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { writableFailures } from '../../src/activities/failures.ts';

const HALF = '\ud83d';

async function thrownBy(error: unknown): Promise<unknown> {
  const { inbound } = writableFailures({} as never);
  return inbound
    ?.execute?.({ args: [], headers: {} }, () => {
      throw error;
    })
    .catch((thrown: unknown) => thrown);
}

test('whatever an activity throws is well-formed and bounded, what caused it too', async () => {
  const cause = new Error(`getaddrinfo ${HALF}${'x'.repeat(10_000)}`);
  const error = ApplicationFailure.create({ message: HALF, type: 'PlatformRefused', cause });
  const thrown = await thrownBy(error);
  expect(thrown).toBe(error);
  expect(thrown).toMatchObject({ message: '\ufffd', type: 'PlatformRefused' });
  expect(cause.message).toHaveLength(2_000);
  expect(`${error.stack}${cause.stack}`).not.toMatch(/\p{Cs}/u);
});

test('what is no error stays what it is', async () => {
  expect(await thrownBy('a word')).toBe('a word');
});
