import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { conferenceQuery, stateQuery } from '../../src/workflows/messages.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

/*
 * A run waits for a slow customer, as what it cannot carry to the next one becomes dead letters. But Temporal terminates a run
 * that has come to 50 MB: long before that a new one takes over.
 */

const SIGNALS = 35;
const EVENTS_PER_SIGNAL = 20;
const EVENT_BYTES = 20_000;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('14 MB of events for a customer that does not answer: a new run takes over, and each is told or a dead letter', async () => {
  const held: ServerResponse[] = [];
  house.customer.answer('/callback', (response) => void held.push(response));
  const conferenceId = await house.create();
  const workflow = workflowOf(house, conferenceId);
  const first = (await workflow.describe()).runId;
  await sendMany(conferenceId);

  await until('a new run takes over', async () => (await workflow.describe()).runId !== first);
  await until('all are accepted', async () => (await accepted()) > SIGNALS * EVENTS_PER_SIGNAL);
  expect((await workflow.describe()).status.name).toBe('RUNNING');

  house.customer.answer('/callback', 200);
  for (const response of held) response.writeHead(200).end();
  await until('each is told, or a dead letter', async () => {
    const known = new Set([...told(), ...(await dead())]);
    return known.size === (await accepted());
  });
  expect(told().length).toBeGreaterThan(10);

  async function accepted(): Promise<number> {
    return (await workflow.query(conferenceQuery)).events.accepted;
  }
  function told(): number[] {
    return house.customer.at('/callback').map(({ headers }) => Number(headers['convoke-sequence']));
  }
  async function dead(): Promise<number[]> {
    const state = await workflow.query(stateQuery);
    return (state?.outbox.deadLetters ?? []).map(({ sequence }) => sequence);
  }
}, 120_000);

async function sendMany(conferenceId: string): Promise<void> {
  const platformId =
    house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${conferenceId}/`))?.id ?? '';
  for (let signal = 0; signal < SIGNALS; signal += 1) {
    const receipts = Array.from({ length: EVENTS_PER_SIGNAL }, (_, index) => {
      const sequence = signal * EVENTS_PER_SIGNAL + index + 1;
      const event = { eventType: 'dtmf', conferenceId: platformId, digits: '1', note: 'x'.repeat(EVENT_BYTES) };
      const arrival = {
        channel: 'primary',
        attemptId: 'other.1',
        digest: String(sequence),
        arrivedAt: Date.now(),
      } as const;
      return { sequence, ...arrival, event };
    });
    await house.conferences.takeCallbacks({ userId: USER, conferenceId }, { opening: 'flood', receipts });
  }
}
