import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CreateConferenceRequest } from '../../src/catapult/requests.ts';
import { CUSTOMER_DEADLINES, deadlinesOf, type DeadlineName } from '../../src/conference/state/deadlines.ts';
import { isClosed } from '../../src/conference/state/state.ts';
import { callEvent, created, CUSTOMER, member, START } from './conference-world-events.ts';
import { P1 } from './conference-world-examples.ts';
import { dialIdOf, madeBy } from './conference-world-runs.ts';
import { World } from './conference-world.ts';

/*
 * What holds of time whoever joins and leaves, whatever becomes of the calls, and however late the alarm rings. What
 * a limit goes by is kept here too, by simple rules of its own.
 */

type Happening =
  | { what: 'passes'; seconds: number }
  | { what: 'nearly' }
  | { what: 'comes' }
  | { what: 'joins'; who: number }
  | { what: 'leaves'; who: number }
  | { what: 'call'; which: number; becomes: 'member' | 'busy' | 'refused' | 'limited' | 'lost' | 'answered' };

/** Limits and passing time meet often. */
const tens = fc.integer({ min: 1, max: 30 }).map((some) => some * 10);

const who = fc.integer({ min: 0, max: 3 });
const happening = fc.oneof(
  fc.record({
    what: fc.constant('passes'),
    seconds: fc.oneof(
      fc.nat(200),
      tens,
      tens.map((some) => some - 1),
    ),
  }),
  // A moment before the next limit, and that limit.
  fc.record({ what: fc.constantFrom('nearly', 'nearly', 'comes') }),
  fc.record({ what: fc.constantFrom('joins', 'leaves'), who }),
  fc.record({ what: fc.constantFrom('joins', 'leaves'), who }),
  fc.record({
    what: fc.constant('call'),
    which: fc.nat(5),
    becomes: fc.constantFrom('member', 'busy', 'refused', 'limited', 'lost', 'answered'),
  }),
) as fc.Arbitrary<Happening>;

const seconds = fc.option(tens, { nil: undefined, freq: 2 });
const participant = fc.record({
  to: fc.constantFrom('+19195550001', '+19195550002', '+19195550003', '+19195550004'),
  callTimeout: fc.integer({ min: 1, max: 60 }),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  retryInterval: fc.integer({ min: 1, max: 60 }),
});

const settings = fc.record({
  noShowTimeout: seconds,
  aloneTimeout: seconds,
  maxDuration: seconds,
  participants: fc.uniqueArray(participant, { maxLength: 3, selector: ({ to }) => to }),
});

const LIMITS: Record<string, 'noShowTimeout' | 'aloneTimeout' | 'maxDuration'> = {
  'no-show': 'noShowTimeout',
  alone: 'aloneTimeout',
  'max-duration': 'maxDuration',
};

/** A conference that is lived through, with what its limits go by, kept apart from it. */
class Life {
  readonly world: World;
  readonly present = new Set<string>();
  readonly since: Partial<Record<string, number>>;
  wereTwo = false;
  /** How often each participant had been dialled when it joined. */
  readonly joined = new Map<string, number>();
  private readonly gone = new Set<string>();
  private mark = 0;
  private readonly wanted: Partial<CreateConferenceRequest>;

  constructor(wanted: Partial<CreateConferenceRequest>) {
    this.wanted = wanted;
    this.world = new World({ callbackUrl: CUSTOMER, ...wanted });
    this.world.answer(true);
    this.world.event(created(P1));
    this.since = { 'no-show': START };
  }

  /** The limits that are set, by the rules kept here: the first one first. */
  get limits(): [string, number][] {
    const set = Object.entries(LIMITS).flatMap(([reason, field]): [string, number][] => {
      const since = this.since[reason];
      const limit = this.wanted[field];
      return since === undefined || limit === undefined ? [] : [[reason, since + limit * 1_000]];
    });
    return set.sort(([, a], [, b]) => a - b);
  }

  get hasEnded(): boolean {
    return this.world.state.endRequested !== undefined;
  }

  joins(id: string, callId?: string): void {
    if (this.gone.has(id) || this.present.has(id)) return;
    this.send(id, 'active', callId);
    this.present.add(id);
    delete this.since['no-show'];
    this.since['max-duration'] ??= this.seconds * 1_000 + START;
    this.count();
  }

  leaves(id: string): void {
    if (!this.present.delete(id)) return;
    this.gone.add(id);
    this.send(id, 'completed');
    this.count();
  }

  private get seconds(): number {
    return Math.floor((this.world.now - START) / 1_000);
  }

  private send(id: string, state: 'active' | 'completed', callId = `call-of-${id}`): void {
    this.world.event(member(P1, id, { state, callId, time: this.seconds }));
  }

  private count(): void {
    if (this.present.size >= 2) this.wereTwo = true;
    if (this.present.size === 1 && this.wereTwo) this.since['alone'] ??= START + this.seconds * 1_000;
    else delete this.since['alone'];
  }

  call(which: number, becomes: string): void {
    const dialled = this.world.runs.filter(({ change }) => change.kind === 'dial');
    const run = dialled[which % Math.max(dialled.length, 1)];
    if (run === undefined) return;
    const limit = { status: 403, category: 'limit', code: 'call-rate-limit', message: 'Too many.' };
    if (run.outcome === undefined) {
      if (becomes === 'limited') return this.world.endRun(run, 'refused', limit);
      if (becomes === 'refused') return this.world.endRun(run, 'refused');
      if (becomes === 'lost') return this.world.endRun(run, 'lost');
      this.world.endRun(run, 'done');
    }
    if (run.outcome === 'refused') return;
    if (becomes === 'answered') this.world.callTells(run, 'answer', 'primary', (this.mark += 1));
    if (becomes === 'member') this.joins(`member-${madeBy(run)}`, madeBy(run));
    if (becomes === 'busy') {
      const event = { ...callEvent('hangup', madeBy(run), (this.mark += 1)), cause: 'USER_BUSY' };
      this.world.event(event, 'primary', dialIdOf(run));
    }
  }

  private passToLimit(how: 'nearly' | 'comes'): void {
    const [, at = this.world.now] = this.limits[0] ?? [];
    this.world.ringAfter(Math.max(0, at - this.world.now - (how === 'nearly' ? 1_000 : 0)));
  }

  live(happenings: readonly Happening[], afterEach: (life: Life) => void): this {
    for (const one of happenings) {
      if (this.hasEnded) break;
      if (one.what === 'passes') this.world.ringAfter(one.seconds * 1_000);
      else if (one.what === 'nearly' || one.what === 'comes') this.passToLimit(one.what);
      else if (one.what === 'joins') this.joins(`guest-${one.who}`);
      else if (one.what === 'leaves') this.leaves(`guest-${one.who}`);
      else this.call(one.which, one.becomes);
      if (this.world.isReading) this.world.read();
      afterEach(this);
    }
    return this;
  }
}

const always = (afterEach: (life: Life) => void, atLast: (life: Life) => void = () => undefined) =>
  fc.assert(
    fc.property(
      settings,
      fc.boolean(),
      fc.array(happening, { maxLength: 40, size: 'max' }),
      (wanted, isFull, happenings) => {
        const life = new Life(wanted);
        if (isFull) for (const guest of ['guest-0', 'guest-1']) life.joins(guest);
        atLast(life.live(happenings, afterEach));
      },
    ),
    { numRuns: 200 },
  );

describe('a limit', () => {
  test('ends the conference when it is due and not before, the first one that is due with its reason', () => {
    always((life) => {
      const [first] = life.limits;
      const isDue = first !== undefined && first[1] <= life.world.now;
      assert.equal(life.hasEnded, isDue);
      if (!isDue) return;
      // Of those that are due at the same moment it may be any; while the platform is asked, the next one may come too.
      const wasAsked = life.world.taken.some(({ before, after }) => before.timing.inQuestion && after.endRequested);
      const until = wasAsked ? life.world.now : first[1];
      const reasons = life.limits.flatMap(([reason, at]) => (at <= until ? [reason] : []));
      expect(reasons).toContain(life.world.state.endRequested);
    });
  });

  test('ends it once', () => {
    always(
      () => undefined,
      ({ world }) => {
        world.ringAfter(1_000_000);
        const reason = world.state.endRequested;
        if (reason === undefined) return;
        world.ringAfter(1_000_000);
        expect(world.effects('complete')).toHaveLength(1);
        expect(world.state.endRequested).toBe(reason);
      },
    );
  });
});

test('nothing is set, and nobody is dialled or awaited, once the conference is over', () => {
  always(
    () => undefined,
    ({ world }) => {
      world.take({ type: 'cancel' });
      world.comeToRest('made');
      expect(isClosed(world.state)).toBe(true);
      const names = deadlinesOf(world.state.deadlines).map(([name]): DeadlineName => name);
      expect(names.filter((name) => CUSTOMER_DEADLINES.some((timed) => timed === name))).toEqual([]);
      for (const { status } of world.state.participants) expect(['joined', 'left', 'failed']).toContain(status);
    },
  );
});

test('no alarm rings for what has passed', () => {
  always(({ world }) => {
    // Twice: what is done at once may be followed by something else that is done at once.
    world.take({ type: 'clock' });
    world.take({ type: 'clock' });
    const passed = deadlinesOf(world.state.deadlines).filter(([, at]) => at <= world.now);
    assert.deepEqual(passed, []);
  });
});

test('a participant is not dialled more often than it may be, and not again once it has joined', () => {
  always((life) => {
    for (const { attempts, request, status } of life.world.state.participants) {
      assert(attempts <= request.maxAttempts);
      if (status === 'dialing') assert(attempts > 0);
      const hasJoined = status === 'joined' || status === 'left';
      const dialled = life.world.runs.filter(({ change }) => change.kind === 'dial' && change.call.to === request.to);
      if (life.joined.has(request.to)) assert(hasJoined);
      if (hasJoined) assert.equal(dialled.length, life.joined.get(request.to) ?? dialled.length);
      if (hasJoined) life.joined.set(request.to, dialled.length);
    }
  });
});
