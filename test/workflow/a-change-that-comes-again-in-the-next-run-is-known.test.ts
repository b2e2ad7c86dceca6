import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Change } from '../../src/conference/state/changes.ts';
import { changesUpdate } from '../../src/workflows/messages.ts';
import { workflowOf, type House } from '../support/house.ts';
import { openImpatientHouse } from '../support/impatient.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

/*
 * An answer can get lost on its way just before a new run takes over; Temporal's client then sends the update once more, and
 * the new run has not seen it. A change without a key is known all the same. The server suggests a new run at 50 events.
 */

let house: House;
beforeAll(async () => {
  house = await openImpatientHouse(50);
});
afterAll(() => house.close());

test('a dial that comes again in the next run gets its answer, and is not done again', async () => {
  const conferenceId = await house.create();
  const workflow = workflowOf(house, conferenceId);
  const how = { callTimeout: 60, callbackHttpMethod: 'POST', callbackTimeout: 10_000 } as const;
  const change: Change = { kind: 'dial', call: { from: '+19195551234', to: '+19195550000', ...how } };
  const requests = [{ change, requester: { id: 'requester-1', until: Date.now() + 60_000 } }];
  const send = (number: number) =>
    workflow.executeUpdate(changesUpdate, { args: [{ client: 'client', number, requests, awaited: [] }] });
  const first = await send(1);
  expect(first).toEqual({ 'requester-1': { outcome: 'done', id: expect.any(String) as unknown } });

  const runId = async () => (await workflow.describe()).runId;
  const before = await runId();
  await until('a new run takes over', async () => {
    await sendEvents(house, conferenceId, [{ eventType: 'dtmf', digits: '1' }]);
    return (await runId()) !== before;
  });

  expect(await send(1)).toEqual(first);
  const there = house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${conferenceId}/`));
  const calls = house.sandbox.platform.calls().filter((call) => call.shown().conferenceId === there?.id);
  expect(calls).toHaveLength(1);
});
