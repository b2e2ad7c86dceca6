import { expect, test } from '@jest/globals';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { MAX_EXPLAINING } from '../../src/client/budget.ts';
import { Explaining } from '../../src/client/watching/explaining.ts';

/** Temporal, which says that there is no such conference once it is let. */
function slowTemporal() {
  let answer: () => void = () => undefined;
  const answering = new Promise<void>((resolve) => (answer = resolve));
  const describe = async () => {
    await answering;
    throw new WorkflowNotFoundError('there is none', 'conference', undefined);
  };
  const client = {
    withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
    workflow: { getHandle: () => ({ describe }) },
  };
  return { client: client as unknown as Client, answer };
}

const soon = () => Date.now() + 60_000;
const ask = (explaining: Explaining, userId: string, deadline = soon()) =>
  explaining.explain({ userId, conferenceId: 'conf-1' }, undefined, deadline).catch((error: unknown) => error);
const tooMany = expect.objectContaining({ status: 503, code: 'gateway-unavailable' }) as unknown;

test('one account has half of the places, the next one half of the rest, and whoever comes then is told at once', async () => {
  const { client, answer } = slowTemporal();
  const explaining = new Explaining(client);
  const first = Array.from({ length: MAX_EXPLAINING / 2 }, () => ask(explaining, 'u-1'));
  expect(await ask(explaining, 'u-1')).toEqual(tooMany);
  const second = Array.from({ length: MAX_EXPLAINING / 4 }, () => ask(explaining, 'u-2'));
  expect(await ask(explaining, 'u-2')).toEqual(tooMany);
  answer();
  expect(await Promise.all([...first, ...second])).toEqual(Array(first.length + second.length).fill(undefined));
  expect(await ask(explaining, 'u-1')).toBeUndefined();
});

test('whose turn comes when its time is over is told that others were before it', async () => {
  const { client, answer } = slowTemporal();
  const explaining = new Explaining(client);
  const first = ask(explaining, 'u-1');
  const late = ask(explaining, 'u-1', Date.now() - 1);
  answer();
  expect(await Promise.all([first, late])).toEqual([undefined, tooMany]);
});
