import { present } from '../catapult/present.ts';
import type { ConferenceIds, Receipt } from '../client/index.ts';
import { judge, isEnd, type Judgement } from '../conference/rules/lending.ts';
import { LEASE_MS, LEASE_NUMBERS } from '../conference/budget.ts';
import type { LeaseTerms } from '../conference/state/lease.ts';
import type { DeliveryResult, LaneTarget } from '../conference/state/outbox.ts';
import type { Attempt } from '../delivery/deliver.ts';
import { LEASE_MARGIN_MS, MAX_OUTGOING_EVENTS, RENEWED_BEFORE_MS, TRIED_AGAIN_AFTER_MS } from './budget.ts';
import type { Entry } from './entries.ts';

type Accepted = Extract<Judgement, { verdict: 'accepted' }>;

/** An event on its way to the customer, and which entry of the journal it is. */
export interface Outgoing extends Accepted {
  of: string;
}

export interface HoldingOptions {
  /** Sends an event once to each URL of its target, and waits for its turn as long as the signal lets it. Never throws. */
  send: (event: Outgoing, target: LaneTarget, signal: AbortSignal) => Promise<Attempt[]>;
  report: (outcome: { of: string; lane: string; result: DeliveryResult }) => void;
  /** Asks for the lease for longer: when it was asked (ms, monotonic), if that was granted. */
  renew: () => Promise<number | undefined>;
  /** It judges nothing any more, but something is still on its way. */
  onClosing: () => void;
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
  /** What is judged and not on disk yet, and events that wait to be sent, or are on their way. */
  private outgoing = 0;
  private isClosing = false;
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
    if (hasRunOut && this.outgoing > 0) void this.end();
    if (hasRunOut || this.isClosing) return this.outgoing > 0 ? 'closing' : 'over';
    return this.unreported < LEASE_NUMBERS ? 'usable' : 'full';
  }

  /** Judges an arrival; undefined if only the conference can: then the lease is given back. */
  judge(arrival: Omit<Receipt, 'sequence' | 'lent'>): Judgement | undefined {
    const judged = this.outgoing < MAX_OUTGOING_EVENTS ? judge(this.terms, arrival, this.ids) : undefined;
    if (judged === undefined) void this.end();
    else {
      this.unreported += 1;
      this.outgoing += 1;
    }
    return judged;
  }

  /** What was judged is not on disk, and will not be. */
  drop(): void {
    void this.end();
    this.noteSent();
  }

  /** The conference has heard of so many that were judged here. */
  noteReported(count: number): void {
    this.unreported -= count;
  }

  /** Sends what was judged, once it is on disk, behind what is before it in its lane. */
  pass(entry: Entry, judged: Judgement): void {
    if (judged.verdict === 'repeated' || judged.delivery === undefined) this.noteSent();
    else {
      entry.isSent = true;
      const { lane, target } = judged.delivery;
      const before = this.lanes.get(lane) ?? Promise.resolve();
      const sent = before
        .then(() => this.send({ ...judged, of: entry.key }, lane, target))
        .finally(() => this.noteSent());
      this.lanes.set(lane, sent);
    }
    // There is no more to come, but for calls that hang up.
    if (judged.verdict === 'accepted' && isEnd(judged.event)) this.close();
  }

  /** Gives the lease back: resolves when what is on its way has been reported. What waits to be sent is left to the conference. */
  end(): Promise<void> {
    this.isStopped = true;
    this.close();
    return this.over;
  }

  private close(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (this.outgoing === 0) this.finish();
    else this.options.onClosing();
  }

  private noteSent(): void {
    this.outgoing -= 1;
    if (this.outgoing === 0 && this.isClosing) this.finish();
  }

  private finish(): void {
    this.options.onOver();
    this.endIt();
  }

  private async send(event: Outgoing, lane: string, target: LaneTarget): Promise<void> {
    if (this.isStopped || !(await this.covers(attemptMs(target)))) return void this.end();
    // A request that begins by then ends with the lease.
    const turnMs = Math.floor(this.until - performance.now() - target.callbackTimeout);
    const attempts = await this.options.send(event, target, AbortSignal.timeout(Math.max(turnMs, 0)));
    const result = resultOf(event.sequence, attempts, target);
    this.options.report({ of: event.of, lane, result });
    if (result.busyForMs !== undefined || result.gone !== undefined) void this.end();
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

function resultOf(sequence: number, attempts: readonly Attempt[], target: LaneTarget): DeliveryResult {
  const sent = attempts.filter(({ spared }) => spared === undefined);
  const last = attempts.at(-1);
  const waitMs = last?.spared ?? Math.max(TRIED_AGAIN_AFTER_MS, ...sent.map(({ retryAfter = 0 }) => retryAfter));
  const gone = sent.flatMap(({ gone: isGone, url }) => (isGone === true ? (target[url] ?? []) : []));
  return {
    attempts: sent.map(({ at, url, ok, result, milliseconds }) => ({ sequence, at, url, ok, result, milliseconds })),
    ...present({ gone: gone.length > 0 ? gone : undefined, busyForMs: last?.ok === true ? undefined : waitMs }),
  };
}
