import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { callRequest } from '../../src/catapult/requests.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import {
  platformId,
  startTimeMachine,
  statusEvent,
  UNAVAILABLE,
  type RunningConference,
  type TimeMachine,
} from '../support/time-skipping.ts';
import { until } from '../support/until.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const P1 = platformId(1);

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
});
afterEach(() => machine.close());

const now = () => machine.env.currentTimeMs();
const inSeconds = async (seconds: number) =>
  new Date((await now()) + seconds * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
const reasonOf = async (conference: RunningConference) => (await machine.view(conference)).conference.reason;

async function member(conference: RunningConference, id: string, state: 'active' | 'completed'): Promise<void> {
  const time = new Date(await now()).toISOString();
  const event = { eventType: 'conference-member', conferenceId: P1, memberId: id, callId: `call-${id}`, time };
  await machine.send(conference, [{ ...event, state, mute: false, hold: false }]);
}

async function open(fields: Record<string, unknown>): Promise<RunningConference> {
  // The platform is asked when nothing is heard for long; here it does not say.
  machine.platform.reading = () => ({ outcome: 'unavailable', error: UNAVAILABLE });
  const conference = await machine.created(fields);
  await machine.send(conference, [statusEvent(P1, 'created')]);
  return conference;
}

describe('a scheduled conference', () => {
  test('is created on the platform at its time, a year ahead, and holds one timer until then', async () => {
    const startAt = await inSeconds(365 * DAY);
    const conference = await machine.created({ startAt });
    expect(await machine.view(conference)).toMatchObject({
      conference: { state: 'created', phase: 'scheduled', scheduledFor: startAt, nextTimers: [{ timer: 'start' }] },
    });
    const { historyLength } = await conference.handle.describe();
    expect(historyLength).toBeLessThan(12);
    await machine.skip(364 * DAY);
    expect(machine.platform.attempts).toEqual([]);
    await machine.skip(DAY + MINUTE);
    await until('it is created', () => machine.platform.attempts.length === 1);
    expect((machine.platform.attempts[0] ?? 0) >= Date.parse(startAt)).toBe(true);
    await machine.phase(conference, 'created');
    await machine.conferences.update(conference, { state: 'completed' });
    await machine.send(conference, [statusEvent(P1, 'created'), statusEvent(P1, 'completed')]);
    expect(await machine.closed(conference)).toBe('COMPLETED');
    expect(machine.customer.taken.at(-1)).toMatchObject({ status: 'completed', reason: 'ended-via-api' });
  });

  test('is not created before a time that has a fraction of a second, which search shows too', async () => {
    const startAt = (await inSeconds(HOUR)).replace('Z', '.999Z');
    const conference = await machine.created({ startAt: await inSeconds(DAY) });
    await machine.conferences.update(conference, { startAt });
    expect(await machine.view(conference)).toMatchObject({ conference: { scheduledFor: startAt } });
    const { typedSearchAttributes } = await conference.handle.describe();
    expect(typedSearchAttributes.get(searchAttributes.startAt)).toEqual(new Date(startAt));
    await machine.skip(HOUR + MINUTE);
    await until('it is created', () => machine.platform.attempts.length === 1);
    expect(machine.platform.attempts[0]).toBeGreaterThanOrEqual(Date.parse(startAt));
  });

  test('is cancelled by its end, and nothing is on the platform', async () => {
    const conference = await machine.created({ startAt: await inSeconds(DAY) });
    expect(await machine.conferences.update(conference, { state: 'completed' })).toEqual({ outcome: 'done' });
    await machine.closed(conference);
    expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'cancelled', reason: 'cancelled' } });
    expect(machine.platform.attempts).toEqual([]);
    expect(machine.customer.taken).toMatchObject([{ status: 'completed', reason: 'cancelled' }]);
  });

  test('can be moved, to an earlier time and to a later one, until it has begun', async () => {
    const conference = await machine.created({ startAt: await inSeconds(DAY) });
    const later = await inSeconds(2 * DAY);
    await machine.conferences.update(conference, { startAt: later });
    const { typedSearchAttributes } = await conference.handle.describe();
    expect(typedSearchAttributes.get(searchAttributes.startAt)).toEqual(new Date(later));
    await machine.skip(DAY + HOUR);
    expect(machine.platform.attempts).toEqual([]);
    await machine.conferences.update(conference, { startAt: await inSeconds(HOUR) });
    await machine.skip(HOUR + MINUTE);
    await machine.phase(conference, 'created');
    expect(await machine.conferences.update(conference, { startAt: await inSeconds(DAY) })).toMatchObject({
      outcome: 'refused',
      error: { status: 403, code: 'conference-error' },
    });
  });

  test('takes no members, calls or audio before its time', async () => {
    const conference = await machine.created({ startAt: await inSeconds(DAY) });
    const refused = { outcome: 'refused', error: { status: 403, code: 'conference-error' } };
    expect(await machine.conferences.addMember(conference, { callId: 'c-1' })).toMatchObject(refused);
    expect(await machine.conferences.playAudio(conference, { sentence: 'Hello' })).toMatchObject(refused);
    expect(await machine.conferences.update(conference, { hold: true })).toMatchObject(refused);
    const { conferenceId } = conference;
    const call = callRequest.parse({ from: '+19195551234', to: '+19195550000', conferenceId });
    expect(await machine.conferences.dial(conference.userId, call)).toMatchObject(refused);
  });

  test('reminds before, and anew when it is moved; a reminder that is too late is none', async () => {
    const reminders = [{ before: HOUR }, { before: 10 * MINUTE }, { before: 3 * DAY }];
    const conference = await machine.created({ startAt: await inSeconds(DAY), reminders });
    await machine.skip(DAY - 30 * MINUTE);
    await until('one is told', () => machine.customer.told.length === 1);
    const startAt = await inSeconds(DAY);
    await machine.conferences.update(conference, { startAt });
    await machine.skip(DAY + MINUTE);
    await machine.phase(conference, 'created');
    expect(machine.customer.told.slice(0, 3)).toEqual(['reminder', 'reminder', 'reminder']);
    expect(machine.customer.taken.slice(0, 3).map(({ before }) => before)).toEqual([HOUR, HOUR, 10 * MINUTE]);
    expect(machine.customer.taken[2]).toMatchObject({ startAt });
  });

  test('whose platform is down at its time ends as creation-failed after creationTimeout', async () => {
    machine.platform.turn = () => 'is unavailable';
    const conference = await machine.created({ startAt: await inSeconds(DAY), creationTimeout: 60 });
    expect(await machine.closed(conference)).toBe('FAILED');
    expect(await machine.view(conference)).toMatchObject({
      conference: { phase: 'failed', reason: 'creation-failed' },
    });
    expect(machine.customer.told).toEqual(['failed']);
    const seconds = ((machine.platform.attempts.at(-1) ?? 0) - (machine.platform.attempts[0] ?? 0)) / 1_000;
    expect(seconds).toBeLessThanOrEqual(60);
  });
});

describe('a conference ends by itself', () => {
  test('when nobody came', async () => {
    const conference = await open({ noShowTimeout: 600 });
    await machine.skip(590);
    expect(await machine.view(conference)).toMatchObject({ conference: { nextTimers: [{ timer: 'no-show' }] } });
    expect(machine.platform.completed).toEqual([]);
    await machine.closed(conference);
    expect(machine.platform.completed).toEqual([P1]);
    expect(await reasonOf(conference)).toBe('no-show');
    expect(machine.customer.taken.at(-1)).toMatchObject({ status: 'completed', reason: 'no-show' });
  });

  test('but not when the platform knows of somebody whose callbacks were lost', async () => {
    const conference = await open({ noShowTimeout: 600 });
    const times = { addedTime: '2026-01-01T00:00:00Z' };
    const member = { id: 'm-1', callId: 'c-1', state: 'active' as const, mute: false, hold: false, ...times };
    machine.platform.reading = () => ({ outcome: 'read', conference: { state: 'active' }, members: [member] });
    await machine.skip(700);
    expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'active', activeMembers: 1 } });
    expect(machine.platform.completed).toEqual([]);
    expect(machine.customer.taken.at(-1)).toMatchObject({ memberId: 'm-1', state: 'active' });
  });

  test('but not when somebody came in time', async () => {
    const conference = await open({ noShowTimeout: 600 });
    await machine.skip(500);
    await member(conference, 'a', 'active');
    await machine.skip(500);
    expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'active' } });
  });

  test('when one is left alone; not while somebody comes back in time', async () => {
    const conference = await open({ aloneTimeout: 120 });
    await member(conference, 'a', 'active');
    await machine.skip(300);
    expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'active' } });
    await member(conference, 'b', 'active');
    await member(conference, 'b', 'completed');
    await machine.skip(100);
    await member(conference, 'c', 'active');
    await machine.skip(100);
    await member(conference, 'c', 'completed');
    await machine.skip(110);
    expect(machine.platform.completed).toEqual([]);
    await machine.closed(conference);
    expect(await reasonOf(conference)).toBe('alone');
  });

  test('after its maximum duration from the first join', async () => {
    const conference = await open({ maxDuration: 600, maxDurationWarning: 60 });
    await machine.skip(300);
    await member(conference, 'a', 'active');
    await machine.skip(500);
    expect(await machine.view(conference)).toMatchObject({
      conference: { nextTimers: [{ timer: 'max-duration-warning' }, { timer: 'max-duration' }] },
    });
    await machine.closed(conference);
    expect(await reasonOf(conference)).toBe('max-duration');
    expect(machine.platform.completed).toEqual([P1]);
  });

  test('and a plain one does not: its event has no reason, its resource no timers', async () => {
    const conference = await open({});
    expect((await machine.view(conference)).conference.nextTimers).toBeUndefined();
    await machine.conferences.update(conference, { state: 'completed' });
    await machine.send(conference, [statusEvent(P1, 'completed')]);
    await machine.closed(conference);
    expect(machine.customer.taken.at(-1)).not.toHaveProperty('reason');
  });
});
