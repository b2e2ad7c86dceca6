import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LEASE_MS } from '../../src/conference/budget.ts';
import { leaseOf } from '../../src/conference/outbox/lease.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { creationOf } from '../../src/conference/view.ts';
import { seedOf } from '../support/seed.ts';
import { platformId, REFUSAL } from './conference-world-events.ts';
import { FirstAttemptWorld, type Ending } from './first-attempt-world.ts';

/* A gateway has started the conference, and makes the first attempt to create it: exactly one conference, whatever becomes of the gateway. */

describe('the workflow', () => {
  test('makes no attempt while the gateway may make its own, and none after that has made the conference', () => {
    const world = new FirstAttemptWorld();
    world.end('created');
    world.ringAfter(1_000);
    world.report();
    expect(world.state).toMatchObject({ phase: 'created', creation: 'over', platformId: platformId(1) });
    expect(world.effects('create')).toEqual([]);
    expect(leaseOf(world.state)?.attemptId).toBeUndefined();
    expect(leaseOf(world.state)).toBeDefined();
  });

  test('fails with the platform’s refusal, which its caller has been answered and gets by no callback', () => {
    const world = new FirstAttemptWorld();
    world.end('refused');
    world.report();
    expect(creationOf(world.state)).toEqual({ outcome: 'refused', error: REFUSAL });
    expect(world.accepted).toEqual([]);
    expect(mayClose(world.state)).toBe(true);
  });

  test('goes on at once where nothing was made, and when the platform wants where that limits', () => {
    const limited = new FirstAttemptWorld();
    limited.end('limited');
    limited.report();
    expect(limited.effects('create')).toEqual([{ type: 'create', notBefore: limited.now + 3_000 }]);
    limited.refuse('refusal');
    expect(limited.state.phase).not.toBe('failed');
  });

  test('takes a refusal of its own attempt for final where the first has certainly made nothing, else when no event comes', () => {
    const ends = (how: Ending) => {
      const world = new FirstAttemptWorld();
      world.end(how);
      world.report();
      world.take({ type: 'creation-failed', error: REFUSAL, final: true });
      return world.state.phase;
    };
    expect([ends('limited'), ends('lost')]).toEqual(['failed', 'creating']);
  });

  test('asks for the lease when nothing is reported, and goes on when that has run out', () => {
    const world = new FirstAttemptWorld();
    world.die();
    world.ringAfter(10_000);
    expect(world.effects('recall-lease')).toHaveLength(1);
    world.ringAfter(LEASE_MS - 10_000);
    expect(world.effects('create')).toHaveLength(1);
    expect(world.state.creation).toBe('running');
  });

  test('has a change wait for the report, since the gateway may have answered its caller', () => {
    const world = new FirstAttemptWorld();
    world.end('created');
    const dial = { from: '+19195551234', to: '+19195550000', callTimeout: 60, callbackTimeout: 10_000 };
    const requester = world.ask({ kind: 'dial', call: { ...dial, callbackHttpMethod: 'POST' } });
    expect(world.answersTo(requester)).toEqual([]);
    expect(world.effects('recall-lease')).toHaveLength(1);
    world.answerRecall();
    expect(world.underWay).toHaveLength(1);
  });

  test('refuses a change that waited in vain', () => {
    const world = new FirstAttemptWorld();
    const requester = world.ask({ kind: 'conference', fields: { hold: true } });
    world.end('lost');
    world.report();
    expect(world.answersTo(requester)).toMatchObject([{ outcome: 'refused', error: { code: 'gateway-unavailable' } }]);
  });

  test('that is to end has what the gateway makes completed', () => {
    const world = new FirstAttemptWorld();
    world.end('created');
    world.take({ type: 'cancel' });
    world.answerRecall();
    expect(world.openOrders).toEqual([platformId(1)]);
    expect(world.effects('create')).toEqual([]);
  });
});

type Command =
  | { do: 'end'; how: Ending }
  | { do: 'report'; isConfirmed: boolean; returns: boolean }
  | { do: 'event'; attempt: 1 | 2 | 3 }
  | { do: 'own attempt'; how: 'answered' | 'lost, made' | 'refused' }
  | { do: 'die' | 'recall' | 'cancel' | 'stopped' | 'change' }
  | { do: 'pass'; ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('end' as const),
    how: fc.constantFrom<Ending>('created', 'created', 'refused', 'lost, made', 'lost', 'limited'),
  }),
  fc.record({ do: fc.constant('report' as const), isConfirmed: fc.boolean(), returns: fc.boolean() }),
  fc.record({ do: fc.constant('event' as const), attempt: fc.constantFrom<1 | 2 | 3>(1, 2, 3) }),
  fc.record({
    do: fc.constant('own attempt' as const),
    how: fc.constantFrom<'answered' | 'lost, made' | 'refused'>('answered', 'lost, made', 'refused'),
  }),
  fc.record({
    do: fc.constantFrom<'die' | 'recall' | 'cancel' | 'stopped' | 'change'>(
      'die',
      'recall',
      'cancel',
      'stopped',
      'change',
    ),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 500, 2_000, 7_000, 31_000) }),
);

function obey(world: FirstAttemptWorld, next: Command): void {
  switch (next.do) {
    case 'end':
      return world.end(next.how);
    case 'report':
      return world.report({ isConfirmed: next.isConfirmed, ...(next.returns ? { returned: 1 } : {}) });
    case 'event':
      return world.eventElsewhere(next.attempt);
    case 'own attempt':
      return world.ownAttempt(next.how);
    case 'die':
      return world.die();
    case 'recall':
      return world.answerRecall();
    case 'cancel':
      return void world.take({ type: 'cancel' });
    case 'stopped':
      return world.stopped();
    case 'change':
      return void world.change({ hold: true });
    case 'pass':
      return world.ringAfter(next.ms);
  }
}

function live(commands: Command[]): FirstAttemptWorld {
  const world = new FirstAttemptWorld();
  for (const next of commands) obey(world, next);
  world.rest();
  return world;
}

const histories = fc.array(command, { minLength: 1, maxLength: 25, size: 'max' });
const runs = { seed: seedOf('RULES_SEED') | 0, numRuns: Number(process.env['WORLDS'] ?? 500) };
const always = (check: (world: FirstAttemptWorld) => void) =>
  fc.assert(
    fc.property(histories, (commands) => check(live(commands))),
    runs,
  );

test('of all that was made on the platform one is left, or none once the conference is over', () => {
  always((world) => {
    const ordered = world.effects('complete').map((effect) => effect.platformId);
    const left = world.made.map(platformId).filter((id) => !ordered.includes(id));
    const isOpen = world.state.phase === 'created' || world.state.phase === 'active';
    expect(left).toEqual(isOpen ? [world.state.platformId] : []);
    expect(ordered).toEqual([...new Set(ordered)]);
  });
});

test('creating comes to an end, with one series of own attempts at most', () => {
  always((world) => {
    expect(world.state.creation).toBe('over');
    expect(world.effects('create').length).toBeLessThanOrEqual(1);
  });
});

test('the random histories meet every ending, deaths before and after the answer, and second attempts', () => {
  const worlds = fc.sample(histories, { seed: 1, numRuns: 300 }).map(live);
  const some = (check: (world: FirstAttemptWorld) => boolean) => worlds.filter(check).length;
  expect(some(({ made }) => made.length > 1)).toBeGreaterThan(10);
  expect(some(({ gateway, made }) => gateway === 'is dead' && made.includes(1))).toBeGreaterThan(10);
  expect(some((world) => world.effects('create').length === 0)).toBeGreaterThan(10);
  expect(some(({ state }) => state.phase === 'failed')).toBeGreaterThan(10);
});
