import type { WireError } from '../../src/catapult/errors.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { UpdateConferenceRequest } from '../../src/catapult/requests.ts';
import { nextAnswerBy } from '../../src/conference/facts/change-queue.ts';
import { nextTryAt } from '../../src/conference/outbox/outbox.ts';
import type { Requester, Change, ChangeOutcome, IdempotencyKey } from '../../src/conference/state/changes.ts';
import { deadlinesOf } from '../../src/conference/state/deadlines.ts';
import type { Channel } from '../../src/conference/state/dedupe.ts';
import type { Effect } from '../../src/conference/state/effects.ts';
import type { PlatformReading, CallbackBatch, Receipt } from '../../src/conference/state/inputs.ts';
import type { Awaited } from '../../src/conference/state/watchers.ts';
import { callEvent, digestOf, platformId, REFUSAL, SILENCE } from './conference-world-events.ts';
import { Interpreter } from './conference-world-interpreter.ts';
import { dialIdOf, eventShowing, isOnce, limitOf, madeBy, type PlatformRun } from './conference-world-runs.ts';
import { took } from './outbox-took.ts';

/*
 * A world around the rules: a platform that makes conferences, loses answers and sends events; gateways that hand them
 * on, sometimes twice; a customer; a clock.
 */

/** An event as it arrives; without `attemptId` on the URL of the create attempt that made its conference. */
export interface Arrival {
  event: CallbackEvent;
  channel?: Channel | undefined;
  attemptId?: string | undefined;
}

export class World extends Interpreter {
  attempts = 0;
  readonly batches: CallbackBatch[] = [];
  private readonly sequences = new Map<string, number>();
  private requesters = 0;
  private watchers = 0;

  // — creating and ending —

  /** The running attempt makes a conference on the platform; with a lost answer nobody hears of it. */
  answer(isHeard: boolean): void {
    if (!this.isCreating()) return;
    const attempt = (this.attempts += 1);
    if (!isHeard) return;
    this.creating = 'ended';
    this.take({ type: 'creation-succeeded', platformId: platformId(attempt), attemptId: `run.${attempt}` });
  }

  /** The platform refuses, or (a timeout) has never answered. */
  refuse(how: 'refusal' | 'timeout'): void {
    if (!this.isCreating()) return;
    const attempt = (this.attempts += 1);
    this.creating = 'ended';
    if (how === 'timeout') this.take({ type: 'creation-failed', error: SILENCE, final: false });
    else this.take({ type: 'creation-failed', error: REFUSAL, final: attempt === 1 });
  }

  stopped(): void {
    if (this.creating !== 'told to stop') return;
    this.creating = 'ended';
    this.take({ type: 'creation-stopped' });
  }

  private isCreating(): boolean {
    return this.creating === 'running' || this.creating === 'told to stop';
  }

  /** The platform confirms that a conference it was ordered to complete is complete. */
  confirm(which: number, isSaidTwice = false): void {
    const [ordered] = this.openOrders.splice(which % Math.max(this.openOrders.length, 1), 1);
    if (ordered === undefined) return;
    this.take({ type: 'platform-completed', platformId: ordered });
    if (isSaidTwice) this.take({ type: 'platform-completed', platformId: ordered });
  }

  /** The platform says what it knows: that all is as the conference has it, that there is no such conference, or nothing. */
  read(outcome: PlatformReading['outcome'] = 'read', members = Object.values(this.state.members)): void {
    if (!this.isReading) return;
    this.isReading = false;
    const isClosed = ['completed', 'cancelled'].includes(this.state.phase) || this.state.platformCompleted;
    const known = members.map(({ id, callId, state, mute, hold, addedTime, removedTime }) => ({
      ...{ id, callId, state, mute, hold, addedTime, removedTime },
    }));
    const conference = { state: isClosed ? 'completed' : 'created', createdTime: '2026-01-01T00:00:00Z' } as const;
    const reading = {
      read: { outcome: 'read' as const, conference, members: known },
      missing: { outcome: 'missing' as const },
      unreadable: { outcome: 'unreadable' as const, why: 'nobody answers' },
    }[outcome];
    this.take({ type: 'platform-read', reading });
  }

  // — callbacks —

  /** The attempt on whose callback URL an event comes: that of its conference, or one that nothing is known of. */
  private attemptOf({ conferenceId }: CallbackEvent): string {
    return `run.${conferenceId?.replace('platform-', '') ?? 'unknown'}`;
  }

  /** The platform's callbacks come in at a gateway, whose next sequences they get. `resent` go before them once more. */
  callbacks(opening: string, arrivals: Arrival[], resent: readonly Receipt[] = []): Effect[] {
    const receipts = arrivals.map(({ event, channel = 'primary', attemptId = this.attemptOf(event) }): Receipt => {
      const sequence = (this.sequences.get(opening) ?? 0) + 1;
      this.sequences.set(opening, sequence);
      return { sequence, arrivedAt: this.now, channel, attemptId, digest: digestOf(event), event };
    });
    const batch = { opening, receipts: [...resent, ...receipts] };
    this.batches.push(batch);
    return this.take({ type: 'callbacks', batch });
  }

  /** One callback event on its own. */
  event(event: CallbackEvent, channel: Channel = 'primary', attemptId?: string): Effect[] {
    return this.callbacks('opening-0', [{ event, channel, attemptId }]);
  }

  /** One event on the callback URL of a call that was dialled. */
  callTells(run: PlatformRun, eventType: string, channel: Channel = 'primary', mark = 0): Effect[] {
    run.isShown = true;
    return this.event(callEvent(eventType, madeBy(run), mark), channel, dialIdOf(run));
  }

  /** The event by which a change that is sent once shows that it was done. */
  show(run: PlatformRun, channel: Channel = 'primary'): void {
    run.isShown = true;
    const event = eventShowing(run, this.state.platformId ?? platformId(1));
    this.event(event, channel, run.change.kind === 'dial' ? dialIdOf(run) : undefined);
  }

  // — changes —

  /** Somebody asks for a change and waits 10 s for the answer; returns who. */
  ask(change: Change, key?: IdempotencyKey): string {
    const requester = { id: `requester-${(this.requesters += 1)}`, until: this.now + 10_000 };
    this.askAs(requester, change, key);
    return requester.id;
  }

  askAs(requester: Requester, change: Change, key?: IdempotencyKey): void {
    this.take({ type: 'change', change, requester, ...(key && { key }) });
  }

  change(fields: UpdateConferenceRequest): string {
    return this.ask({ kind: 'conference', fields });
  }

  /** The platform call behind a change ends. */
  endRun(run: PlatformRun, outcome: ChangeOutcome['outcome'], error: WireError = REFUSAL, retryAt?: number): void {
    run.outcome = outcome;
    const id = run.change.kind === 'dial' || run.change.kind === 'add-member' ? { id: madeBy(run) } : {};
    const refusal = { outcome: 'refused', error, ...(retryAt === undefined ? {} : { retryAt }) } as const;
    const given = outcome === 'done' ? { outcome, ...id } : outcome === 'lost' ? { outcome } : refusal;
    this.take({ type: 'change-settled', id: run.id, outcome: given });
  }

  /** The answer to the latest change. */
  platformSays(outcome: ChangeOutcome['outcome'], error?: WireError): void {
    this.endRun(this.lastRun, outcome, error);
  }

  // — those who wait from outside —

  watch(awaited: Awaited): void {
    this.take({ type: 'watch', id: `watcher-${(this.watchers += 1)}`, awaited });
  }

  /** One of those who wait, or have waited, does so no more. */
  unwatch(which: number): void {
    if (this.watchers > 0) this.take({ type: 'unwatch', id: `watcher-${1 + (which % this.watchers)}` });
  }

  /** One of those who are being told has been. */
  tell(which: number): void {
    const [id] = this.beingTold.splice(which % Math.max(this.beingTold.length, 1), 1);
    if (id !== undefined) this.take({ type: 'watcher-notified', id });
  }

  // — deliveries —

  /** A delivery ends: the first events of its batch are delivered; then it is through, or failed, or was cancelled. */
  settle(delivers: number, end: 'well' | 'failed' | 'cancelled'): void {
    const [started] = this.deliveries;
    if (started === undefined) return;
    const [lane, batch] = started;
    this.deliveries.delete(lane);
    const passed = end === 'well' ? batch.events : batch.events.slice(0, delivers);
    const stoppedAt = end === 'failed' ? batch.events[passed.length] : undefined;
    this.delivered.push(...passed.map((event) => ({ ...event, lane })));
    const result = {
      attempts: took(
        passed.map(({ sequence }) => sequence),
        this.now,
      ),
    };
    const failed = stoppedAt === undefined ? {} : { failed: { sequence: stoppedAt.sequence, error: '500' } };
    this.take({ type: 'delivery-settled', lane, result: { ...result, ...failed } });
  }

  // — time —

  /** Time passes: who waits for a change is thought of in time, and no platform call behind one lasts too long. */
  pass(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      const run = this.underWay.reduce<PlatformRun | undefined>(
        (a, b) => (a && limitOf(a) <= limitOf(b) ? a : b),
        undefined,
      );
      const answerBy = nextAnswerBy(this.state) ?? Infinity;
      const limit = run === undefined ? Infinity : limitOf(run);
      if (Math.min(answerBy, limit) >= until) break;
      this.now = Math.max(this.now, Math.min(answerBy, limit));
      if (run === undefined || answerBy < limit) this.take({ type: 'clock' });
      else this.endRun(run, isOnce(run.change) ? 'lost' : 'refused', SILENCE);
    }
    this.now = until;
  }

  /** Time passes, and then the alarm rings. */
  ringAfter(milliseconds: number): void {
    this.pass(milliseconds);
    this.take({ type: 'clock' });
  }

  /** Everything that is under way ends, every order is answered, the customer takes everything, every deadline passes. */
  comeToRest(creationEnds: 'made' | 'not made'): void {
    for (let round = 0; round < 1_000; round += 1) {
      const [run] = this.underWay;
      if (run !== undefined) this.endRun(run, 'done');
      else if (this.isCreating()) this.endCreation(creationEnds);
      else if (this.openOrders.length > 0) this.confirm(0);
      else if (this.isReading) this.read();
      else if (this.beingTold.length > 0) this.tell(0);
      else if (this.deliveries.size > 0) this.settle(0, 'well');
      else if (!this.ringNext()) return;
    }
    throw new Error('the conference does not come to rest');
  }

  private endCreation(ends: 'made' | 'not made'): void {
    if (ends === 'made') this.answer(true);
    else if (this.creating === 'told to stop') this.stopped();
    else this.refuse('timeout');
  }

  private ringNext(): boolean {
    const lanes = Object.values(this.state.outbox.lanes).flatMap((lane) => nextTryAt(lane) ?? []);
    // Silence never ends; it is looked at when it has come.
    const deadlines = deadlinesOf(this.state.deadlines).filter(([name, at]) => name !== 'silence' || at <= this.now);
    const due = [...deadlines.map(([, at]) => at), ...lanes, nextAnswerBy(this.state) ?? []];
    const times = due.flat();
    if (times.length === 0) return false;
    this.ringAfter(Math.max(Math.min(...times) - this.now, 0));
    return true;
  }

  /** The deadlines that are set, those of the watch aside. */
  get dueToo(): string[] {
    return deadlinesOf(this.state.deadlines).flatMap(([name]) =>
      name === 'reconcile' || name === 'silence' ? [] : [name],
    );
  }
}
