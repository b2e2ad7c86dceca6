import { expect } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { replayFailures } from '../support/histories.ts';
import { USER, workflowOf, type House } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

/*
 * A worker takes a conference over by replaying its history, and what the history says must come in the order in which it came. The SDK does not
 * see to that after two tasks that began nothing (src/workflows/quiet-tasks.ts).
 */

const time = '2026-01-01T00:00:00Z';
const digit = { eventType: 'dtmf', digits: '1', time };
const member = { eventType: 'conference-member', memberId: 'm-1', callId: 'c-1', state: 'active', activeMembers: 1 };

inHouse('two tasks begin nothing, and a change and an event come while no worker runs', async (house) => {
  const id = await house.create({ aloneTimeout: 60 });
  await until('nothing is under way', async () => (await underWay(house, id)) === '');
  let release: () => void = () => undefined;
  house.customer.answer('/callback', (response) => (release = () => response.writeHead(200).end()));
  const told = house.customer.at('/callback').length;
  await sendEvents(house, id, [digit]);
  await house.customer.until('/callback', told + 1);
  // The first one: the event is known, and its delivery is under way.
  await sendEvents(house, id, [digit], 'fallback');
  await until('it is taken in', async () => (await underWay(house, id)) === 'activity');
  house.customer.answer('/callback', 200);
  // The second one: nothing more is to be delivered.
  release();
  await until('nothing is under way', async () => (await underWay(house, id)) === '');

  await house.stopWorker();
  const change = house.call('POST', conferencePath(USER, id), { hold: true });
  await until('the change waits for a worker', async () => (await underWay(house, id)) === 'task');
  await sendEvents(house, id, [{ ...member, mute: false, hold: false, time }]);
  await house.startWorker();
  expect((await change).status).toBe(200);
  await until('nothing is under way', async () => (await underWay(house, id)) === '');

  expect(await replayFailures(house.client, `TaskQueue = '${house.taskQueue}'`)).toEqual([]);
});

/** What of a conference Temporal waits for: a workflow task, activities, or both. */
async function underWay(house: House, id: string): Promise<string> {
  const { pendingWorkflowTask, pendingActivities } = (await workflowOf(house, id).describe()).raw;
  return [pendingWorkflowTask ? 'task' : [], pendingActivities?.length ? 'activity' : []].flat().join(' and ');
}
