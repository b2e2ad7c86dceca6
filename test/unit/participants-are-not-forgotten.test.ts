import { describe, expect, test } from '@jest/globals';
import { catapultError } from '../../src/catapult/errors.ts';
import type { ParticipantRequest } from '../../src/catapult/requests.ts';
import { completed, created, CUSTOMER, member } from './conference-world-events.ts';
import { P1 } from './conference-world-examples.ts';
import { madeBy } from './conference-world-runs.ts';
import { World } from './conference-world.ts';

/* What becomes of participants where the platform's word is late, lost, or comes after the end. */

const ANNA: ParticipantRequest = { to: '+19195550001', callTimeout: 60, maxAttempts: 3, retryInterval: 30 };

function dialling(fields: Partial<ParticipantRequest> = {}): World {
  const world = new World({ callbackUrl: CUSTOMER, participants: [{ ...ANNA, ...fields }] });
  world.answer(true);
  world.event(created(P1));
  return world;
}

const REFUSED = catapultError('gateway-unavailable', 'The platform is out of order.').wire;

const anna = (world: World) => world.state.participants[0];
const dials = (world: World) => world.runs.filter(({ change }) => change.kind === 'dial');
const told = (world: World) =>
  world.accepted.filter(({ event }) => event.eventType === 'conference-participant').map(({ event }) => event);

describe('one that answered and of whom no member is heard', () => {
  function answered(): World {
    const world = dialling();
    world.platformSays('done');
    world.callTells(world.lastRun, 'answer');
    world.ringAfter(70_000);
    return world;
  }

  test('is asked after once, without ringing again and again', () => {
    const world = answered();
    expect(world.isReading).toBe(true);
    expect(world.state.deadlines.participants).toBeUndefined();
    expect(dials(world)).toHaveLength(1);
  });

  test('has joined if the platform knows the member', () => {
    const world = answered();
    const run = world.lastRun;
    world.read('read', [
      {
        ...{ id: 'm-1', state: 'active', mute: false, hold: false, joinTone: false, leavingTone: false },
        callId: madeBy(run),
        addedTime: '2026-01-01T00:00:10Z',
      },
    ]);
    expect(anna(world)).toMatchObject({ status: 'joined', memberId: 'm-1' });
  });

  test('will not come if the platform knows no member, though its hangup was lost too', () => {
    const world = answered();
    world.read('read', []);
    expect(anna(world)).toMatchObject({ status: 'failed', attempts: 1, reason: 'outcome-unknown' });
  });

  test('will not come if it has hung up and the platform knows no member; it is not dialled again', () => {
    const world = answered();
    world.callTells(world.lastRun, 'hangup');
    world.read('read', []);
    expect(anna(world)).toMatchObject({ status: 'failed', attempts: 1, reason: 'outcome-unknown' });
    world.ringAfter(1_000_000);
    expect(dials(world)).toHaveLength(1);
    expect(told(world)).toHaveLength(1);
  });
});

test('one that joins after its call was given up has joined, and is not dialled again', () => {
  const world = dialling();
  world.platformSays('done');
  const run = world.lastRun;
  world.ringAfter(70_000);
  expect(anna(world)).toMatchObject({ status: 'waiting', reason: 'outcome-unknown' });
  world.event(member(P1, 'm-1', { callId: madeBy(run) }));
  expect(anna(world)).toMatchObject({ status: 'joined', memberId: 'm-1', attempts: 1 });
  world.ringAfter(1_000_000);
  expect(dials(world)).toHaveLength(1);
});

describe('one whose events have waited behind others for a worker, until its time had passed', () => {
  /** Two are dialled, and then no worker runs for so long. */
  function unattended(milliseconds: number, fields: Partial<ParticipantRequest>) {
    const participants = ['+19195550001', '+19195550002'].map((to) => ({ ...ANNA, ...fields, to }));
    const world = new World({ callbackUrl: CUSTOMER, participants });
    world.answer(true);
    world.event(created(P1));
    for (const run of [...world.runs]) world.endRun(run, 'done');
    world.now += milliseconds;
    const joins = (run: (typeof world.runs)[number]) => {
      world.callTells(run, 'answer');
      world.event(member(P1, `m-${run.id}`, { callId: madeBy(run) }));
    };
    return { world, joins };
  }

  test('has joined, and nobody is told otherwise', () => {
    const { world, joins } = unattended(80_000, { maxAttempts: 1 });
    for (const run of [...world.runs]) joins(run);
    world.take({ type: 'clock' });
    expect(told(world)).toMatchObject([{ status: 'joined' }, { status: 'joined' }]);
    expect(world.state.participants).toMatchObject([{ status: 'joined' }, { status: 'joined' }]);
  });

  test('is not dialled again', () => {
    const { world, joins } = unattended(0, { retryInterval: 20 });
    const [first, second] = world.runs;
    world.ringAfter(70_000);
    expect(world.state.participants).toMatchObject([{ status: 'waiting' }, { status: 'waiting' }]);
    world.now += 80_000;
    for (const run of [first, second]) if (run !== undefined) joins(run);
    world.take({ type: 'clock' });
    expect(dials(world)).toHaveLength(2);
  });
});

describe('one of whose call the platform only says that something went wrong', () => {
  const answers = [500, 503].map((status) => [status] as const);

  test.each(answers)('%i: is not dialled again before its time, and is told of by its events', (status) => {
    const world = dialling({ retryInterval: 1 });
    const run = world.lastRun;
    world.platformSays('refused', { ...REFUSED, status });
    world.ringAfter(69_000);
    expect(dials(world)).toHaveLength(1);
    world.callTells(run, 'answer');
    world.event(member(P1, 'm-1', { callId: madeBy(run) }));
    expect(anna(world)).toMatchObject({ status: 'joined', memberId: 'm-1', attempts: 1 });
  });

  test.each(answers)('%i: is dialled again when its time has passed without any', (status) => {
    const world = dialling({ retryInterval: 1 });
    world.platformSays('refused', { ...REFUSED, status });
    world.ringAfter(70_000);
    world.ringAfter(1_000);
    expect(dials(world)).toHaveLength(2);
  });
});

test('one that the platform refuses for good has been dialled once, and not as often as it may be', () => {
  const world = dialling();
  world.platformSays('refused', catapultError('conference-max-members', 'The conference is full.').wire);
  expect(anna(world)).toMatchObject({ status: 'failed', attempts: 1, reason: 'conference-max-members' });
});

describe('when the conference is over', () => {
  test.each([
    ['dialling', (world: World) => world.platformSays('done')],
    ['perhaps dialling', (world: World) => world.platformSays('refused', { ...REFUSED, status: 500 })],
  ])('one that is %s will not come, and that is told before the end', (_status, happens) => {
    const world = dialling();
    happens(world);
    world.event(completed(P1));
    expect(anna(world)).toMatchObject({ status: 'failed', attempts: 1, reason: 'conference-ended' });
    expect(told(world)).toMatchObject([{ status: 'failed', reason: 'conference-ended' }]);
    expect(world.accepted.at(-1)?.event).toMatchObject({ status: 'completed' });
  });

  test('one that joined and left at once has left', () => {
    const world = dialling();
    world.platformSays('done');
    const callId = madeBy(world.lastRun);
    world.callbacks('journal-0', [
      { event: member(P1, 'm-1', { callId }) },
      { event: member(P1, 'm-1', { callId, state: 'completed', time: 5 }) },
      { event: completed(P1) },
    ]);
    expect(anna(world)).toMatchObject({ status: 'left', memberId: 'm-1' });
    expect(told(world)).toMatchObject([{ status: 'joined' }]);
  });
});

describe('one whom nobody has called', () => {
  test.each([
    ['gateway-unavailable', { isUndone: true as const }],
    ['rate-limit-reached', {}],
    ['call-rate-limit', {}],
  ] as const)('is dialled again, though it may be dialled only once: %s', (code, certainty) => {
    const world = dialling({ maxAttempts: 1 });
    const { wire: error } = catapultError(code, 'Not now.');
    world.take({
      type: 'change-settled',
      id: world.lastRun.id,
      outcome: { outcome: 'refused', error, ...certainty },
    });
    expect(anna(world)).toMatchObject({ status: 'waiting', attempts: 0 });
    world.ringAfter(2_000);
    expect(dials(world)).toHaveLength(2);
    expect(anna(world)).toMatchObject({ status: 'dialing', attempts: 1 });
  });

  test('is dialled at once again after a real call, however often it was put off before that', () => {
    const world = dialling({ retryInterval: 1 });
    const { wire: error } = catapultError('call-rate-limit', 'Too many.');
    const putOff = () => {
      world.take({ type: 'change-settled', id: world.lastRun.id, outcome: { outcome: 'refused', error } });
      const pause = (anna(world)?.dueAt ?? 0) - world.now;
      world.ringAfter(pause);
      return pause;
    };
    const pauses = Array.from({ length: 8 }, putOff);
    expect(pauses[0]).toBeLessThanOrEqual(1_500);
    expect(Math.min(...pauses.slice(5))).toBeGreaterThanOrEqual(15_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(45_000);
    world.platformSays('done');
    world.ringAfter(70_000);
    world.ringAfter(1_000);
    expect(putOff()).toBeLessThanOrEqual(1_500);
  });

  test('is dialled again within minutes, however far ahead the platform puts it off', () => {
    const world = dialling();
    const { id } = world.lastRun;
    const refusal = { error: catapultError('rate-limit-reached', 'Too many.').wire, retryAt: world.now + 1e12 };
    world.take({ type: 'change-settled', id, outcome: { outcome: 'refused', ...refusal } });
    expect((anna(world)?.dueAt ?? Infinity) - world.now).toBeLessThan(310_000);
  });
});

test('those whom the platform would not dial at one time are dialled again at different times', () => {
  const participants = Array.from({ length: 10 }, (_, index) => ({ ...ANNA, to: `+1919555010${index}` }));
  const world = new World({ callbackUrl: CUSTOMER, participants });
  world.answer(true);
  const limit = catapultError('call-rate-limit', 'Too many calls.').wire;
  for (const run of dials(world)) world.endRun(run, 'refused', limit);
  const times = world.state.participants.map(({ dueAt = 0 }) => dueAt);
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(500);
});
