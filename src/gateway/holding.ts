import { isEnd } from '../catapult/events.ts';
import { present } from '../catapult/present.ts';
import type { ConferenceIds, Receipt } from '../client/index.ts';
import { judge, type Judgement } from '../conference/rules/leases.ts';
import { LEASE_MS, LEASE_NUMBERS } from '../conference/budget.ts';
import type { LeaseTerms } from '../conference/state/lease.ts';
import type { DeliveryFailure, DeliveryResult, LaneTarget } from '../conference/state/outbox.ts';
import { attemptOnRecord, type DeliveryAttempt } from '../delivery/deliver.ts';
import { LEASE_MARGIN_MS, MAX_OUTGOING_EVENTS, RENEWED_BEFORE_MS, TRIED_AGAIN_AFTER_MS } from './budget.ts';
import type { Entry } from './entries.ts';
import type { SentOutcome } from './line.ts';

type Accepted = Extract<Judgement, { verdict: 'accepted' }>;

/** An event on its way to the customer, and which entry of the journal it is. */
export interface Outgoing extends Accepted {
  of: string;
  /** When it came to the bridge (epoch milliseconds). */
  arrivedAt: number;
  trace?: string | undefined;
}

export interface HoldingOptions {
  /** Sends an event once to each URL of its target, and waits for its turn as long as the signal lets it. Never throws. */
  send: (
    event: Outgoing,
    target: LaneTarget,
    signal: AbortSignal,
    onSent: (attempt: DeliveryAttempt) => void,
  ) => Promise<DeliveryAttempt[]>;
  report: (outcome: SentOutcome) => void;
  /** Asks for the lease for longer: when it was asked (ms, monotonic), if that was granted. */
  renew: () => Promise<number | undefined>;
  /** It judges nothing any more, but something is still on its way; whether somebody waits to hear that. */
  onClosing: (isAnnounced: boolean) => void;
  /** All that it has sent is over, and it judges nothing any more. */
  onOver: () => void;
}

/**
 * A lease that this gateway holds: here events are judged, and sent in the order of their lane. It is given back with the first failure,
 * and for what it cannot judge. Time is counted from when it was asked for, on a clock that only goes forward.
 */
export class Holding {
  readonly ids: ConferenceIds;
  readonly epoch: number;
  private readonly terms: LeaseTerms;
  private readonly options: HoldingOptions;
  private readonly lanes = new Map<string, Promise<void>>();
  private readonly over: Promise<void>;
  private endIt: () => void = () => undefined;
  private until: number;
  /** What is judged and not on disk yet. */
  private unstored = 0;
  /** Events that wait to be sent, or are on their way. */
  private outgoing = 0;
  /** It judges no more: there was something that it could not judge, or all is sent. */
  private isBlind = false;
  private isClosing = false;
  private isOver = false;
  /** What waits to be sent is left to the conference. */
  private isStopped = false;
  private renewing: Promise<void> | undefined;
  /** How many have a number that the conference has not heard of. */
  private unreported = 0;

  constructor(ids: ConferenceIds, terms: LeaseTerms, askedAt: number, options: HoldingOptions) {
    this.ids = ids;
    this.epoch = terms.epoch;
    this.terms = terms;
    this.options = options;
    this.until = askedAt + LEASE_MS - LEASE_MARGIN_MS;
    this.over = new Promise((resolve) => (this.endIt = resolve));
  }

  /** Whether it may judge now; `full` until more of what it has judged is reported. */
  get state(): 'usable' | 'full' | 'closing' | 'over' {
    const hasRunOut = performance.now() >= this.until;
    // What is on its way then is the last.
    if (hasRunOut && this.isBusy) void this.end();
    if (!this.isBusy && (hasRunOut || this.isClosing)) return 'over';
    if (hasRunOut || this.isBlind) return 'closing';
    return this.unreported < LEASE_NUMBERS ? 'usable' : 'full';
  }

  private get isBusy(): boolean {
    return this.outgoing + this.unstored > 0;
  }

  /**
   * Judges an arrival, also while the lease is given back: the conference is to know of it, whatever the customer takes his time for.
   * Undefined if only the conference can.
   */
  judge(arrival: Omit<Receipt, 'sequence' | 'lent'>): Judgement | undefined {
    const judged = this.isBlind ? undefined : judge(this.terms, arrival, this.ids);
    if (judged === undefined) {
      this.isBlind = true;
      void this.end();
      return undefined;
    }
    this.unreported += 1;
    this.unstored += 1;
    // He is slower than they come: the conference has room for them.
    if (this.outgoing >= MAX_OUTGOING_EVENTS) void this.end();
    return judged;
  }

  /** What was judged is not on disk, and will not be. */
  drop(): void {
    this.isBlind = true;
    this.unstored -= 1;
    void this.end();
    this.finishIfDone();
  }

  /** The conference has heard of so many that were judged here. */
  noteReported(count: number): void {
    this.unreported -= count;
  }

  /** Sends what was judged, once it is on disk, behind what is before it in its lane. */
  pass(entry: Entry, judged: Judgement): void {
    this.unstored -= 1;
    if (judged.verdict === 'accepted' && judged.delivery !== undefined && !this.isStopped) {
      entry.isSent = true;
      this.outgoing += 1;
      const { lane, target } = judged.delivery;
      const before = this.lanes.get(lane) ?? Promise.resolve();
      const sent = before
        .then(() =>
          this.send({ ...judged, of: entry.key, arrivedAt: entry.arrivedAt, trace: entry.trace }, lane, target),
        )
        .finally(() => this.noteSent());
      this.lanes.set(lane, sent);
    }
    // There is no more to come, but for calls that hang up.
    if (judged.verdict === 'accepted' && isEnd(judged.event)) this.close();
    this.finishIfDone();
  }

  /** Gives the lease back: resolves when what is on its way has been reported. What waits to be sent is left to the conference. */
  end({ isAnnounced = false } = {}): Promise<void> {
    this.isStopped = true;
    if (isAnnounced && this.isClosing && this.isBusy) this.options.onClosing(true);
    this.close(isAnnounced);
    return this.over;
  }

  private close(isAnnounced = false): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (this.isBusy) this.options.onClosing(isAnnounced);
    this.finishIfDone();
  }

  private noteSent(): void {
    this.outgoing -= 1;
    this.finishIfDone();
  }

  private finishIfDone(): void {
    if (!this.isClosing || this.outgoing > 0) return;
    // However fast others come: this is the moment to give it back.
    this.isBlind = true;
    if (this.unstored > 0 || this.isOver) return;
    this.isOver = true;
    this.options.onOver();
    this.endIt();
  }

  private async send(event: Outgoing, lane: string, target: LaneTarget): Promise<void> {
    if (this.isStopped || !(await this.covers(attemptMs(target)))) return void this.end();
    // A request that begins by then ends with the lease.
    const turnMs = Math.floor(this.until - performance.now() - target.callbackTimeout);
    const { of, id, sequence } = event;
    let reported = 0;
    // The other URL may take as long again: what came of the first shows meanwhile.
    const onSent = (attempt: DeliveryAttempt) => {
      if (attempt.ok || attempt.url !== 'callbackUrl' || target.fallbackUrl === undefined) return;
      reported = 1;
      this.options.report({ of, id, lane, isLast: false, result: { attempts: [attemptOnRecord(sequence, attempt)] } });
    };
    const attempts = await this.options.send(event, target, AbortSignal.timeout(Math.max(turnMs, 0)), onSent);
    const result = resultOf(sequence, attempts, target);
    this.options.report({
      of,
      id,
      lane,
      isLast: true,
      result: { ...result, attempts: result.attempts.slice(reported) },
    });
    if (attempts.at(-1)?.ok !== true || result.gone !== undefined) void this.end();
  }

  /** Whether it holds for as long as an attempt may take; it is renewed in time. */
  private async covers(neededMs: number): Promise<boolean> {
    const leftMs = () => this.until - performance.now();
    if (leftMs() < neededMs + RENEWED_BEFORE_MS) this.renewing ??= this.renew();
    if (leftMs() < neededMs) await this.renewing;
    return !this.isStopped && leftMs() >= neededMs;
  }

  private async renew(): Promise<void> {
    const askedAt = this.isClosing ? undefined : await this.options.renew().catch(() => undefined);
    if (askedAt !== undefined) this.until = Math.max(this.until, askedAt + LEASE_MS - LEASE_MARGIN_MS);
    this.renewing = undefined;
  }
}

/** What an attempt takes at most: the time-out holds for each URL. */
function attemptMs({ callbackUrl, fallbackUrl, callbackTimeout }: LaneTarget): number {
  return [callbackUrl, fallbackUrl].filter((url) => url !== undefined).length * callbackTimeout;
}

function resultOf(sequence: number, attempts: readonly DeliveryAttempt[], target: LaneTarget): DeliveryResult {
  const sent = attempts.filter(({ spared }) => spared === undefined);
  const last = attempts.at(-1);
  const gone = sent.flatMap(({ gone: isGone, url }) => (isGone === true ? (target[url] ?? []) : []));
  const isSpared = last === undefined || last.spared !== undefined;
  return {
    attempts: sent.map((attempt) => attemptOnRecord(sequence, attempt)),
    ...present({
      gone: gone.length > 0 ? gone : undefined,
      busyForMs: isSpared ? (last?.spared ?? TRIED_AGAIN_AFTER_MS) : undefined,
      failed: isSpared || last.ok ? undefined : failureOf(sequence, sent),
    }),
  };
}

function failureOf(sequence: number, sent: readonly DeliveryAttempt[]): DeliveryFailure {
  const error = sent.map(({ url, result }) => `${url}: ${result}`).join(', ');
  const retryAfterMs = Math.max(0, ...sent.map(({ retryAfter = 0 }) => retryAfter));
  return { sequence, error, isFirst: true, ...present({ retryAfterMs: retryAfterMs > 0 ? retryAfterMs : undefined }) };
}
