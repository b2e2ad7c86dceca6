import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const GONE_WITHIN_MS = 15_000;

async function createUnder(key: string, callback: string): Promise<string> {
  const fields = { from: '+19195551234', callbackUrl: house.customer.url(callback) };
  const answer = await house.call('POST', `/v1/users/${USER}/conferences`, fields, {
    // Keys belong to the account, which other tests share.
    'idempotency-key': `${key}-${house.taskQueue}`,
  });
  expect(answer.status).toBe(201);
  return answer.headers.get('location')?.split('/').pop() ?? '';
}

async function end(id: string): Promise<void> {
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
}

/** What retention does after 30 days. */
async function forget(id: string): Promise<void> {
  const workflowId = conferenceWorkflowId({ userId: USER, conferenceId: id });
  const { namespace } = house.client.options;
  await house.client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  for (const deadline = Date.now() + GONE_WITHIN_MS; ; await pause(50)) {
    const known = await workflowOf(house, id)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      });
    if (known === undefined) return;
    if (Date.now() > deadline) throw new Error(`Temporal has not forgotten ${id} within ${GONE_WITHIN_MS} ms`);
  }
}

/** The latest conference on the platform that was made for this one. */
function onThePlatform(id: string) {
  const made = house.sandbox.platform.list().findLast(({ callbackUrl }) => callbackUrl?.includes(`/${id}/`));
  if (made === undefined) throw new Error(`the platform has none for ${id}`);
  return made;
}

/** An event that comes late, from a journal of its own. */
async function comesLate(id: string, journal: string, fields: CallbackEvent): Promise<void> {
  const event = { conferenceId: onThePlatform(id).id, ...fields };
  const receipt = { sequence: 1, channel: 'primary', attemptId: 'attempt.1', digest: journal, event } as const;
  await house.conferences.takeCallbacks({ userId: USER, conferenceId: id }, { journal, receipts: [receipt] });
}

const played = { eventType: 'conference-playback', status: 'done', time: '2026-01-01T00:00:00Z' };

async function eventsOf(id: string): Promise<EventResource[]> {
  const answer = await house.call('GET', eventsPath(USER, id));
  return ((await answer.json()) as { events: EventResource[] }).events;
}

test('a later conference under the same key has an aftercare of its own: no event is lost, none of the earlier one is shown', async () => {
  const first = await createUnder('again', '/first');
  await end(first);
  await comesLate(first, 'late-1', played);
  await house.customer.until('/first', 3);
  await forget(first);

  const second = await createUnder('again', '/second');
  expect(second).toBe(first);
  await end(second);
  expect((await eventsOf(second)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  await comesLate(second, 'late-2', { ...played, time: '2026-01-02T00:00:00Z' });
  const received = await house.customer.until('/second', 3);
  expect(received[2]?.body).toMatchObject({ eventType: 'conference-playback', time: '2026-01-02T00:00:00Z' });
  expect(house.customer.at('/first')).toHaveLength(3);
  expect((await eventsOf(second)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('a conference that nobody remembers is not known by its aftercare either; what it has left on the platform is completed', async () => {
  const id = await createUnder('forgotten', '/forgotten');
  await house.customer.until('/forgotten', 1);
  await workflowOf(house, id).terminate('an operator has done it');
  await forget(id);
  expect((await house.call('GET', eventsPath(USER, id))).status).toBe(404);
  await comesLate(id, 'late-3', { eventType: 'conference', status: 'created' });
  for (const deadline = Date.now() + GONE_WITHIN_MS; onThePlatform(id).state !== 'completed'; await pause(50))
    if (Date.now() > deadline) throw new Error('the conference on the platform was not completed');
});
