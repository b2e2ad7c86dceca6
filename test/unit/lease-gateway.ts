import { present } from '../../src/catapult/present.ts';
import { isEnd } from '../../src/catapult/events.ts';
import { judge, leaseAnswerOf, type Judgement } from '../../src/conference/rules/leases.ts';
import type { CallbackBatch, DeliveryOutcome, Input, Receipt } from '../../src/conference/state/inputs.ts';
import type { LeaseAsk, LeaseTerms } from '../../src/conference/state/lease.ts';
import type { ConferenceState } from '../../src/conference/state/state.ts';
import { CONFERENCE, USER } from './conference-world-events.ts';
import type { Came } from './lease-arrivals.ts';
import { took } from './outbox-took.ts';

/* A gateway with a journal, as far as leases are concerned: it judges, sends, reports, dies. What it does when is said by the world around it. */

const IDS = { userId: USER, conferenceId: CONFERENCE };

/** How long a gateway counts on a lease from when it asked, and what an attempt may take. */
const HOLDS_MS = 28_000;
const ATTEMPT_MS = 20_000;

/** What stands in the journal. */
interface Stored {
  opening: string;
  receipt: Receipt;
  isReported: boolean;
  /** Known in the process alone: that it is sent from here, and what became of it. */
  isSent: boolean;
  outcome?: DeliveryOutcome;
}

type Accepted = Extract<Judgement, { verdict: 'accepted' }>;
export type Outgoing = Accepted & { delivery: NonNullable<Accepted['delivery']> };

interface Holding {
  terms: LeaseTerms;
  until: number;
  outgoing: [Stored, Outgoing][];
  isClosing: boolean;
}

/** What the world does for it. */
export interface Surroundings {
  readonly now: number;
  readonly state: ConferenceState;
  take: (input: Input) => void;
  /** The customer gets an event from the gateway. */
  send: (event: Outgoing, ok: boolean) => void;
}

export class Gateway {
  readonly name: string;
  readonly follows: string[] = [];
  holding: Holding | undefined;
  /** What went as signals, each of which may come again. */
  readonly batches: CallbackBatch[] = [];
  private readonly world: Surroundings;
  private openings = 0;
  private sequence = 0;
  private journal: Stored[] = [];
  private returned: number | undefined;
  /** How many were sent without a confirmation: they may have been taken, and go again together. */
  private unconfirmed = 0;

  constructor(name: string, world: Surroundings) {
    this.name = name;
    this.world = world;
  }

  get opening(): string {
    return `${this.name}-${this.openings}`;
  }

  /** Whether it may still send what it has judged. */
  get mayBeSending(): boolean {
    return this.holding !== undefined && this.world.now < this.holding.until;
  }

  get isAtRest(): boolean {
    return this.journal.length === 0 && this.returned === undefined;
  }

  private get waiting(): Stored[] {
    return this.journal.filter(({ isReported }) => !isReported);
  }

  arrive(came: Came): void {
    const receipt = { ...came, sequence: (this.sequence += 1) };
    const stored = { opening: this.opening, receipt, isReported: false, isSent: false };
    const isFirst = this.waiting.every((one) => one.receipt.lent !== undefined);
    this.journal.push(stored);
    if (isFirst) this.judge(stored);
  }

  private judge(stored: Stored): void {
    const { holding } = this;
    if (holding === undefined || holding.isClosing || !this.mayBeSending) return;
    const { lent: _none, sequence: _place, ...came } = stored.receipt;
    const judged = judge(holding.terms, came, IDS);
    if (judged === undefined) return this.end();
    const { epoch } = holding.terms;
    stored.receipt.lent = judged.verdict === 'accepted' ? { epoch, eventSequence: judged.sequence } : { epoch };
    if (judged.verdict === 'repeated') return;
    const { delivery } = judged;
    stored.isSent = delivery !== undefined;
    if (delivery !== undefined) holding.outgoing.push([stored, { ...judged, delivery }]);
    if (isEnd(judged.event)) this.close();
  }

  /** It judges no more; what waits to be sent is left to the conference. */
  end(): void {
    if (this.holding !== undefined) this.holding.outgoing = [];
    this.close();
  }

  private close(): void {
    const { holding } = this;
    if (holding === undefined) return;
    holding.isClosing = true;
    if (holding.outgoing.length > 0) return;
    this.returned = holding.terms.epoch;
    this.holding = undefined;
  }

  /** A lease that has run out unused is nobody's. */
  private noteTime(): void {
    if (this.holding === undefined || this.mayBeSending) return;
    if (this.holding.outgoing.length > 0) this.end();
    else this.holding = undefined;
  }

  /** The next event goes to the customer. */
  send(ok: boolean): void {
    const [stored, event] = this.holding?.outgoing[0] ?? [];
    if (this.holding === undefined || stored === undefined || event === undefined) return;
    if (this.world.now + ATTEMPT_MS > this.holding.until) return this.end();
    this.world.send(event, ok);
    const { id, sequence, delivery } = event;
    const attempts = took([sequence], this.world.now).map((attempt) => ({ ...attempt, ok }));
    const failed = { sequence, error: '503', isFirst: true } as const;
    stored.outcome = { id, lane: delivery.lane, result: ok ? { attempts } : { attempts, failed } };
    this.holding.outgoing.shift();
    if (!ok) this.end();
    else if (this.holding.isClosing) this.close();
  }

  /** Asks for a lease, or for its own for longer. The answer may be lost. */
  ask(isHeard: boolean): void {
    this.noteTime();
    const { holding, opening, follows, world } = this;
    const about = { opening, follows: follows.slice(-3), url: `http://${this.name}`, until: world.now + 3_000 };
    if (holding !== undefined) {
      if (!holding.isClosing) this.renew({ ...about, epoch: holding.terms.epoch }, isHeard);
      return;
    }
    const [first] = this.waiting;
    const isReported = this.journal.every(({ outcome }) => outcome === undefined) && this.returned === undefined;
    if (first?.opening !== opening || first.receipt.lent !== undefined || !isReported || this.unconfirmed > 0) return;
    const answer = this.answerTo(about);
    if (!isHeard || answer.outcome !== 'granted') return;
    this.holding = { terms: copyOf(answer.terms), until: world.now + HOLDS_MS, outgoing: [], isClosing: false };
    for (const stored of this.waiting) {
      this.judge(stored);
      if (stored.receipt.lent === undefined) return;
    }
  }

  private renew(ask: LeaseAsk, isHeard: boolean): void {
    const answer = this.answerTo(ask);
    if (isHeard && answer.outcome === 'renewed' && this.holding) this.holding.until = this.world.now + HOLDS_MS;
  }

  private answerTo(ask: LeaseAsk) {
    this.world.take({ type: 'lease-asked', ask });
    return leaseAnswerOf(this.world.state, ask, this.world.now);
  }

  /** Forwards the next few, with what became of them perhaps; without a confirmation it does so again later. False if there is nothing. */
  report(count: number, { withOutcomes = true, isConfirmed = true } = {}): boolean {
    this.noteTime();
    const isHeld = this.holding?.isClosing === true;
    const waiting = this.waiting.filter(({ receipt }) => !isHeld || receipt.lent !== undefined);
    const [first] = waiting;
    const end = waiting.findIndex(
      ({ opening, receipt }) =>
        opening !== first?.opening || (receipt.lent === undefined) !== (first.receipt.lent === undefined),
    );
    const entries = waiting.slice(0, Math.min(end < 0 ? waiting.length : end, Math.max(count, this.unconfirmed)));
    const rest = this.waiting.filter((one) => !entries.includes(one));
    const isLast = rest.every(({ receipt }) => receipt.lent === undefined);
    const told = this.journal.filter((one) => one.outcome && (one.isReported || entries.includes(one)));
    const outcomes = withOutcomes || isLast ? told : [];
    const returned = isLast ? this.returned : undefined;
    if (entries.length + outcomes.length === 0 && returned === undefined) return false;
    this.signal(first?.opening ?? this.opening, { entries, outcomes, rest, returned });
    this.unconfirmed = isConfirmed ? 0 : Math.max(entries.length, 1);
    if (isConfirmed) this.noteReported(entries, outcomes, returned);
    return true;
  }

  private signal(
    opening: string,
    batch: { entries: Stored[]; outcomes: Stored[]; rest: Stored[]; returned: number | undefined },
  ): void {
    const { entries, outcomes, rest, returned } = batch;
    const isMine = opening === this.opening;
    const isItsLast = !isMine && rest.every((one) => one.opening !== opening);
    const left = isItsLast ? entries.at(-1)?.receipt.lent?.epoch : undefined;
    const signal: CallbackBatch = copyOf({
      opening,
      receipts: entries.map(({ receipt }) => receipt),
      ...present({
        follows: isMine && this.follows.length > 0 ? this.follows.slice(-3) : undefined,
        outcomes: outcomes.length > 0 ? outcomes.flatMap(({ outcome }) => outcome ?? []) : undefined,
        returned: returned ?? left,
      }),
    });
    this.batches.push(signal);
    this.world.take({ type: 'callbacks', batch: copyOf(signal) });
  }

  private noteReported(entries: Stored[], outcomes: Stored[], returned: number | undefined): void {
    for (const one of entries) one.isReported = true;
    const isKnown = (one: Stored) => !one.isSent || outcomes.includes(one) || returned !== undefined;
    this.journal = this.journal.filter((one) => !one.isReported || !isKnown(one));
    if (returned !== undefined) this.returned = undefined;
  }

  /** It is asked for a lease: gives it back with all that it knows. False if that was never its own. */
  recall(opening: string): boolean {
    if (opening !== this.opening && !this.follows.includes(opening)) return false;
    if (opening === this.opening) this.end();
    while (this.waiting.length > 0 || this.returned !== undefined) if (!this.report(100)) break;
    return true;
  }

  /** The process is killed; another one opens the journal. */
  die(): void {
    this.follows.push(this.opening);
    this.openings += 1;
    this.sequence = 0;
    this.holding = undefined;
    this.returned = undefined;
    this.unconfirmed = 0;
    for (const one of this.journal) {
      Object.assign(one, { isReported: false, isSent: false });
      delete one.outcome;
    }
  }
}

export const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
