import { setTimeout as pause } from 'node:timers/promises';
import { present } from '../catapult/present.ts';
import type { CallbackBatch, ConferenceIds } from '../client/index.ts';
import type { FirstAttemptOutcome } from '../conference/state/lease.ts';
import type { Logger } from '../telemetry/log.ts';
import { observe } from '../telemetry/metrics.ts';
import {
  MAX_FORWARDED_EVENTS,
  MAX_SIGNALS_AT_ONCE,
  FORWARDER_WARNS_EVERY_MS,
  FORWARD_PAUSES_MS,
  REPORTED_AFTER_MS,
} from './budget.ts';
import type { Entry } from './entries.ts';
import type { Journal } from './journal.ts';
import { dueAt, emptyLine, fitting, isOver, keyOf, type Line, type SentOutcome } from './line.ts';

/** Hands a batch of events to a conference; resolves when Temporal has it. */
export type Forward = (ids: ConferenceIds, batch: CallbackBatch) => Promise<void>;

/** Who may judge events here, so that their conference only hears of them. */
export interface Judge {
  /** Whether it may: `over` where it would have to ask first, `closing` while what it has judged is still on its way. */
  stateOf(ids: ConferenceIds): 'usable' | 'full' | 'closing' | 'over';
  /**
   * Judges these in their order, as far as it may; those that it has judged are lent then. It may wait for that, unless somebody wants the
   * conference to hear of them now.
   */
  judge(ids: ConferenceIds, entries: readonly Entry[], isWantedNow: () => boolean): Promise<void>;
  /** The conference has heard of so many that were judged here. */
  noteReported(ids: ConferenceIds, count: number): void;
}

/**
 * Forwards what the journal holds to the conferences, in the order it came: one signal in flight per conference, and what
 * piles up meanwhile goes as one batch. What was judged here is only reported, a moment later, with what became of it. It tries for
 * ever; a conference that cannot be reached holds no other.
 */
export class Forwarder {
  private readonly lines = new Map<string, Line>();
  private readonly ready: Line[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private readonly onForwarded = new Map<string, () => void>();
  private readonly stopped = new AbortController();
  private readonly journal: Journal;
  private readonly forward: Forward;
  private readonly log: Logger;
  private warnedAt = 0;
  /** Set where events may be judged here. */
  judge: Judge | undefined;

  constructor(journal: Journal, forward: Forward, log: Logger) {
    this.journal = journal;
    this.forward = forward;
    this.log = log;
    for (const entry of journal.entries()) this.add(entry);
  }

  /** As `add`, for who waits for its end: resolves when Temporal has it, which may be never. */
  take(entry: Entry): Promise<void> {
    return new Promise((forwarded) => {
      this.onForwarded.set(entry.key, forwarded);
      this.add(entry);
    });
  }

  /** Ends what is in flight; what waits stays in the journal. */
  async stop(): Promise<void> {
    this.stopped.abort();
    for (const { timer } of this.lines.values()) clearTimeout(timer);
    await Promise.all(this.inFlight);
  }

  /** Takes what the journal has just stored. */
  add(entry: Entry): void {
    const line = this.lineOf(entry);
    line.waiting.push(entry);
    if (entry.outcome !== undefined) line.outcomes.push({ ...entry.outcome, of: entry.key, isLast: true });
    if (entry.isLent) line.reportAt ??= performance.now() + REPORTED_AFTER_MS;
    else line.unjudged += 1;
    this.wake(line);
  }

  /** Whether some wait that nobody has judged here. */
  hasUnjudged(ids: ConferenceIds): boolean {
    return (this.lines.get(keyOf(ids))?.unjudged ?? 0) > 0;
  }

  /** What became of an event that was sent under a lease. */
  report(ids: ConferenceIds, outcome: SentOutcome): void {
    const line = this.lineOf(ids);
    line.outcomes.push(outcome);
    if (outcome.isLast) this.journal.note(outcome.of, outcome);
    line.reportAt ??= performance.now() + REPORTED_AFTER_MS;
    this.wake(line);
  }

  /**
   * What came of the attempt to create a conference from here: reported with its first events where it may wait, else with what has come and
   * is released now.
   */
  reportAttempt(ids: ConferenceIds, firstAttempt: FirstAttemptOutcome, { waitMs = 0 } = {}): void {
    const line = this.lineOf(ids);
    Object.assign(line, { firstAttempt, reportAt: performance.now() + waitMs });
  }

  /** What is not judged waits no longer for a lease. */
  release(ids: ConferenceIds): void {
    const line = this.lines.get(keyOf(ids));
    if (line === undefined) return;
    line.isHeld = false;
    this.wake(line);
  }

  /** A lease is over: with all that waits it is given back, or announced to be. */
  giveBack(ids: ConferenceIds, word: { returned: number } | { returning: number; isAnnounced: boolean }): void {
    const line = this.lineOf(ids);
    Object.assign(line, word);
    if ('returned' in word) line.isHeld = false;
    this.wake(line);
  }

  /** Resolves when the conference has heard of all that waits now; sends it at once. */
  async flush(ids: ConferenceIds): Promise<void> {
    const line = this.lines.get(keyOf(ids));
    const hasWord = line?.returned !== undefined || line?.firstAttempt !== undefined;
    const upTo = line?.waiting.at(-1)?.key ?? (hasWord ? '' : undefined);
    if (line === undefined || upTo === undefined) return;
    await new Promise<void>((done) => {
      line.flushes.push({ upTo, done });
      this.wake(line);
    });
  }

  private lineOf(ids: ConferenceIds): Line {
    const line = this.lines.get(keyOf(ids)) ?? emptyLine(ids);
    this.lines.set(keyOf(ids), line);
    return line;
  }

  /** It is sent when it is due; one that is under way looks itself, at its end. */
  private wake(line: Line): void {
    if (!line.isIdle) return;
    const waitMs = dueAt(line) - performance.now();
    if (waitMs <= 0) this.start(line);
    // Else it waits for what became of an event, or for a lease, which wakes it.
    else if (waitMs < Infinity) line.timer ??= setTimeout(() => this.start(line), waitMs).unref();
  }

  private start(line: Line): void {
    clearTimeout(line.timer);
    line.timer = undefined;
    line.isIdle = false;
    this.ready.push(line);
    this.pump();
  }

  private pump(): void {
    while (this.inFlight.size < MAX_SIGNALS_AT_ONCE && !this.stopped.signal.aborted) {
      const line = this.ready.shift();
      if (line === undefined) return;
      const sending = this.send(line).finally(() => {
        this.inFlight.delete(sending);
        this.pump();
      });
      this.inFlight.add(sending);
    }
  }

  private async send(line: Line): Promise<void> {
    try {
      if (this.judge !== undefined && line.unjudged > 0) await this.haveJudged(line, this.judge);
      if (dueAt(line) <= performance.now()) await this.forwardFrom(line);
      line.isIdle = true;
      if (isOver(line)) this.lines.delete(keyOf(line.ids));
      else this.wake(line);
    } catch (error) {
      this.warn(line, error);
      line.failures += 1;
      line.reportAt ??= performance.now();
      void this.again(line);
    }
  }

  /** What is judged here is only reported. What an earlier opening has taken goes before, as it is. */
  private async haveJudged(line: Line, judge: Judge): Promise<void> {
    if (line.waiting[0]?.opening !== this.journal.opening) return;
    const state = judge.stateOf(line.ids);
    line.isHeld = state === 'closing';
    // Who asks for a lease has reported all of an earlier one; and what was sent without a confirmation may be judged there already.
    const isReported =
      !line.waiting[0].isLent &&
      line.outcomes.length === 0 &&
      line.returned === undefined &&
      line.firstAttempt === undefined;
    const isSure = line.failures === 0;
    if (state === 'closing' || (state !== 'usable' && !(isReported && isSure))) return;
    do {
      const unjudged = line.waiting.filter(({ isLent }) => !isLent).slice(0, MAX_FORWARDED_EVENTS);
      await judge.judge(line.ids, unjudged, () => line.flushes.length > 0);
      line.unjudged = line.waiting.filter(({ isLent }) => !isLent).length;
      // More may have come meanwhile.
    } while (line.unjudged > 0 && judge.stateOf(line.ids) === 'usable');
    line.isHeld = judge.stateOf(line.ids) === 'closing';
    if (line.unjudged < line.waiting.length) line.reportAt ??= performance.now() + REPORTED_AFTER_MS;
  }

  private async forwardFrom(line: Line): Promise<void> {
    const entries = line.isHeld ? fitting(line.waiting.filter(({ isLent }) => isLent)) : fitting(line.waiting);
    const rest = line.waiting.slice(entries.length);
    // The outcome of an event is reported with it or after it, and a lease is given back with the last that it covers.
    const isLast = rest.every(({ isLent }) => !isLent);
    const last = entries.at(-1)?.key ?? '';
    const outcomes = line.outcomes.filter(({ of }) => isLast || of <= last);
    const { returned } = isLast ? line : {};
    const { returning, firstAttempt } = line;
    delete line.reportAt;
    const receipts = await this.journal.read(entries);
    const opening = entries[0]?.opening ?? this.journal.opening;
    const isMine = opening === this.journal.opening;
    // What an earlier opening was lent is over with the last that it has left.
    const isItsLast = !isMine && rest.every((entry) => entry.opening !== opening);
    const left = isItsLast ? receipts.at(-1)?.lent?.epoch : undefined;
    const batch: CallbackBatch = {
      opening,
      receipts,
      ...present({
        follows: isMine ? this.journal.latestBefore() : undefined,
        outcomes: outcomes.length > 0 ? outcomes.map(({ of: _its, isLast: _of, ...outcome }) => outcome) : undefined,
        returned: returned ?? left,
        returning,
        firstAttempt,
      }),
    };
    const hasWord = returned !== undefined || returning !== undefined || firstAttempt !== undefined;
    if (receipts.length + outcomes.length > 0 || hasWord) await this.forward(line.ids, batch);
    line.outcomes = line.outcomes.filter((outcome) => !outcomes.includes(outcome));
    if (line.firstAttempt === firstAttempt) delete line.firstAttempt;
    if (line.returned === returned) delete line.returned;
    if (line.returning === returning) {
      delete line.returning;
      delete line.isAnnounced;
    }
    this.dropKnown(line, entries, { outcomes, isAll: returned !== undefined });
    this.done(line, entries);
    if (rest.length + line.outcomes.length > 0) line.reportAt ??= performance.now() + REPORTED_AFTER_MS;
  }

  /** A line a minute as long as anything fails, whatever number of conferences wait. */
  private warn(line: Line, error: unknown): void {
    if (Date.now() - this.warnedAt < FORWARDER_WARNS_EVERY_MS) return;
    this.warnedAt = Date.now();
    const { waiting, oldest } = this.journal.stats();
    const message = `Temporal does not take callbacks: ${waiting} wait in the journal, the oldest since ${oldest}`;
    this.log.warn({ ...line.ids, err: error }, message);
  }

  /** What is on its way to the customer stays in the journal until it is known what became of it, or it is the conference's to find out. */
  private dropKnown(line: Line, reported: Entry[], known: { outcomes: readonly SentOutcome[]; isAll: boolean }): void {
    const { unsettled } = line;
    const dropped = reported.filter(({ isSent }) => !isSent);
    for (const entry of reported.filter(({ isSent }) => isSent)) {
      unsettled.set(entry.key, entry);
      this.journal.noteReported(entry);
    }
    for (const key of known.isAll
      ? [...unsettled.keys()]
      : known.outcomes.flatMap(({ of, isLast }) => (isLast ? of : []))) {
      const entry = unsettled.get(key);
      if (entry !== undefined) dropped.push(entry);
      unsettled.delete(key);
    }
    this.journal.drop(dropped);
  }

  private done(line: Line, batch: Entry[]): void {
    line.waiting.splice(0, batch.length);
    line.unjudged -= batch.filter(({ isLent }) => !isLent).length;
    line.failures = 0;
    this.judge?.noteReported(line.ids, batch.filter(({ isLent }) => isLent).length);
    for (const { key, arrivedAt } of batch) {
      observe('convoke_callback_relay_duration_seconds', {}, (Date.now() - arrivedAt) / 1_000);
      this.onForwarded.get(key)?.();
      this.onForwarded.delete(key);
    }
    const next = line.waiting[0]?.key ?? '~';
    const hasWord = line.returned !== undefined || line.firstAttempt !== undefined;
    const isMet = ({ upTo }: { upTo: string }) => next > upTo && !hasWord;
    for (const { done } of line.flushes.filter(isMet)) done();
    line.flushes = line.flushes.filter((flush) => !isMet(flush));
  }

  private async again(line: Line): Promise<void> {
    const longest = FORWARD_PAUSES_MS[Math.min(line.failures, FORWARD_PAUSES_MS.length) - 1] ?? 0;
    const { signal } = this.stopped;
    await pause(longest * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined);
    this.ready.push(line);
    this.pump();
  }
}
