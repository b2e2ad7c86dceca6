import { webhookSecretsOf, type Accounts } from '../accounts/accounts.ts';
import { eventName, isEnd } from '../catapult/events.ts';
import { present } from '../catapult/present.ts';
import type { ConferenceIds, Conferences, Receipt } from '../client/index.ts';
import type { Judgement } from '../conference/rules/leases.ts';
import { isDialId } from '../conference/state/ids.ts';
import type { FirstHolder, LeaseAnswer, LeaseAsk, LeaseTerms } from '../conference/state/lease.ts';
import type { LaneTarget } from '../conference/state/outbox.ts';
import type { DeliveryAttempt, Deliverer } from '../delivery/deliver.ts';
import { signedMessage } from '../delivery/request.ts';
import type { Logger } from '../telemetry/log.ts';
import { observe } from '../telemetry/metrics.ts';
import { traced } from '../telemetry/tracing.ts';
import { Affinity } from './affinity.ts';
import { LEASE_AWAITED_FOR_MS, LEASES_SWEPT_EVERY_MS, MAX_LEASE_PAUSE_MS } from './budget.ts';
import type { Forwarder, Judge } from './forwarder.ts';
import { flushSoon } from './flush.ts';
import { Holding, type Outgoing } from './holding.ts';
import type { Arrival, Entry } from './entries.ts';
import type { Journal } from './journal.ts';
import { LeasePauses } from './lease-pauses.ts';
import { keyOf } from './line.ts';

export interface LeasesOptions {
  conferences: Pick<Conferences, 'askForLease'>;
  journal: Journal;
  forwarder: Forwarder;
  deliverer: Deliverer;
  accounts: Accounts;
  /** The base of the `…Uri` fields that customers see. */
  url: () => string;
  /** Where the platform's callbacks of a channel reach this gateway, and so a recall does. */
  bridgeUrl: (channel: Receipt['channel']) => string;
  logger: Logger;
}

type AboutLease = Pick<LeaseAsk, 'epoch' | 'isPatient'> & { seen?: LeaseAsk['seen'] | undefined };

/** A conference that is being created from here: what its workflow is to know of this gateway, and how that ends. */
export type Creating = Pick<FirstHolder, 'opening' | 'url'> & { end: (about: { isCreated: boolean }) => void };

/**
 * The leases that this gateway holds, one for each conference whose events come to it: such an event goes to the customer as soon as it
 * is on disk. What cannot be judged here is the conference's, as without a lease.
 */
export class Leases implements Judge {
  private readonly holdings = new Map<string, Holding>();
  private readonly pauses = new LeasePauses();
  /** Arrivals on their way to the disk that nobody has judged. */
  private readonly unjudged = new Map<string, number>();
  private readonly options: LeasesOptions;
  private readonly sweeping: NodeJS.Timeout;
  private readonly affinity = new Affinity();
  /** Conferences that are being created from here, and whether their events are likely to come here. */
  private readonly creating = new Map<string, { isExpected: boolean; over: Promise<void> }>();
  /** Conferences that are asked for their lease now. */
  private readonly asking = new Set<string>();
  private isStopping = false;

  constructor(options: LeasesOptions) {
    this.options = options;
    this.sweeping = setInterval(() => this.sweep(), LEASES_SWEPT_EVERY_MS).unref();
    options.forwarder.judge = this;
  }

  /**
   * A conference is created from here, and its first lease is this gateway's: its events wait until `end`, and so does who recalls the lease.
   * Undefined where that cannot be.
   */
  create(ids: ConferenceIds): Creating | undefined {
    const key = keyOf(ids);
    if (this.isStopping || this.creating.has(key) || this.holdings.has(key)) return undefined;
    let resolve: () => void = () => undefined;
    const over = new Promise<void>((resolved) => (resolve = resolved));
    this.creating.set(key, { isExpected: this.affinity.expects(key), over });
    const { opening, url } = this.askOf();
    return {
      ...{ opening, url },
      end: ({ isCreated }) => {
        if (!isCreated) this.affinity.forget(key);
        this.creating.delete(key);
        this.options.forwarder.release(ids);
        resolve();
      },
    };
  }

  /** It is created. The lease is kept if the conference's events are likely to come here; else whoever gets them can have it at once. */
  begin(ids: ConferenceIds, terms: LeaseTerms, askedAt: number): void {
    const isExpected = this.creating.get(keyOf(ids))?.isExpected === true;
    if (isExpected && !this.isStopping) this.keep(ids, terms, askedAt);
    else this.options.forwarder.giveBack(ids, { returned: terms.epoch });
  }

  /** Takes an arrival: judged if that may be done here. Resolves when it is on disk. @throws when it is not, and will not be. */
  async take(arrival: Arrival): Promise<void> {
    const { journal, forwarder } = this.options;
    const key = keyOf(arrival);
    this.affinity.noteArrival(key);
    const mine = this.judged(arrival);
    if (mine === undefined) this.unjudged.set(key, (this.unjudged.get(key) ?? 0) + 1);
    let entry: Entry | undefined;
    try {
      entry = await journal.append({ ...arrival, ...present({ lent: mine?.lent }) });
    } finally {
      // In one step with the journal's word, and so in its order.
      if (mine === undefined) this.noteStored(key);
      if (entry !== undefined) forwarder.add(entry);
      if (entry === undefined) mine?.holding.drop();
      else mine?.holding.pass(entry, mine.judged);
    }
  }

  private judged(arrival: Arrival) {
    const holding = this.holdings.get(keyOf(arrival));
    // Behind those that wait to be judged it waits too.
    const isFirst = !this.unjudged.has(keyOf(arrival)) && !this.options.forwarder.hasUnjudged(arrival);
    if (holding?.state !== 'usable' || !isFirst) return undefined;
    const judged = holding.judge(arrival);
    return judged && { holding, judged, lent: lentBy(holding, judged) };
  }

  private noteStored(key: string): void {
    const left = (this.unjudged.get(key) ?? 1) - 1;
    if (left === 0) this.unjudged.delete(key);
    else this.unjudged.set(key, left);
  }

  stateOf(ids: ConferenceIds): Holding['state'] {
    if (this.creating.has(keyOf(ids))) return 'closing';
    return this.holdings.get(keyOf(ids))?.state ?? 'over';
  }

  noteReported(ids: ConferenceIds, count: number): void {
    this.holdings.get(keyOf(ids))?.noteReported(count);
  }

  async judge(ids: ConferenceIds, entries: readonly Entry[], isWantedNow: () => boolean): Promise<void> {
    const { journal } = this.options;
    const isHeld = this.stateOf(ids) === 'usable';
    if (!isHeld && !this.mayAsk(ids)) return;
    const receipts = new Map((await journal.read(entries)).map((receipt) => [receipt.sequence, receipt]));
    const holding = isHeld ? this.holdings.get(keyOf(ids)) : await this.get(ids, [...receipts.values()], isWantedNow);
    if (holding === undefined) return;
    const numbered: Promise<void>[] = [];
    for (const entry of entries) {
      const receipt = receipts.get(entry.sequence);
      // Told of and dropped as damaged when it is reported.
      if (receipt === undefined) entry.isLent = true;
      const judged = receipt === undefined || holding.state !== 'usable' ? undefined : holding.judge(receipt);
      if (receipt === undefined) continue;
      if (judged === undefined) break;
      const stored = journal.number(entry, { ...receipt, lent: lentBy(holding, judged) });
      const passed = () => holding.pass(entry, judged);
      const dropped = (error: unknown) => {
        holding.drop();
        throw error;
      };
      numbered.push(stored.then(passed, dropped));
    }
    await Promise.all(numbered);
  }

  private mayAsk(ids: ConferenceIds): boolean {
    const isKnown = this.options.accounts.get(ids.userId) !== undefined;
    return !this.isStopping && isKnown && this.pauses.isOver(keyOf(ids));
  }

  private async get(
    ids: ConferenceIds,
    receipts: readonly Receipt[],
    isWantedNow: () => boolean,
  ): Promise<Holding | undefined> {
    const key = keyOf(ids);
    const about = { channel: receipts[0]?.channel, seen: seenIn(receipts) };
    const until = performance.now() + LEASE_AWAITED_FOR_MS;
    this.asking.add(key);
    let isPassing = false;
    do {
      const askedAt = performance.now();
      const answer = await this.ask(ids, { ...about, isPatient: true }).catch(() => undefined);
      // Not one that was recalled before its answer came, nor one of a gateway that stops.
      if (answer?.outcome === 'granted' && this.asking.delete(key)) return this.keep(ids, answer.terms, askedAt);
      isPassing = answer?.outcome === 'refused' && answer.isPassing === true && this.asking.has(key);
    } while (isPassing && performance.now() < until && !isWantedNow());
    this.asking.delete(key);
    this.pauses.begin(key, isPassing ? LEASE_AWAITED_FOR_MS : MAX_LEASE_PAUSE_MS);
    return undefined;
  }

  private keep(ids: ConferenceIds, terms: LeaseTerms, askedAt: number): Holding {
    const { forwarder } = this.options;
    const holding = new Holding(ids, terms, askedAt, {
      send: (event, target, signal, onSent) => this.send(ids, event, target, { signal, onSent }),
      report: (outcome) => forwarder.report(ids, outcome),
      renew: async () => {
        const renewedAt = performance.now();
        const renewed = await this.ask(ids, { epoch: terms.epoch });
        return renewed.outcome === 'renewed' ? renewedAt : undefined;
      },
      onClosing: (isAnnounced) => forwarder.giveBack(ids, { returning: terms.epoch, isAnnounced }),
      onOver: () => {
        if (this.holdings.get(keyOf(ids)) === holding) this.holdings.delete(keyOf(ids));
        forwarder.giveBack(ids, { returned: terms.epoch });
      },
    });
    this.holdings.set(keyOf(ids), holding);
    this.pauses.forget(keyOf(ids));
    return holding;
  }

  private ask(
    ids: ConferenceIds,
    { channel, ...about }: { channel?: Receipt['channel'] | undefined } & AboutLease,
  ): Promise<LeaseAnswer> {
    return this.options.conferences.askForLease(ids, present({ ...this.askOf(channel), ...about }));
  }

  private askOf(channel: Receipt['channel'] = 'primary') {
    const { journal, bridgeUrl } = this.options;
    return { opening: journal.opening, follows: journal.latestBefore() ?? [], url: bridgeUrl(channel) };
  }

  private async send(
    ids: ConferenceIds,
    outgoing: Outgoing,
    target: LaneTarget,
    about: { signal: AbortSignal; onSent: (attempt: DeliveryAttempt) => void },
  ): Promise<DeliveryAttempt[]> {
    const { deliverer, accounts, url: base, logger } = this.options;
    const account = accounts.get(ids.userId);
    if (account === undefined) return [];
    const { event } = outgoing;
    const message = signedMessage(outgoing, webhookSecretsOf(account), base());
    const attempts = await traced(`deliver ${eventName(event)}`, { parent: outgoing.trace }, () =>
      deliverer.deliver(message, target, { account: ids.userId, ...about }),
    );
    const last = attempts.at(-1);
    const failures = attempts.map(({ url, result }) => `${url}: ${result}`).join(', ');
    if (last?.ok === true) {
      observe('convoke_event_delivery_age_seconds', {}, (Date.now() - outgoing.arrivedAt) / 1_000);
      logger.info(ids, `${eventName(event)} → ${last.url} ${last.result} (${last.milliseconds} ms)`);
    } else logger.warn(ids, `${eventName(event)} could not be delivered: ${failures}; the worker tries it again`);
    return attempts;
  }

  /** Has a conference hear of all that was taken for it; who reads or changes it then does so knowingly. */
  flush(ids: ConferenceIds): Promise<void> {
    return flushSoon(this.options.forwarder, ids);
  }

  /** Gives a lease back; resolves when the conference has it. False if it was never this journal's. */
  async recall(ids: ConferenceIds, opening: string): Promise<boolean> {
    const { journal, forwarder } = this.options;
    if (opening !== journal.opening && !journal.follows.includes(opening)) return false;
    if (opening === journal.opening) {
      this.asking.delete(keyOf(ids));
      await this.creating.get(keyOf(ids))?.over;
      await this.holdings.get(keyOf(ids))?.end({ isAnnounced: true });
    }
    await forwarder.flush(ids);
    return true;
  }

  /** Gives all back: resolves when the conferences have heard of it, or will not soon. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.sweeping);
    this.asking.clear();
    await Promise.all([...this.creating.values()].map(({ over }) => over));
    await Promise.all(
      [...this.holdings.values()].map(async (holding) => {
        await holding.end();
        await this.flush(holding.ids);
      }),
    );
  }

  /** What has run out unused costs nobody anything: the conference takes it back when it needs it. */
  private sweep(): void {
    this.affinity.sweep();
    for (const [key, { state }] of this.holdings) if (state === 'over') this.holdings.delete(key);
    this.pauses.sweep();
  }
}

function lentBy({ epoch }: Holding, judged: Judgement): NonNullable<Receipt['lent']> {
  return judged.verdict === 'accepted' ? { epoch, eventSequence: judged.sequence } : { epoch };
}

/** Which conference on the platform a create attempt has made, as an event shows: its answer may still be on its way. */
function seenIn(receipts: readonly Receipt[]): LeaseAsk['seen'] {
  const first = receipts.find(({ event, attemptId }) => event.conferenceId && !isDialId(attemptId) && !isEnd(event));
  return first?.event.conferenceId ? { attemptId: first.attemptId, platformId: first.event.conferenceId } : undefined;
}
