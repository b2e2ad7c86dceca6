import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { platformId, startTimeMachine, statusEvent, type TimeMachine } from '../support/time-skipping.ts';
import { until } from '../support/until.ts';

/* Reconciling by the clock: the platform is asked when nothing is heard, and a conference that it has lost ends. */

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
});
afterEach(() => machine.close());

const P1 = platformId(1);
const JOINED = { id: 'member-a', callId: 'call-a', mute: false, hold: false, addedTime: '2026-01-01T00:00:01Z' };
const joinedEvent = {
  ...{ eventType: 'conference-member', conferenceId: P1, memberId: 'member-a', callId: 'call-a' },
  ...{ state: 'active', mute: false, hold: false, activeMembers: 1, time: '2026-01-01T00:00:01Z' },
};

async function conferenceWithAMember() {
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created'), joinedEvent]);
  await machine.phase(conference, 'active');
  return conference;
}

const platformShows = (state: 'active' | 'completed', member: object) => {
  machine.platform.reading = () => ({
    outcome: 'read',
    conference: { state, createdTime: '2026-01-01T00:00:00Z' },
    members: [{ ...JOINED, state: 'active', ...member }],
  });
};

test('an active conference of which nothing is heard is asked for after 10 minutes, then after 20 and 40 more', async () => {
  platformShows('active', {});
  await conferenceWithAMember();
  const start = await machine.env.currentTimeMs();
  await machine.skip(75 * 60);
  const minutes = machine.platform.asked.map((at) => Math.round((at - start) / 60_000));
  expect(minutes).toEqual([10, 30, 70]);
});

test('one that nobody has joined, after 6 hours', async () => {
  const conference = await machine.created();
  await machine.send(conference, [statusEvent(P1, 'created')]);
  await machine.skip(6 * 3_600 - 60);
  expect(machine.platform.asked).toEqual([]);
  await machine.skip(120);
  expect(machine.platform.asked).toHaveLength(1);
});

test('what is found then is told: the member has left, and with it the conference is over', async () => {
  const conference = await conferenceWithAMember();
  platformShows('completed', { state: 'completed', removedTime: '2026-01-01T00:02:00Z' });
  expect(await machine.closed(conference)).toBe('COMPLETED');
  expect(machine.customer.taken.map(({ status, state }) => status ?? state)).toEqual([
    'created',
    'active',
    'completed',
    'completed',
  ]);
});

const unknown = (code: string) => ({
  outcome: 'refused' as const,
  error: { status: 404, category: 'not-found', code, message: '' },
});

test('two answers of 404, 30 s apart, end a conference as lost by the platform; who was there has left', async () => {
  const conference = await conferenceWithAMember();
  machine.platform.reading = () => unknown('conference-not-found');
  expect(await machine.closed(conference)).toBe('COMPLETED');
  const [first = 0, second = 0, ...more] = machine.platform.asked;
  expect([second - first >= 30_000, more]).toEqual([true, []]);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'completed', reason: 'platform-lost' } });
  expect(machine.customer.taken.map(({ status, state }) => status ?? state)).toEqual([
    'created',
    'active',
    'completed',
    'completed',
  ]);
});

test('one 404 is forgotten when the platform knows the conference again', async () => {
  const conference = await conferenceWithAMember();
  machine.platform.reading = () => {
    platformShows('active', {});
    return unknown('conference-not-found');
  };
  await machine.skip(11 * 60);
  await until('it is asked again', () => machine.platform.asked.length === 2);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'active' } });
});

test('404s of another kind, as of a wrong address, end nothing', async () => {
  const conference = await conferenceWithAMember();
  machine.platform.reading = () => unknown('user-not-found');
  await machine.skip(60 * 60);
  expect(machine.platform.asked.length).toBeGreaterThan(1);
  expect(await machine.view(conference)).toMatchObject({ conference: { phase: 'active' } });
});

test('a "created" that the platform owes is found after 15 s', async () => {
  const conference = await machine.created();
  await machine.skip(16);
  await until('it is told', () => machine.customer.told.length === 1);
  expect(machine.customer.told).toEqual(['created']);
  expect(await machine.view(conference)).toMatchObject({ events: { accepted: 1, madeUp: 1 } });
});
