import { expect } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { replayFailures } from '../support/histories.ts';
import { underWay, USER, workflowOf } from '../support/house.ts';
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

inHouse('what was terminated with events that no worker had taken in is shown', async (house) => {
  const id = await house.create();
  await until('nothing is under way', async () => (await underWay(house, id)) === '');
  await house.stopWorker();
  await sendEvents(house, id, [digit]);
  await workflowOf(house, id).terminate('an operator has done it');
  await house.startWorker();
  const shown = await house.call('GET', conferencePath(USER, id));
  expect(await shown.json()).toMatchObject({ phase: 'terminated' });
});

/** So many, since it is chance whether a worker that comes back is asked first, or has the change first. */
const CONFERENCES = 8;

inHouse('somebody asks, and changes and events come, while no worker runs', async (house) => {
  const ids = await Promise.all(Array.from({ length: CONFERENCES }, () => house.create()));
  const each = <Done>(work: (id: string) => Promise<Done>) => Promise.all(ids.map(work));
  const rest = () => each((id) => until('nothing is under way', async () => (await underWay(house, id)) === ''));
  await rest();
  await house.stopWorker();
  const shown = each((id) => house.call('GET', conferencePath(USER, id)));
  await each((id) => underWay(house, id));
  const changes = each((id) => house.call('POST', conferencePath(USER, id), { hold: true }));
  await each((id) => until('the change waits for a worker', async () => (await underWay(house, id)) === 'task'));
  await each((id) => sendEvents(house, id, [digit]));
  await house.startWorker();
  expect((await shown).map(({ status }) => status)).toEqual(ids.map(() => 200));
  expect((await changes).map(({ status }) => status)).toEqual(ids.map(() => 200));
  await rest();
  expect(await replayFailures(house.client, `TaskQueue = '${house.taskQueue}'`)).toEqual([]);
});
