import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import fc from 'fast-check';
import { whyUnfitMessage } from '../../src/conference/facts/bounds-of-messages.ts';
import { whyNoState } from '../../src/conference/facts/bounds-of-state.ts';
import { closedOf } from '../../src/conference/carry.ts';
import { nextAnswerBy } from '../../src/conference/facts/change-queue.ts';
import { nextBatch, nextTryAt } from '../../src/conference/outbox/outbox.ts';
import { reduce } from '../../src/conference/reduce.ts';
import { leaseAnswerOf } from '../../src/conference/rules/leases.ts';
import { deadlinesOf } from '../../src/conference/state/deadlines.ts';
import { sequenceOf } from '../../src/conference/state/ids.ts';
import type { CallbackBatch, Input } from '../../src/conference/state/inputs.ts';
import type { FirstAttemptOutcome, LeaseAsk } from '../../src/conference/state/lease.ts';
import type { ConferenceState } from '../../src/conference/state/state.ts';
import { storyOf } from '../../src/conference/story.ts';
import { creationOf, eventIndexOf, membersOf, viewOf } from '../../src/conference/view.ts';
import { seedOf } from '../support/seed.ts';
import { CONFERENCE, created, dtmf, member, platformId, USER } from './conference-world-events.ts';
import { always, samples } from './conference-world-histories.ts';
import { World } from './conference-world.ts';

/*
 * A rule that breaks ends a workflow task, which is then tried for ever. So of what comes from Temporal, whoever has put it there, only that is
 * taken by which no rule breaks: whatever is changed in what gateways, clients and workflows of ours send, it is refused, or the conference goes on.
 */

const sample = { seed: seedOf('RULES_SEED') | 0, numRuns: Number(process.env['WORLDS'] ?? 250) * 4 };

/** What nobody of ours would send there. */
const odd = [
  ...[null, undefined, {}, [], '', 'x', 'constructor', '__proto__', 0, -1, 1.5, 1e300, -1e300, true, false],
  ...[[null], { x: null }, 'y'.repeat(3_500), '2026-01-01', '+19195551234', 'conference', 'call x-dial.1'],
];

const payload = z
  .object({ data: z.base64() })
  .transform(({ data }): unknown => JSON.parse(Buffer.from(data, 'base64').toString()));
const input = z.object({ payloads: z.array(payload) }).optional();
const recorded = z.object({
  events: z.array(
    z.object({
      workflowExecutionStartedEventAttributes: z
        .object({ workflowType: z.object({ name: z.string() }), input })
        .optional(),
      workflowExecutionSignaledEventAttributes: z.object({ signalName: z.string(), input }).optional(),
    }),
  ),
});

type Json = Record<string, unknown> | unknown[];
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Every place in a value: where it stands, and by what name. */
function placesIn(value: Json): [Json, string][] {
  return Object.entries(value).flatMap(([name, inner]) => [
    [value, name] as [Json, string],
    ...(isJson(inner) ? placesIn(inner) : []),
  ]);
}

const change = fc.record({ where: fc.nat(), what: fc.constantFrom(...odd), isAdded: fc.boolean() });
const changes = fc.array(change, { minLength: 1, maxLength: 2 });

/** The same with something odd in it. */
function changed<Value extends object>(value: Value, wanted: { where: number; what: unknown; isAdded: boolean }[]) {
  const copy = JSON.parse(JSON.stringify(value)) as Value & Json;
  for (const { where, what, isAdded } of wanted) {
    const places = placesIn(copy);
    const [parent, name] = places[where % Math.max(places.length, 1)] ?? [];
    if (parent === undefined || name === undefined) continue;
    const at = isAdded && Array.isArray(parent) ? String(parent.length) : name;
    Object.defineProperty(parent, at, {
      value: structuredClone(what),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  // As Temporal carries it.
  return JSON.parse(JSON.stringify(copy)) as Value;
}

const context = { userId: USER, conferenceId: CONFERENCE, nonce: 'later' };

/** Takes an input, and looks at all that the workflow makes of a state. */
function go(state: ConferenceState, input: Input, now: number): void {
  reduce(state, input, { ...context, now });
  const times = [
    ...deadlinesOf(state.deadlines).map(([, at]) => at),
    ...Object.values(state.outbox.lanes).flatMap((lane) => nextTryAt(lane) ?? []),
    nextAnswerBy(state) ?? now,
  ];
  // A timer wants a time that there is.
  for (const at of times) expect(new Date(at).getTime()).not.toBeNaN();
  for (const lane of Object.keys(state.outbox.lanes)) nextBatch(state.outbox, lane, now);
  storyOf(state);
  viewOf(state, CONFERENCE);
  membersOf(state);
  eventIndexOf(state);
  creationOf(state);
  closedOf(state, { workflowId: 'w', runId: 'r' });
}

/** What may come to any conference. */
function live(state: ConferenceState, begin: number): void {
  let now = begin;
  const batch = (sequence: number, event: object): Input => ({
    type: 'callbacks',
    batch: {
      opening: 'another',
      receipts: [
        {
          ...{ sequence, arrivedAt: now, channel: 'primary' as const, digest: `d${sequence}` },
          ...{ attemptId: 'run.1', event: { eventType: 'x', ...event } },
        },
      ],
    },
  });
  go(state, { type: 'clock' }, now);
  for (const event of [created(platformId(1)), member(platformId(1), 'member-a'), dtmf(1), dtmf(1)]) {
    now += 1_000;
    go(state, batch(now, event), now);
  }
  go(state, { type: 'reconcile', why: 'x' }, now);
  for (const lane of Object.keys(state.outbox.lanes)) {
    const failed = { sequence: nextBatch(state.outbox, lane, now)?.events[0]?.sequence ?? 1, error: 'x' };
    go(state, { type: 'delivery-settled', lane, result: { attempts: [], failed } }, now);
  }
  go(state, { type: 'cancel' }, (now += 60_000));
  go(state, { type: 'clock' }, (now += 86_400_000));
  go(state, { type: 'clock' }, now + 86_400_000);
}

const copyOf = <Value>(value: Value) => JSON.parse(JSON.stringify(value)) as Value;

/** States of every kind, with the time at which each was so. */
const states = samples(60).flatMap(({ taken }) =>
  taken.filter((_, index) => index % 7 === 0).map(({ after, context: { now } }) => ({ state: after, now })),
);
const some = fc.constantFrom(...states);

test('what the rules make of any history is a state', () => {
  always(({ taken }) => {
    for (const { after } of taken) expect(whyNoState(after)).toBeUndefined();
  });
});

test('what lies in recorded histories is taken', () => {
  const folder = fileURLToPath(new URL('../replay/histories', import.meta.url));
  const taken = readdirSync(folder).flatMap((name) => {
    const { events } = recorded.parse(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')));
    return events.flatMap(
      ({ workflowExecutionStartedEventAttributes: began, workflowExecutionSignaledEventAttributes: came }) => {
        const [first] = [began?.input ?? came?.input].flatMap((input) => input?.payloads ?? []);
        if (began?.workflowType.name === 'aftercare')
          return [['state', whyNoState((first as { state: unknown }).state)]];
        if (came?.signalName === 'callbacks') return [['callbacks', whyUnfitMessage.batch(first)]];
        return [];
      },
    );
  });
  expect(new Set(taken.map(([what]) => what))).toEqual(new Set(['state', 'callbacks']));
  expect(taken.filter(([, why]) => why !== undefined)).toEqual([]);
});

test('aftercare begins with what is refused, or by which no rule breaks', () => {
  let refused = 0;
  let taken = 0;
  fc.assert(
    fc.property(some, changes, ({ state, now }, wanted) => {
      const given = changed(state, wanted);
      if (whyNoState(given) !== undefined) return void (refused += 1);
      taken += 1;
      live(given, now);
    }),
    sample,
  );
  expect(Math.min(refused, taken)).toBeGreaterThan(sample.numRuns / 50);
});

describe('what is signalled is left out, or no rule breaks by it', () => {
  const receiptOf = (event: object) => ({
    ...{ sequence: 1e6, arrivedAt: 1e12, channel: 'primary' as const, attemptId: 'run.1', digest: 'd' },
    event: { eventType: 'x', ...event },
  });
  const attempts: FirstAttemptOutcome[] = [
    { attemptId: 'h.1', outcome: 'created', platformId: 'p-1' },
    { attemptId: 'h.1', outcome: 'refused', error: { status: 403, category: 'x', code: 'x', message: 'x' } },
    { attemptId: 'h.1', outcome: 'open', mayHaveMade: true, retryAt: 1e12 },
  ];

  /** Of a conference that its gateway creates. */
  const lent = new World({}, false, { attemptId: 'h.1', opening: 'o', url: 'http://gateway' });

  const batchFor = ({ outbox }: ConferenceState, firstAttempt: FirstAttemptOutcome): CallbackBatch => {
    const records = [...outbox.log.accepted, ...Object.values(outbox.log.older)].slice(0, 3);
    const outcomes = records.map(({ id, sequence, lane = 'conference' }) => ({
      ...{ id, lane },
      result: {
        attempts: [{ sequence, at: 1e12, url: 'callbackUrl' as const, ok: false, result: '500', milliseconds: 5 }],
        ...{ busyForMs: 5, failed: { sequence, error: '500', retryAfterMs: 5, isFirst: true as const } },
      },
    }));
    const lentEvent = { ...receiptOf(dtmf(7)), lent: { epoch: 1, eventSequence: 900 }, trace: 't' };
    const receipts = [receiptOf(member(platformId(1), 'member-b')), lentEvent];
    return { opening: 'o', follows: ['p'], receipts, firstAttempt, outcomes, returned: 5, returning: 5 };
  };

  const taken = fc.oneof(some, fc.constant({ state: lent.state, now: lent.now }));

  test('callbacks', () => {
    fc.assert(
      fc.property(taken, fc.constantFrom(...attempts), changes, ({ state, now }, attempt, wanted) => {
        const batch = changed(batchFor(state, attempt), wanted);
        if (whyUnfitMessage.batch(batch) !== undefined) return;
        const after = copyOf(state);
        go(after, { type: 'callbacks', batch }, now);
        live(after, now);
      }),
      sample,
    );
  });

  test('events to deliver again', () => {
    fc.assert(
      fc.property(taken, changes, ({ state, now }, wanted) => {
        const { accepted, older } = state.outbox.log;
        const records = changed([...accepted, ...Object.values(older)].slice(-4), wanted);
        if (whyUnfitMessage.redelivery(records, undefined) !== undefined) return;
        const after = copyOf(state);
        go(after, { type: 'redeliver', records }, now);
        live(after, now);
      }),
      sample,
    );
  });

  test('who asks for a lease', () => {
    fc.assert(
      fc.property(taken, changes, ({ state, now }, wanted) => {
        const seen = { attemptId: 'run.1', platformId: platformId(1) };
        const ask = changed<LeaseAsk>(
          { opening: 'o', follows: ['p'], url: 'http://gateway', epoch: 1, seen, isPatient: true, until: now + 5 },
          wanted,
        );
        if (whyUnfitMessage.ask(ask) !== undefined) return;
        const after = copyOf(state);
        go(after, { type: 'lease-asked', ask }, now);
        leaseAnswerOf(after, ask, now);
        live(after, now);
      }),
      sample,
    );
  });

  test('who waits for it', () => {
    fc.assert(
      fc.property(taken, changes, fc.boolean(), ({ state, now }, wanted, isPhase) => {
        const { id, awaited } = changed(
          { id: 'w', awaited: isPhase ? { phase: 'active' as const } : { members: 2 } },
          wanted,
        );
        if (whyUnfitMessage.watch(id, awaited) !== undefined) return;
        const after = copyOf(state);
        go(after, { type: 'watch', id, awaited }, now);
        live(after, now);
      }),
      sample,
    );
  });
});

test('what lies in the state, and could not be carried, is left out', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  const until = 1e12;
  for (const more of [deep, 'x'.repeat(20_000)]) {
    expect(whyUnfitMessage.watch('w', { members: 1, more })).toMatch(/wants/);
    expect(whyUnfitMessage.redelivery([], { id: 'k', fingerprint: 'f', more })).toMatch(/wants/);
    const request = { change: { kind: 'conference', fields: {} }, requester: { id: 'r', until, more } };
    const changesOf = { client: 'c', number: 1, awaited: [], requests: [request] };
    expect(whyUnfitMessage.changes(changesOf, until)).toMatch(/wants/);
  }
  const attempt = { sequence: 1, at: 1e12, url: 'callbackUrl', ok: true, result: '200', milliseconds: 5, deep };
  const outcomes = [{ id: 'e', lane: 'conference', result: { attempts: [attempt] } }];
  expect(whyUnfitMessage.batch({ opening: 'o', receipts: [], outcomes })).toMatch(/levels/);
});

test('events of a signal are found by their ids', () => {
  // What is said of the outcome of events means nothing otherwise.
  const records = states.flatMap(({ state }) => state.outbox.log.accepted);
  expect(records.length).toBeGreaterThan(10);
  for (const { id, sequence } of records) expect(sequenceOf(id, CONFERENCE)).toBe(sequence);
});
