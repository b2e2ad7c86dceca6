import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { conferenceQuery } from '../../src/workflows/messages.ts';
import type { ConferenceView } from '../../src/conference/view.ts';
import { aftercareOfOne, openHouse, underWay, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

/* Reconciling, on a real server with a real platform of which callbacks are lost on both URLs. */

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

const ids = (conferenceId: string) => ({ userId: USER, conferenceId });
const end = (id: string) => house.call('POST', conferencePath(USER, id), { state: 'completed' });
const loseAll = (event: string) => house.sandbox.faults.add({ callbacks: 'lose', event });

/** What the customer knows, a line for each event; of one member alone, if it is named. */
const told = (memberId?: string) =>
  house.customer
    .at('/callback')
    .filter(({ body }) => memberId === undefined || body['memberId'] === memberId)
    .map(({ body: { status, state, mute } }) => `${String(status ?? state)}${mute === true ? ', muted' : ''}`);

const idOf = (path: string) => path.split('/').pop();

const view = (id: string) => workflowOf(house, id).query<ConferenceView>(conferenceQuery);

async function addMember(id: string) {
  const caller = house.sandbox.platform.callIn();
  const answer = await house.call('POST', `${conferencePath(USER, id)}/members`, { callId: caller.id });
  return { caller, path: new URL(answer.headers.get('location') ?? '').pathname };
}

test('joins, mutes and leaves that were lost are told, in their order, and marked in our record alone', async () => {
  const id = await house.create();
  await house.customer.until('/callback', 1);
  loseAll('conference-member');
  const [one, other] = [await addMember(id), await addMember(id)];
  await house.call('POST', other.path, { mute: true });
  one.caller.hangUp();

  await house.conferences.reconcile(ids(id), 'a test wants it');
  await house.customer.until('/callback', 4);
  expect(told(idOf(one.path))).toEqual(['active', 'completed']);
  expect(told(idOf(other.path))).toEqual(['active, muted']);
  for (const { body } of house.customer.at('/callback')) expect(JSON.stringify(body)).not.toContain('reconciled');
  expect(await view(id)).toMatchObject({ conference: { activeMembers: 1 }, events: { accepted: 4, madeUp: 3 } });
});

test('a conference that has ended on the platform without a word ends, and is told', async () => {
  const id = await house.create();
  const { caller } = await addMember(id);
  await house.customer.until('/callback', 2);
  loseAll('conference-member completed');
  loseAll('conference completed');
  caller.hangUp();

  await house.conferences.reconcile(ids(id), 'a test wants it');
  await workflowOf(house, id).result();
  expect(told()).toEqual(['created', 'active', 'completed', 'completed']);
  expect(await view(id)).toMatchObject({ conference: { phase: 'completed', reason: 'last-member-left' } });
});

test('what the platform tells again after it was made up is a repetition', async () => {
  const id = await house.create();
  await house.customer.until('/callback', 1);
  house.sandbox.faults.add({ callbacks: 'lose', event: 'conference-member', times: 1 });
  const { caller } = await addMember(id);
  await house.conferences.reconcile(ids(id), 'a test wants it');
  await house.customer.until('/callback', 2);
  const [conference] = house.sandbox.platform.list();
  const late = conference?.callbacks.filter(({ event }) => event.eventType === 'conference-member') ?? [];
  await sendEvents(
    house,
    id,
    late.map(({ event }) => event),
  );
  caller.hangUp();
  await workflowOf(house, id).result();
  expect(told()).toEqual(['created', 'active', 'completed', 'completed']);
});

test('nothing is made up when nothing was lost', async () => {
  const id = await house.create();
  await addMember(id);
  await house.customer.until('/callback', 2);
  await house.conferences.reconcile(ids(id), 'a test wants it');
  await house.conferences.reconcile(ids(id), 'a test wants it again');
  // A reading that is under way may show the end before its event comes.
  await until('both have been asked', async () => (await underWay(house, id)) === '');
  await end(id);
  await workflowOf(house, id).result();
  expect(told()).toEqual(['created', 'active', 'completed', 'completed']);
  expect((await view(id)).events).toMatchObject({ accepted: 4, madeUp: 0, repeated: 0 });
});

test('all open conferences can be asked for at once', async () => {
  const all = await Promise.all([house.create(), house.create(), house.create()]);
  await house.customer.until('/callback', 3);
  loseAll('conference-member');
  await Promise.all(all.map(addMember));
  // The list of what is open lags behind.
  await until('all three are listed', async () => (await house.conferences.reconcileOpen('a test wants it')) === 3);
  await house.customer.until('/callback', 6);
});

test('one that somebody joins while the lists of what is open are read is asked for too', async () => {
  const id = await house.create();
  await house.customer.until('/callback', 1);
  loseAll('conference-member');
  const { workflow, workflowService } = house.client;
  const list = workflowService.listWorkflowExecutions.bind(workflowService);
  const isActive = `WorkflowId = '${workflowOf(house, id).workflowId}' AND ConferenceState = 'active'`;
  let hasJoined = false;
  jest
    .spyOn(workflowService, 'listWorkflowExecutions')
    .mockImplementation(async (asked: Parameters<typeof list>[0]) => {
      if (!hasJoined && asked.query?.includes(`'created'`) === true) {
        hasJoined = true;
        await addMember(id);
        await until('it is listed as active', async () => (await workflow.count(isActive)).count === 1);
      }
      return await list(asked);
    });
  await house.conferences.reconcileOpen('a test wants it');
  // Its own reason would have it ask after 15 s.
  await house.customer.until('/callback', 2, 10_000);
  expect(hasJoined).toBe(true);
});

test('what comes after the end is still told, in its place, and what came before is known', async () => {
  const id = await house.create();
  const { caller } = await addMember(id);
  await house.customer.until('/callback', 2);
  caller.hangUp();
  await workflowOf(house, id).result();
  const [conference] = house.sandbox.platform.list();
  const events = conference?.callbacks.map(({ event }) => event) ?? [];
  const playback = { eventType: 'conference-playback', status: 'done', time: '2026-01-01T00:00:00Z' };
  await sendEvents(house, id, [...events, playback]);
  const received = await house.customer.until('/callback', 5);
  await (await aftercareOfOne(house, id)).result();
  expect(house.customer.at('/callback')).toHaveLength(5);
  expect(received[4]).toMatchObject({
    body: { eventType: 'conference-playback' },
    headers: { 'convoke-sequence': '5' },
  });
});
