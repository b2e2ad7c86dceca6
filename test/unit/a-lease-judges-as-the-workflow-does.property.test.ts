import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CreateConferenceRequest } from '../../src/catapult/requests.ts';
import { nextBatch, settleDelivery } from '../../src/conference/outbox/outbox.ts';
import { targetOf } from '../../src/conference/outbox/lanes.ts';
import { reduce } from '../../src/conference/reduce.ts';
import { judge, leaseAnswerOf, type Judgement } from '../../src/conference/rules/leases.ts';
import type { Input, Receipt } from '../../src/conference/state/inputs.ts';
import type { LeaseTerms } from '../../src/conference/state/lease.ts';
import type { ConferenceState } from '../../src/conference/state/state.ts';
import { seedOf } from '../support/seed.ts';
import { CONFERENCE, USER } from './conference-world-events.ts';
import { World } from './conference-world.ts';
import { arrivalPlan, arrivalsOf, settingsPlan, type ArrivalPlan, type Came } from './lease-arrivals.ts';
import { took } from './outbox-took.ts';

/*
 * Events are judged in two places by one code. What the holder of a lease says of them is what the workflow says when it hears of them, in
 * whatever batches, and what it would have said without a lease.
 */

const IDS = { userId: USER, conferenceId: CONFERENCE };
const OPENING = 'opening-0';
const dialled = { from: '+19195551234', to: '+19195550000', callTimeout: 60, callbackTimeout: 10_000 };

const story = fc.record({
  settings: settingsPlan,
  before: fc.array(arrivalPlan, { maxLength: 8 }),
  under: fc.array(arrivalPlan, { minLength: 1, maxLength: 40, size: 'max' }),
  batches: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 40, maxLength: 40 }),
});

/** A conference whose calls are dialled, and whose customer has taken all that came before. */
function conferenceWith(settings: Partial<CreateConferenceRequest>, before: readonly ArrivalPlan[]): Lived {
  const world = new World(settings);
  world.answer(true);
  for (const own of [{ callbackUrl: 'https://customer.example/calls' }, {}]) {
    world.ask({ kind: 'dial', call: { ...dialled, callbackHttpMethod: 'POST', ...own } });
    world.platformSays('done');
  }
  const conference = { state: world.state, now: world.now, sequence: 0 };
  const came = arrivalsOf(before, conference.now, 1_000);
  // What is judged there already is no part of the story.
  report(
    conference,
    came.filter(({ event }) => event['status'] !== 'completed'),
  );
  deliverAll(conference);
  return conference;
}

interface Lived {
  state: ConferenceState;
  now: number;
  /** The latest in the gateway's journal. */
  sequence: number;
}

const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

function take(conference: Lived, input: Input): void {
  reduce(conference.state, input, { ...IDS, now: conference.now, nonce: 'run' });
}

function report(conference: Lived, came: readonly (Came & Pick<Receipt, 'lent'>)[]): void {
  const receipts = came.map((one) => ({ ...one, sequence: (conference.sequence += 1) }));
  conference.now = Math.max(conference.now, ...came.map(({ arrivedAt }) => arrivedAt));
  take(conference, { type: 'callbacks', batch: { opening: OPENING, receipts } });
}

function deliverAll({ state, now }: Lived): void {
  for (const lane of Object.keys(state.outbox.lanes)) {
    const events = nextBatch(state.outbox, lane, now)?.events ?? [];
    const sequences = events.map(({ sequence }) => sequence);
    settleDelivery(state.outbox, lane, { attempts: took(sequences, now) }, { conferenceId: CONFERENCE, now });
  }
}

function termsFor(conference: Lived): LeaseTerms {
  const { now } = conference;
  const ask = { opening: OPENING, follows: [], url: 'http://gateway', until: now + 3_000 };
  take(conference, { type: 'lease-asked', ask });
  const answer = leaseAnswerOf(conference.state, ask, now);
  if (answer.outcome !== 'granted') throw new Error(`nothing is lent: ${JSON.stringify(answer)}`);
  // As it comes in the answer to an update.
  return copyOf(answer.terms);
}

interface Judged {
  came: Came;
  judged: Judgement;
}

/** The gateway judges until something comes that it cannot judge. */
function judgeAll(terms: LeaseTerms, came: readonly Came[]): Judged[] {
  const all: Judged[] = [];
  for (const one of came) {
    const judged = judge(terms, copyOf(one), IDS);
    if (judged === undefined) return all;
    all.push({ came: one, judged });
  }
  return all;
}

const lentBy = (epoch: number, judged: Judgement): Receipt['lent'] =>
  judged.verdict === 'accepted' ? { epoch, eventSequence: judged.sequence } : { epoch };

/** All that was accepted since, as it was numbered, named, written and addressed. */
function acceptedIn({ state }: Lived, since: number) {
  const { accepted, older } = state.outbox.log;
  return [...Object.values(older), ...accepted]
    .filter(({ sequence }) => sequence >= since)
    .map(({ id, sequence, event, source, lane }) => ({ id, sequence, event, source, lane }));
}

function live({ settings, before, under, batches }: Story) {
  const start = conferenceWith(settings, before);
  const since = start.state.outbox.nextSequence;
  const came = arrivalsOf(under, start.now);
  const without = copyOf(start);
  for (const one of came) report(without, [one]);
  const leased = copyOf(start);
  const terms = termsFor(leased);
  const { epoch } = terms;
  const here = judgeAll(terms, came);
  const sizes = [...batches];
  for (let from = 0; from < here.length;) {
    const to = from + (sizes.shift() ?? 1);
    const batch = here.slice(from, to);
    report(
      leased,
      batch.map(({ came: one, judged }) => ({ ...one, lent: lentBy(epoch, judged) })),
    );
    from = to;
  }
  const known = copyOf(leased.state.dedupe);
  // What the gateway could not judge ends the lease.
  if (here.length < came.length) report(leased, came.slice(here.length));
  return { since, came, here, terms, known, leased, without };
}

type Story = typeof story extends fc.Arbitrary<infer Value> ? Value : never;

const runs = { seed: seedOf('RULES_SEED') | 0, numRuns: Number(process.env['WORLDS'] ?? 300) };
const always = (check: (lived: ReturnType<typeof live>) => void) =>
  fc.assert(
    fc.property(story, (random) => check(live(random))),
    runs,
  );

test('what is accepted has the number, the id, the words and the lane that it has without a lease', () => {
  always(({ since, leased, without }) => {
    assert.deepEqual(acceptedIn(leased, since), acceptedIn(without, since));
  });
});

test('the holder says of each event what the workflow says, and where it goes', () => {
  always(({ since, here, leased }) => {
    const byHolder = here.flatMap(({ judged }) => (judged.verdict === 'accepted' ? [judged] : []));
    const recorded = acceptedIn(leased, since);
    for (const { sequence, id, event, delivery } of byHolder) {
      const record = recorded.find((one) => one.sequence === sequence);
      assert.deepEqual({ id, event }, { id: record?.id, event: record?.event });
      const target = record?.lane === undefined ? undefined : targetOf(leased.state, record.lane);
      const isSent = target?.callbackUrl !== undefined || target?.fallbackUrl !== undefined;
      assert.deepEqual(copyOf(delivery ?? null), copyOf(isSent ? { lane: record?.lane, target } : null));
    }
    if (leased.state.leases?.lease !== undefined) expect(recorded).toHaveLength(byHolder.length);
  });
});

test('both remember the same of what has come', () => {
  always(({ terms, known, here, came }) => {
    if (here.length < came.length) return;
    assert.deepEqual(known, copyOf(terms.dedupe));
  });
});

test('a conference is as it were without a lease', () => {
  always(({ leased, without }) => {
    const lifeOf = ({
      state: { phase, reason, members, calls, activeMembers, dedupe, platformId, orphans },
    }: Lived) => {
      // Who has left with the end has left when the conference heard of that.
      const present = Object.entries(members).map(([key, { removedTime: _when, ...member }]) => [key, member]);
      return copyOf({ phase, reason, present, calls, activeMembers, dedupe, platformId, orphans });
    };
    assert.deepEqual(lifeOf(leased), lifeOf(without));
  });
});

test('the random stories meet repetitions, every kind of target, and what only the workflow can judge', () => {
  const lived = fc.sample(story, { seed: 1, numRuns: 200 }).map(live);
  const judged = lived.flatMap(({ here }) => here.map((one) => one.judged));
  expect(judged.filter(({ verdict }) => verdict === 'repeated').length).toBeGreaterThan(100);
  const lanes = judged.flatMap((one) => (one.verdict === 'accepted' ? [one.delivery?.lane] : []));
  expect(new Set(lanes)).toEqual(new Set(['conference', 'call run-dial.1', undefined]));
  expect(lived.some(({ here, came }) => here.length < came.length)).toBe(true);
  expect(lived.some(({ leased }) => leased.state.phase === 'completed')).toBe(true);
});
