import { describe, expect, test } from '@jest/globals';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { carried, makeRoom } from '../../src/conference/carry.ts';
import { bytesOf } from '../../src/conference/state/plain-data.ts';
import { membersOf } from '../../src/conference/view.ts';
import { CALLS, conference, dialled } from './calls-world.ts';
import { CUSTOMER, member } from './conference-world-events.ts';
import { P1 } from './conference-world-examples.ts';
import type { World } from './conference-world.ts';

const RUN = { workflowId: 'conference/u-1/conf-1', runId: 'run' };
const MAX_BYTES = 1024 * 1024;

/** An id as long as ids may be, of characters that take many bytes. */
const long = (n: number, letter = '\u0001') => String(n).padEnd(300, letter);

/** So many events, in one batch. */
const send = (world: World, count: number, eventOf: (n: number) => CallbackEvent) =>
  world.callbacks(
    'opening-0',
    Array.from({ length: count }, (_, n) => ({ event: eventOf(n) })),
  );

const carriedBytes = (world: World) => bytesOf(carried(world.state, RUN));

function makeRoomIn(world: World): void {
  makeRoom(world.state, RUN, { conferenceId: 'conf-1', now: Date.now() });
}

describe('what is remembered of members', () => {
  test('is bounded in bytes: with 40 long ids nobody is forgotten', () => {
    const world = conference();
    send(world, 40, (n) => member(P1, long(n), { callId: long(n, 'é') }));
    expect(membersOf(world.state)).toHaveLength(40);
    expect(world.state.activeMembers).toBe(40);
    expect(carriedBytes(world)).toBeLessThan(MAX_BYTES / 2);
  });

  test('is bounded in bytes: of 100 the latest are known, and are counted as those who are there', () => {
    const world = conference({});
    send(world, 100, (n) => ({ ...member(P1, long(n), { callId: long(n) }), hold: 'x'.repeat(10_000) }));
    const known = membersOf(world.state);
    expect(known.length).toBeGreaterThanOrEqual(40);
    expect(known.at(-1)?.id).toBe(long(99));
    expect(world.state.activeMembers).toBe(known.length);
    expect(bytesOf(world.state.members)).toBeLessThanOrEqual(256 * 1024);
    expect(bytesOf(world.state.dedupe.members)).toBeLessThanOrEqual(256 * 1024);
  });

  test('500 of them are with the ids that platforms give', () => {
    const world = conference({});
    send(world, 500, (n) => member(P1, `member-${n}`.padEnd(40, 'x')));
    expect(membersOf(world.state)).toHaveLength(500);
  });
});

test('what calls and the conference tell of themselves is bounded in bytes, and told apart by whole ids', () => {
  const world = conference({});
  const first = world.state.outbox.nextSequence;
  send(world, 300, (n) => ({ eventType: 'answer', callId: long(0).slice(0, 290) + String(n) }));
  send(world, 300, (n) => ({ eventType: 'conference', conferenceId: P1, status: `${n}`.padEnd(100, 'x') }));
  expect(world.state.outbox.nextSequence - first).toBe(600);
  expect(bytesOf(world.state.dedupe.calls)).toBeLessThan(100 * 1024);
  expect(bytesOf(world.state.dedupe.statuses)).toBeLessThan(4 * 1024);
});

test('with all of it at its longest, the oldest events that wait become dead letters, so that the rest can be carried', () => {
  const world = conference({ callbackUrl: CUSTOMER });
  const url = `${CALLS}/`.padEnd(2_048, 'x');
  for (let n = 0; n < 100; n += 1) dialled(world, { callbackUrl: url, fallbackUrl: url });
  send(world, 100, (n) => member(P1, long(n), { callId: long(n) }));
  send(world, 20, (n) => ({ eventType: 'of a new type', text: 'x'.repeat(60_000), n }));
  const { lanes } = world.state.outbox;
  const waiting = () => Object.values(lanes).flatMap((lane) => lane.waiting.map(({ sequence }) => sequence));
  expect(carriedBytes(world)).toBeGreaterThan(MAX_BYTES);
  const before = waiting();
  const deadBefore = world.state.outbox.deadLetters.length;
  makeRoomIn(world);
  expect(carriedBytes(world)).toBeLessThanOrEqual(MAX_BYTES);
  // The latest are kept, and what was given up is on record as such.
  expect(waiting().length).toBeGreaterThan(0);
  expect(waiting()).toEqual(before.slice(-waiting().length));
  expect(world.state.outbox.deadLetters.length - deadBefore).toBe(before.length - waiting().length);
});

test('where there is room nothing is given up', () => {
  const world = conference({ callbackUrl: CUSTOMER });
  world.event({ eventType: 'of a new type' });
  const before = structuredClone(world.state);
  makeRoomIn(world);
  expect(world.state).toEqual(before);
});
