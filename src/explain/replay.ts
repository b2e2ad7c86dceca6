import { present } from '../catapult/present.ts';
import { lendsSoon, waitsForCallbacks, waitsForLease } from '../conference/rules/leases.ts';
import { isUnderLease, leaseOf } from '../conference/outbox/lease.ts';
import { nextBatch } from '../conference/outbox/outbox.ts';
import { reduce } from '../conference/reduce.ts';
import type { Deadlines } from '../conference/state/deadlines.ts';
import type { Effect } from '../conference/state/effects.ts';
import type { CallbackBatch, Input, PlatformReading } from '../conference/state/inputs.ts';
import type { LoggedEvent } from '../conference/state/event-log.ts';
import type { LeaseAsk } from '../conference/state/lease.ts';
import type { DeliveryResult } from '../conference/state/outbox.ts';
import { initialState, type ConferenceState, type Phase } from '../conference/state/state.ts';
import { CREATION_TIMEOUT_SECONDS, MAX_READING_STARTS, MAX_RECEIPTS_PER_TASK } from '../workflows/budget.ts';
import {
  changeFailure,
  creationFailure,
  deliveryFailure,
  isReadingLate,
  readingFailure,
} from '../workflows/outcomes.ts';
import { withTimeOfRun } from '../workflows/scheduled.ts';
import type { Came, Outcome } from './came.ts';
import type { Begun, RunHistory, Task } from './history.ts';
import { dialsIn, inOrderOfHandlers } from './order.ts';

/*
 * A run's history taken through the rules once more: what the workflow has done, without Temporal. What the SDK decides in between, as in which
 * order results that came together were taken, is told as it stands in the history.
 */

/** An input that the rules have taken, what they asked for, and how it stood before. */
export interface Taken {
  at: number;
  input: Input;
  nonce: string;
  effects: Effect[];
  before: { phase: Phase; deadlines: Deadlines; nextChangeId: number };
}

type Meaning = (outcome: Outcome) => Input | undefined;
const CHANGES = new Set(['updateConference', 'updateMember', 'playAudio', 'addMember', 'dial']);

export class Replay {
  readonly state: ConferenceState;
  private readonly run: RunHistory;
  private readonly dials: { changeId: number; nonce: string }[];
  private readonly meanings = new Map<string, Meaning>();
  /** The lanes with a delivery under way, by its activity. */
  private readonly underWay = new Map<string, string>();
  private waiting: CallbackBatch[] = [];
  /** What is judged by all that has come, and came while callbacks still waited to be taken. */
  private later: Input[] = [];
  private isPutOff = false;
  private taken = 0;
  private now: number;
  /** Of this task: the changes that it starts, and the reading. */
  private toRun: { id: number; isSentOnce: boolean }[] = [];
  private reading: { isUrgent: boolean; begun: number } | undefined;
  private isCreating = false;
  /** Gateways that wait for a lease until the events before it are through. */
  private patient: LeaseAsk[] = [];
  private isContinuing = false;

  constructor(run: RunHistory) {
    this.run = run;
    this.now = run.startedAt;
    const { input } = run;
    // What follows changes it in place.
    this.state =
      'request' in input
        ? initialState(withTimeOfRun(input, run.ids), run.startedAt, structuredClone(input))
        : structuredClone(input.state);
    this.reading = this.state.watch.reading && { ...this.state.watch.reading, begun: 0 };
    this.dials = dialsIn(run.tasks);
  }

  /** All that was taken, in order. After each the state is as it was then. */
  *all(): Generator<Taken, void> {
    for (const [index, task] of this.run.tasks.entries()) {
      this.now = task.at;
      this.taken = 0;
      if (index === 0 && 'request' in this.run.input) yield* this.step({ type: 'opened' });
      for (const came of index === 0 ? inOrderOfHandlers(task.came) : task.came) yield* this.take(came);
      if (!this.isPutOff) yield* this.drain();
      while (this.patient.length > 0 && !this.lendsSoon()) yield* this.lend(this.patient.shift());
      yield* this.begin(task);
    }
  }

  private *take(came: Came): Generator<Taken, void> {
    switch (came.is) {
      case 'callbacks':
        this.waiting.push(came.batch);
        if (!this.isPutOff) yield* this.drain();
        return;
      case 'begun-awaited':
        if (this.state.creation === 'lent')
          yield* this.step({ type: 'lease-wanted', why: 'somebody reads the conference' });
        return;
      case 'rang':
        if (came.timer === 'attempt') return;
        if (came.timer === 'wait') return yield* this.lend(this.patient.shift());
        if (came.timer === 'alarm') return yield* this.judge({ type: 'clock' });
        this.isPutOff = false;
        return yield* this.drain();
      case 'ended': {
        const input = this.meanings.get(came.activity)?.(came.outcome);
        this.meanings.delete(came.activity);
        this.underWay.delete(came.activity);
        return input === undefined ? undefined : yield* this.judge(input);
      }
      case 'input': {
        const { input } = came;
        if (input.type !== 'lease-asked') return yield* this.judge(input);
        if (input.ask.isPatient === true && this.lendsSoon()) return void this.patient.push(input.ask);
        return yield* this.lend(input.ask);
      }
    }
  }

  private lendsSoon(): boolean {
    return !this.isContinuing && lendsSoon(this.state);
  }

  /** What cannot be lent, whatever the rules say, reaches no rule (workflows/answers.ts). */
  private *lend(ask: LeaseAsk | undefined): Generator<Taken, void> {
    const isEarly = ask?.epoch === undefined && this.waiting.length > 0;
    if (ask !== undefined && !isEarly && !this.isContinuing) yield* this.step({ type: 'lease-asked', ask });
  }

  /** As the workflow's own order has it: what is judged by all that has come waits for that. */
  private *judge(input: Input): Generator<Taken, void> {
    if (waitsForCallbacks(this.state, input, this.intake)) this.later.push(input);
    else yield* this.step(input);
  }

  private get intake() {
    return { isEmpty: this.waiting.length === 0, hasWork: this.waiting.some((batch) => this.mayTake(batch)) };
  }

  private mayTake(batch: CallbackBatch): boolean {
    return !waitsForLease(this.state, { type: 'callbacks', batch });
  }

  private *drain(): Generator<Taken, void> {
    while (this.taken < MAX_RECEIPTS_PER_TASK) {
      const index = this.waiting.findIndex((batch) => this.mayTake(batch));
      const batch = this.waiting[index];
      if (batch === undefined) {
        const isBlocked = this.waiting.length > 0 && leaseOf(this.state)?.wanted === undefined;
        return isBlocked ? yield* this.step({ type: 'lease-wanted', why: 'another gateway has callbacks' }) : undefined;
      }
      this.waiting.splice(index, 1);
      this.taken += batch.receipts.length;
      yield* this.step({ type: 'callbacks', batch });
      if (!this.intake.hasWork) for (const input of this.later.splice(0)) yield* this.judge(input);
    }
    this.isPutOff = this.intake.hasWork;
  }

  private *step(input: Input): Generator<Taken, void> {
    const { state, now: at } = this;
    const { phase, changes } = state;
    const before = { phase, deadlines: { ...state.deadlines }, nextChangeId: changes.nextId };
    // A call is named by what was drawn for the step in which it was asked for.
    const nonce = this.dials.find(({ changeId }) => changeId >= before.nextChangeId)?.nonce ?? '';
    const effects = reduce(state, input, { ...this.run.ids, now: at, nonce });
    const isStopped = effects.some((effect) => this.note(effect));
    yield { at, input, nonce, effects, before };
    if (isStopped) yield* this.step({ type: 'creation-stopped' });
  }

  /** Notes what is asked for; answers whether the creation is stopped before an attempt of it has begun. */
  private note(effect: Effect): boolean {
    const { state } = this;
    if (effect.type === 'run-change') {
      const open = state.changes.open.find(({ id }) => id === effect.id);
      if (open !== undefined && state.platformId !== undefined)
        this.toRun.push({ id: effect.id, isSentOnce: open.confirmation !== undefined });
    }
    if (effect.type === 'read-platform') this.reading = { isUrgent: effect.isUrgent, begun: 0 };
    return effect.type === 'stop-creating' && !this.isCreating;
  }

  /** The activities that a task has begun, and what their ends will mean. */
  private *begin({ begun }: Task): Generator<Taken, void> {
    for (const one of begun) {
      // The one thing that the workflow does by itself: it brings a run to an end that has grown long.
      if (one.name === 'recallLease' && this.isRecalledByItself(one)) {
        this.isContinuing = true;
        yield* this.step({ type: 'lease-wanted', why: 'a new run takes over' });
      }
      const meaning = this.meaningOf(one);
      if (meaning !== undefined) this.meanings.set(one.activity, meaning);
    }
    this.toRun = [];
  }

  private isRecalledByItself({ order }: Begun): boolean {
    const { lease, epoch } = this.state.leases ?? {};
    return lease !== undefined && lease.returning === undefined && (order as { epoch: number }).epoch === epoch;
  }

  private meaningOf({ name, order, activity }: Begun): Meaning | undefined {
    if (CHANGES.has(name)) return changeMeaning(this.toRun.shift());
    switch (name) {
      case 'createConference':
        this.isCreating = true;
        return (outcome) => {
          this.isCreating = false;
          return creationMeaning(outcome, this.state);
        };
      case 'completeConference': {
        const { platformId } = order as { platformId: string };
        return () => ({ type: 'platform-completed', platformId });
      }
      case 'readConference':
        return this.readingMeaning();
      case 'recallLease': {
        const { epoch } = order as { epoch: number };
        return (outcome) => ({ type: 'lease-recalled', epoch, isBack: 'result' in outcome && outcome.result === true });
      }
      case 'deliverCallbacks':
        return this.deliveryMeaning(activity, order as { events: LoggedEvent[] });
      default:
        return undefined;
    }
  }

  private readingMeaning(): Meaning {
    const { reading } = this;
    if (reading === undefined) return () => undefined;
    reading.begun += 1;
    return (outcome) => {
      // Another one has taken its place.
      if (reading !== this.reading) return undefined;
      if ('result' in outcome) return { type: 'platform-read', reading: outcome.result as PlatformReading };
      if (reading.isUrgent && isReadingLate(outcome.error) && reading.begun < MAX_READING_STARTS) return undefined;
      return { type: 'platform-read', reading: readingFailure(outcome.error) };
    };
  }

  private deliveryMeaning(activity: string, { events }: { events: LoggedEvent[] }): Meaning | undefined {
    const lane = this.laneOf(events);
    if (lane === undefined) return undefined;
    this.underWay.set(activity, lane);
    return (outcome) => {
      const all = 'result' in outcome ? (outcome.result as DeliveryResult) : deliveryFailure(outcome.error, { events });
      // The failure of a delivery that was stopped does not count.
      const { attempts, gone } = all;
      const result = this.run.stopped.has(activity) ? present({ attempts, gone }) : all;
      return { type: 'delivery-settled', lane, result };
    };
  }

  /** The lane that these events wait in, and that nobody delivers. */
  private laneOf([first]: LoggedEvent[]): string | undefined {
    const { outbox } = this.state;
    const busy = new Set(this.underWay.values());
    const free = Object.keys(outbox.lanes).filter((lane) => !busy.has(lane) && !isUnderLease(this.state, lane));
    const isNext = (lane: string) => nextBatch(outbox, lane, this.now)?.events[0]?.sequence === first?.sequence;
    const isThere = (lane: string) => outbox.lanes[lane]?.waiting.some(({ sequence }) => sequence === first?.sequence);
    return free.find(isNext) ?? free.find(isThere);
  }
}

function changeMeaning(running: { id: number; isSentOnce: boolean } | undefined): Meaning | undefined {
  if (running === undefined) return undefined;
  const { id, isSentOnce } = running;
  return (outcome) => ({
    type: 'change-settled',
    id,
    outcome:
      'result' in outcome
        ? { outcome: 'done', ...present({ id: (outcome.result as { id?: string } | undefined)?.id }) }
        : changeFailure(outcome.error, isSentOnce),
  });
}

function creationMeaning(outcome: Outcome, { settings }: ConferenceState): Input {
  if ('result' in outcome)
    return { type: 'creation-succeeded', ...(outcome.result as { platformId: string; attemptId: string }) };
  if (outcome.isCancelled) return { type: 'creation-stopped' };
  return creationFailure(outcome.error, settings.creationTimeout ?? CREATION_TIMEOUT_SECONDS);
}
