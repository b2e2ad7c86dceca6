import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { CONFERENCE_WORKFLOW, conferenceWorkflowId, type ConferenceInput } from '../../src/workflows/messages.ts';
import { conferenceIdOf } from '../../src/conference/state/ids.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

async function end(id: string): Promise<void> {
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
}

/**
 * A later conference of the same id, as the same Idempotency-Key gives it once Temporal has forgotten the first one; its aftercare is
 * kept for longer.
 */
async function createLater(id: string, callback: string): Promise<void> {
  const fields = { from: '+19195551234', callbackUrl: house.customer.url(callback) };
  await house.client.workflow.start(CONFERENCE_WORKFLOW, {
    workflowId: conferenceWorkflowId({ userId: USER, conferenceId: id }),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    taskQueue: house.taskQueue,
    args: [{ request: createConferenceRequest.parse(fields) }] satisfies [ConferenceInput],
  });
  await house.customer.until(callback, 1);
}

/** What an operator does in the Temporal UI: the workflow's last task, in which it closed, is done anew by another run. */
async function reset(id: string): Promise<void> {
  const { runId, workflowId } = await workflowOf(house, id).describe();
  const { events = [] } = await workflowOf(house, id).fetchHistory();
  const last = events?.findLast(({ workflowTaskCompletedEventAttributes: completed }) => completed);
  if (!last?.eventId) throw new Error('the conference has done no task');
  const { namespace } = house.client.options;
  await house.client.workflowService.resetWorkflowExecution({
    ...{ namespace, workflowExecution: { workflowId, runId }, reason: 'an operator wants it', requestId: randomUUID() },
    workflowTaskFinishEventId: last.eventId,
  });
  await workflowOf(house, id).result();
  expect((await workflowOf(house, id).describe()).runId).not.toBe(runId);
}

/** The latest conference on the platform that was made for this one. */
function onThePlatform(id: string) {
  const made = house.sandbox.platform.list().findLast(({ callbackUrl }) => callbackUrl?.includes(`/${id}/`));
  if (made === undefined) throw new Error(`the platform has none for ${id}`);
  return made;
}

/** An event that comes late, from a journal of its own. */
async function comesLate(id: string, journal: string, fields: CallbackEvent): Promise<void> {
  const event = { conferenceId: fields.conferenceId ?? onThePlatform(id).id, ...fields };
  const receipt = {
    sequence: 1,
    arrivedAt: Date.now(),
    channel: 'primary',
    attemptId: 'attempt.1',
    digest: journal,
    event,
  } as const;
  await house.conferences.takeCallbacks({ userId: USER, conferenceId: id }, { opening: journal, receipts: [receipt] });
}

const played = { eventType: 'conference-playback', status: 'done', time: '2026-01-01T00:00:00Z' };
const playedLater = { ...played, time: '2026-01-02T00:00:00Z' };

async function eventsOf(id: string): Promise<EventResource[]> {
  const answer = await house.call('GET', eventsPath(USER, id));
  return ((await answer.json()) as { events: EventResource[] }).events;
}

test('a later conference of the same id has an aftercare of its own: no event is lost, none of the earlier one is shown', async () => {
  const id = await house.create({ callbackUrl: house.customer.url('/first') });
  await end(id);
  await comesLate(id, 'late-1', played);
  await house.customer.until('/first', 3);

  await createLater(id, '/second');
  await end(id);
  expect((await eventsOf(id)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  await comesLate(id, 'late-2', playedLater);
  const received = await house.customer.until('/second', 3);
  expect(received[2]?.body).toMatchObject(playedLater);
  expect(house.customer.at('/first')).toHaveLength(3);
  expect((await eventsOf(id)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('a conference that was reset has another aftercare than before: what comes late is in its own events', async () => {
  const id = await house.create({ callbackUrl: house.customer.url('/reset') });
  await end(id);
  await comesLate(id, 'late-3', played);
  await house.customer.until('/reset', 3);
  await reset(id);
  expect((await eventsOf(id)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  await comesLate(id, 'late-4', playedLater);
  await house.customer.until('/reset', 4);
  expect((await eventsOf(id)).map(({ body }) => body['time'])).toEqual([undefined, undefined, playedLater.time]);
});

test('of a conference that nobody remembers nothing is listed, and what shows on the platform is completed', async () => {
  const unknown = conferenceIdOf(randomBytes(17));
  const bridge = { primaryUrl: house.url, fallbackUrl: house.url };
  const callbacks = house.tokens.callbacksOf({ userId: USER, conferenceId: unknown, attemptId: 'attempt.1' }, bridge);
  const { platform, platformAccount } = house.dependencies;
  // An attempt whose conference was forgotten before its answer came; the platform tells of it.
  const made = await platform.createConference(platformAccount, {
    ...{ from: '+19195551234', profile: 'passthru_digits' },
    ...callbacks,
  });
  const platformId = made.outcome === 'done' ? made.id : undefined;
  expect(platformId).toBeDefined();
  expect((await house.call('GET', eventsPath(USER, unknown))).status).toBe(404);
  const isCompleted = () => house.sandbox.platform.list().find(({ id }) => id === platformId)?.state === 'completed';
  await until('it is completed on the platform', isCompleted);
});
