import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seedOf } from '../support/seed.ts';
import { CUSTOMER } from './conference-world-events.ts';
import { arrivalPlan, type ArrivalPlan } from './lease-arrivals.ts';
import type { Gateway } from './lease-gateway.ts';
import { LeaseWorld, type Sent } from './lease-world.ts';

/*
 * Whatever becomes of a lease, of those who hold it, and of what they say: no event is lost, none has two numbers, no number is given twice,
 * and never do two send at the same time. That the last three hold in each step is looked at by the world.
 */

type Command =
  | { do: 'arrive'; plans: ArrivalPlan[] }
  | { do: 'ask'; isHeard: boolean }
  | { do: 'send'; count: number; ok: boolean }
  | { do: 'report'; count: number; withOutcomes: boolean; isConfirmed: boolean }
  | { do: 'come again'; which: number }
  | { do: 'end' | 'die' | 'recall' | 'reconcile' | 'read' | 'confirm' | 'cancel' }
  | { do: 'pass'; ms: number }
  | { do: 'change'; url: string }
  | { do: 'settle'; count: number; ok: boolean };

const mostly = (likely: boolean, weight: number) =>
  fc.oneof({ weight, arbitrary: fc.constant(likely) }, { weight: 1, arbitrary: fc.constant(!likely) });
const only = <Name extends string>(weight: number, ...names: Name[]) => ({
  weight,
  arbitrary: fc.record({ do: fc.constantFrom(...names) }),
});

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('arrive' as const),
      plans: fc.array(arrivalPlan, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('ask' as const), isHeard: mostly(true, 8) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      count: fc.integer({ min: 1, max: 5 }),
      ok: mostly(true, 8),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      count: fc.integer({ min: 1, max: 6 }),
      withOutcomes: mostly(true, 3),
      isConfirmed: mostly(true, 5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('come again' as const), which: fc.nat({ max: 9 }) }) },
  only(3, 'recall', 'reconcile', 'read'),
  only(1, 'end', 'die'),
  only(1, 'confirm', 'confirm', 'cancel'),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 200, 1_000, 5_000, 5_000, 10_000, 28_000, 31_000, 61_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('change' as const), url: fc.constantFrom(CUSTOMER, `${CUSTOMER}/new`) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('settle' as const), count: fc.nat({ max: 3 }), ok: mostly(true, 5) }),
  },
);

const history = fc.record({
  isCalm: fc.boolean(),
  settings: fc.record({ callbackUrl: fc.constant(CUSTOMER), ...{ tag: fc.constantFrom(undefined, 'a tag') } }),
  commands: fc.array(fc.record({ at: fc.constantFrom<0 | 1>(0, 0, 0, 0, 1), command }), {
    minLength: 10,
    maxLength: 80,
    size: 'max',
  }),
});

function obey(world: LeaseWorld, gateway: Gateway, next: Command): void {
  switch (next.do) {
    case 'arrive':
      return next.plans.forEach((plan) => world.arrive(gateway, plan));
    case 'ask':
      if (!next.isHeard) world.accidents.add('lost answer');
      return gateway.ask(next.isHeard);
    case 'send':
      for (let count = 0; count < next.count; count += 1) gateway.send(next.ok || count + 1 < next.count);
      return;
    case 'report':
      return void gateway.report(next.count, next);
    case 'come again': {
      const batch = gateway.batches.at(-1 - next.which);
      return batch && world.take({ type: 'callbacks', batch });
    }
    case 'end':
      return gateway.end();
    case 'die':
      return world.die(gateway);
    case 'recall':
      return world.answerRecall();
    case 'reconcile':
      return world.take({ type: 'reconcile', why: 'somebody wants it' });
    case 'read':
      return world.read(`member-${world.came.length}`);
    case 'confirm':
      return world.confirm();
    case 'cancel':
      return world.take({ type: 'cancel' });
    case 'pass':
      return world.pass(next.ms);
    case 'change':
      return world.changeUrl(next.url);
    case 'settle':
      return world.settle(next.count, next.ok);
  }
}

/** The same without accidents. */
function calm(next: Command): Command {
  if (next.do === 'die') return { do: 'end' };
  if (next.do === 'pass') return { do: 'pass', ms: Math.min(next.ms, 1_000) };
  return 'ok' in next ? { ...next, ok: true } : 'isHeard' in next ? { ...next, isHeard: true } : next;
}

function live({
  isCalm,
  settings,
  commands,
}: typeof history extends fc.Arbitrary<infer Value> ? Value : never): LeaseWorld {
  const world = new LeaseWorld(settings);
  for (const { at, command: next } of commands) obey(world, world.gateways[at], isCalm ? calm(next) : next);
  world.comeToRest();
  return world;
}

const runs = { seed: seedOf('RULES_SEED') | 0, numRuns: Number(process.env['WORLDS'] ?? 300) };
const always = (check: (world: LeaseWorld) => void) =>
  fc.assert(
    fc.property(history, (random) => check(live(random))),
    runs,
  );

const taken = ({ sent }: LeaseWorld): Sent[] => sent.filter(({ ok }) => ok);

test('nothing is lost: each event that was accepted has been delivered, and each digit that came', () => {
  always((world) => {
    const delivered = taken(world);
    const ids = new Set(delivered.map(({ id }) => id));
    for (const { id, sequence, status, lane } of world.records) {
      expect([sequence, status]).toEqual([sequence, lane === undefined ? 'recorded' : 'delivered']);
      if (lane !== undefined) expect([sequence, ids.has(id)]).toEqual([sequence, true]);
    }
    const presses = new Set(delivered.map(({ event }) => event['press']));
    for (const { event, attemptId } of world.came)
      if (attemptId === 'run.1' && event['press'] !== undefined) expect(presses).toContain(event['press']);
  });
});

test('nothing is told twice, and all in order, but for what a death, a clock or a failure does', () => {
  always((world) => {
    if (world.accidents.size > 0) return;
    const ids = taken(world).map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const lane of new Set(world.sent.map((one) => one.lane))) {
      const sequences = taken(world).flatMap((one) => (one.lane === lane ? [one.sequence] : []));
      assert.deepEqual(
        sequences,
        sequences.toSorted((a, b) => a - b),
      );
    }
  });
});

test('the random histories meet leases of both gateways, recalls, deaths and expiries, and some meet no accident', () => {
  const worlds = fc.sample(history, { seed: 1, numRuns: 200 }).map(live);
  const sum = (count: (world: LeaseWorld) => number) => worlds.reduce((all, world) => all + count(world), 0);
  expect(sum(({ leases }) => leases)).toBeGreaterThan(100);
  expect(sum(({ sent }) => sent.filter(({ by }) => by === 'gateway').length)).toBeGreaterThan(100);
  expect(sum(({ accidents }) => Number(accidents.has('expiry')))).toBeGreaterThan(10);
  expect(sum(({ accidents, leases }) => Number(accidents.size === 0 && leases > 1))).toBeGreaterThan(5);
});
