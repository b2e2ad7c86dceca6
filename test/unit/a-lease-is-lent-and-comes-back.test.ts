import { beforeEach, describe, expect, test } from '@jest/globals';
import { closedOf } from '../../src/conference/carry.ts';
import { LEASE_MS, LEASE_NUMBERS } from '../../src/conference/budget.ts';
import { eventFor } from '../../src/conference/outbox/lanes.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { leaseAnswerOf } from '../../src/conference/rules/leases.ts';
import { eventIdOf } from '../../src/conference/state/ids.ts';
import type { CallbackBatch, Receipt } from '../../src/conference/state/inputs.ts';
import type { LeaseAnswer, LeaseAsk } from '../../src/conference/state/lease.ts';
import { storyOf } from '../../src/conference/story.ts';
import { eventIndexOf, eventRecordsOf } from '../../src/conference/view.ts';
import {
  completed,
  CONFERENCE,
  CUSTOMER,
  digestOf,
  dtmf,
  member,
  platformId,
  USER,
} from './conference-world-events.ts';
import { World } from './conference-world.ts';
import { took } from './outbox-took.ts';

/* The workflow's side of a lease, one example for each rule. */

let world: World;
let sequence: number;
beforeEach(() => {
  world = new World();
  world.answer(true);
  sequence = 0;
});

const holder = 'gateway-a';
const askFor = (fields: Partial<LeaseAsk> = {}): LeaseAsk => ({
  ...{ opening: holder, follows: [], url: 'http://a', until: world.now + 3_000 },
  ...fields,
});

function ask(fields: Partial<LeaseAsk> = {}): LeaseAnswer {
  const asked = askFor(fields);
  world.take({ type: 'lease-asked', ask: asked });
  return leaseAnswerOf(world.state, asked, world.now);
}

/** The holder reports digits by number, with what else it says. */
function report(numbers: (number | undefined)[], fields: Partial<CallbackBatch> = {}): void {
  const receipts = numbers.map((number): Receipt => {
    const event = dtmf(number ?? 1_000 + sequence);
    sequence += 1;
    const lent = { epoch: world.state.leases?.epoch ?? 1, eventSequence: number };
    const about = { sequence, arrivedAt: world.now, channel: 'primary' as const, attemptId: 'run.1' };
    return { ...about, digest: digestOf(event), event, lent };
  });
  world.take({ type: 'callbacks', batch: { opening: holder, receipts, ...fields } });
}

const isOut = () => world.state.leases?.lease !== undefined;
const recalls = () => world.effects('recall-lease');
const sequences = () => world.accepted.map((event) => event.sequence);
/** What became of the digits with these numbers. */
const delivered = (...numbers: number[]) =>
  numbers.map((number) => {
    const ids = { userId: USER, conferenceId: CONFERENCE };
    const id = eventIdOf(CONFERENCE, number, eventFor(world.state, dtmf(number), ids));
    return { id, lane: 'conference', result: { attempts: took([number], world.now) } };
  });

describe('nothing is lent', () => {
  const refusal = (why: RegExp) => ({ outcome: 'refused', why: expect.stringMatching(why) });

  test('before the platform has the conference', () => {
    world = new World();
    expect(ask()).toEqual(refusal(/is creating/));
  });

  test('of a conference that ends or is over', () => {
    world.take({ type: 'cancel' });
    expect(ask()).toEqual(refusal(/is ending/));
    world.event(completed(platformId(1)));
    expect(ask()).toEqual(refusal(/is completed/));
  });

  test('while events wait for the customer', () => {
    world.event(dtmf(1));
    expect(ask()).toEqual({ ...refusal(/events wait/), isPassing: true });
    world.settle(1, 'well');
    expect(ask()).toMatchObject({ outcome: 'granted', terms: { epoch: 1, nextSequence: 2 } });
  });

  test('while participants are dialled', () => {
    world = new World({
      callbackUrl: CUSTOMER,
      participants: [{ to: '+19195550000', callTimeout: 30, maxAttempts: 1, retryInterval: 60 }],
    });
    world.answer(true);
    expect(ask()).toEqual(refusal(/participants/));
  });

  test('where a URL has answered 410', () => {
    world.event(dtmf(1));
    world.take({
      type: 'delivery-settled',
      lane: 'conference',
      result: { attempts: took([1], world.now), gone: [`${CUSTOMER}/gone`] },
    });
    expect(ask()).toEqual(refusal(/410/));
  });

  test('too late', () => {
    expect(ask({ until: world.now - 1 })).toEqual(refusal(/too late/));
  });
});

test('it is held for longer by its holder alone, and not once it is to come back', () => {
  ask();
  world.pass(20_000);
  expect(ask({ epoch: 1 })).toEqual({ outcome: 'renewed' });
  expect(world.state.leases?.lease?.until).toBe(world.now + LEASE_MS);
  expect(ask({ epoch: 0 })).toMatchObject({ outcome: 'refused' });
  report([], { returning: 1 });
  expect(ask({ epoch: 1 })).toMatchObject({ outcome: 'refused' });
});

test('one that was asked for long ago is not taken from who has asked again since', () => {
  ask();
  expect(ask({ until: world.now - 1 })).toMatchObject({ outcome: 'refused' });
  expect(isOut()).toBe(true);
});

test('another gateway that asks is refused, and gets it when the first has given it back', () => {
  ask();
  expect(ask({ opening: 'gateway-b' })).toMatchObject({ outcome: 'refused' });
  expect(recalls()).toMatchObject([{ epoch: 1, opening: holder, url: 'http://a' }]);
  world.take({ type: 'lease-recalled', epoch: 1, isBack: true });
  expect(ask({ opening: 'gateway-b' })).toMatchObject({ outcome: 'granted', terms: { epoch: 2 } });
  expect(recalls()).toHaveLength(1);
});

test('who opens the journal of the one that had it gets it, without a gap', () => {
  ask();
  expect(ask({ opening: 'gateway-a2', follows: [holder] })).toMatchObject({
    outcome: 'granted',
    terms: { epoch: 2, nextSequence: 1 },
  });
});

test('a conference whose creation is not answered yet is adopted by what its gateway has seen', () => {
  world = new World();
  const seen = { attemptId: 'run.1', platformId: platformId(1) };
  expect(ask({ seen })).toMatchObject({ outcome: 'granted', terms: { platformId: platformId(1) } });
  expect(world.state.phase).toBe('created');
});

test('what comes from another gateway waits until it is back, and is numbered behind it, in order', () => {
  ask();
  world.callbacks('gateway-b', [{ event: dtmf(1_001) }]);
  world.callbacks('gateway-b', [{ event: dtmf(1_002) }]);
  expect(sequences()).toEqual([]);
  report([1, 2], { returned: 1, outcomes: delivered(1, 2) });
  expect(world.accepted.map(({ event }) => event['press'])).toEqual([1, 2, 1_001, 1_002]);
  expect(world.state.outbox.lanes['conference']?.waiting.map((one) => one.sequence)).toEqual([3, 4]);
});

test('a new callbackUrl waits for it, and then holds', () => {
  ask();
  const requester = world.change({ callbackUrl: 'https://customer.example/new' });
  expect(world.answersTo(requester)).toEqual([]);
  expect(world.state.settings.callbackUrl).toBe(CUSTOMER);
  expect(recalls()).toHaveLength(1);
  report([1], { returned: 1, outcomes: delivered(1) });
  expect(world.answersTo(requester)).toEqual([{ outcome: 'done' }]);
  expect(world.state.settings.callbackUrl).toBe('https://customer.example/new');
});

test('a change of a member that only its holder knows waits for it; one of a member that nobody knows is refused then', () => {
  ask();
  const mute = (memberId: string) => world.ask({ kind: 'member', memberId, fields: { mute: true } });
  const [known, unknown] = [mute('m-1'), mute('m-2')];
  expect(recalls()).toHaveLength(1);
  expect([...world.answersTo(known), ...world.answersTo(unknown)]).toEqual([]);
  const event = member(platformId(1), 'm-1');
  const receipt = {
    ...{ sequence: 1, arrivedAt: world.now, channel: 'primary' as const, attemptId: 'run.1' },
    ...{ digest: digestOf(event), event, lent: { epoch: 1, eventSequence: 1 } },
  };
  world.take({ type: 'callbacks', batch: { opening: holder, receipts: [receipt], returned: 1 } });
  expect(world.answersTo(unknown)).toMatchObject([{ outcome: 'refused', error: { status: 404 } }]);
  expect(world.runs.map(({ change }) => change)).toMatchObject([{ kind: 'member', memberId: 'm-1' }]);
  expect(world.answersTo(known)).toEqual([]);
});

test('the end is told when it is back: by the platform’s own event if its holder has that, else by ours', () => {
  for (const hasEvent of [true, false]) {
    world = new World();
    world.answer(true);
    sequence = 0;
    ask();
    world.take({ type: 'cancel' });
    world.confirm(0);
    world.ringAfter(31_000);
    expect(world.state.phase).toBe('ending');
    expect(recalls()).toHaveLength(1);
    const event = completed(platformId(1));
    const receipt = {
      ...{ sequence: 1, arrivedAt: world.now, channel: 'primary' as const, attemptId: 'run.1' },
      ...{ digest: digestOf(event), event, lent: { epoch: 1, eventSequence: 1 } },
    };
    const batch = { opening: holder, receipts: hasEvent ? [receipt] : [], returned: 1 };
    world.take({ type: 'callbacks', batch });
    expect(world.accepted.map(({ source }) => source)).toEqual([hasEvent ? 'platform' : 'convoke']);
    expect(world.state.phase).toBe('completed');
  }
});

test('a batch of the time before it does not end it, when that comes again', () => {
  world.callbacks(holder, [{ event: dtmf(1) }]);
  world.settle(1, 'well');
  ask();
  const [before] = world.batches;
  if (before !== undefined) world.take({ type: 'callbacks', batch: before });
  expect(isOut()).toBe(true);
});

test('what comes with a number that another event has got meanwhile gets one of its own, and is delivered', () => {
  ask();
  report([1], { returned: 1, outcomes: delivered(1) });
  world.callbacks('gateway-b', [{ event: dtmf(1_001) }]);
  // As after a Reset: its holder still counts on it.
  report([2], { outcomes: delivered(2) });
  expect(world.accepted.map(({ event }) => event['press'])).toEqual([1, 1_001, 2]);
  expect(world.state.outbox.lanes['conference']?.waiting.map((one) => one.sequence)).toEqual([2, 3]);
});

describe('a lease that runs out while something waits for it', () => {
  beforeEach(() => {
    ask();
    report([1, 2], { outcomes: delivered(1) });
    world.ringAfter(LEASE_MS);
  });

  test('leaves its numbers to its holder, and what it had in hand to the worker', () => {
    expect(isOut()).toBe(false);
    expect(world.deliveries.get('conference')?.events.map((event) => event.sequence)).toEqual([2]);
    world.callbacks('gateway-b', [{ event: dtmf(1_001) }]);
    expect(world.state.outbox.nextSequence).toBe(3 + LEASE_NUMBERS + 1);
    report([3], { outcomes: delivered(3) });
    expect(eventRecordsOf(world.state, [1, 2, 3, 3 + LEASE_NUMBERS]).map(({ status }) => status)).toEqual([
      ...['delivered', 'waiting', 'delivered', 'waiting'],
    ]);
  });

  test('and all events can be read, in this run, in the next one, and at the end', () => {
    report([3]);
    world.callbacks('gateway-b', [{ event: dtmf(1_001) }]);
    const { older, first } = eventIndexOf(world.state);
    expect(older).toEqual([1, 2, 3]);
    expect(first).toBe(3 + LEASE_NUMBERS);
    const { state, records } = closedOf(world.state, { workflowId: 'w', runId: 'run-1' });
    expect(records.map((record) => record.sequence)).toEqual([1, 2, 3, 3 + LEASE_NUMBERS]);
    expect(state.outbox.log.earlier).toEqual([{ workflowId: 'w', runId: 'run-1', first: 1 }]);
    expect(state.outbox.log.moved).toEqual({});
  });
});

test('a failure of its holder is shown, and tried again by the worker after a second, with all short retries', () => {
  ask();
  const failed = { sequence: 1, error: 'callbackUrl: 503', isFirst: true } as const;
  const attempts = took([1], world.now).map((attempt) => ({ ...attempt, ok: false, result: '503' }));
  report([1], { returned: 1, outcomes: delivered(1).map((outcome) => ({ ...outcome, result: { attempts, failed } })) });
  expect(storyOf(world.state)).toContain('callbackUrl: 503');
  expect(world.state.outbox.lanes['conference']?.nextTryAt).toBe(world.now + 1_000);
  world.ringAfter(1_000);
  expect(world.deliveries.get('conference')).toMatchObject({ shortRetries: true, events: [{ sequence: 1 }] });
  world.settle(1, 'well');
  expect(storyOf(world.state)).not.toContain('503');
});

test('a conference closes when its lease is back', () => {
  ask();
  world.take({ type: 'cancel' });
  world.confirm(0);
  world.ringAfter(31_000);
  expect(mayClose(world.state)).toBe(false);
  world.comeToRest('made');
  expect(isOut()).toBe(false);
  expect(mayClose(world.state)).toBe(true);
});
