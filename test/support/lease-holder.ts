import { join } from 'node:path';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import type { CallbackBatch } from '../../src/client/index.ts';
import { emptyDedupeMemory } from '../../src/conference/state/dedupe.ts';
import type { LeaseAnswer, LeaseAsk } from '../../src/conference/state/lease.ts';
import type { DeliveryAttempt, Deliverer } from '../../src/delivery/deliver.ts';
import type { Arrival } from '../../src/gateway/entries.ts';
import { Forwarder } from '../../src/gateway/forwarder.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { Leases } from '../../src/gateway/leases.ts';
import { dataDirectory } from './processes.ts';

/* The gateway's side of a lease, on a real journal. The conference and the customer are played. */

const logger = pino({ level: 'silent' });
const CUSTOMER = 'https://customer.example/events';
export const IDS = { userId: LOCAL_ACCOUNT.userId, conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa' };

export const arrival = (number: number): Arrival => ({
  ...IDS,
  ...{ channel: 'primary', attemptId: 'run.1', arrivedAt: Date.now(), digest: `digest-${number}` },
  event: { eventType: 'dtmf', number },
});

export const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
export const lentIn = (some: CallbackBatch[]) => some.flatMap(({ receipts }) => receipts.map(({ lent }) => lent));
export const numbersIn = (some: CallbackBatch[]) =>
  some.flatMap(({ receipts }) => receipts.map(({ event }) => event['number']));

export class LeaseHolder {
  /** What the conference has been asked and told. */
  asks: Omit<LeaseAsk, 'until'>[] = [];
  batches: CallbackBatch[] = [];
  lends = true;
  forward: (batch: CallbackBatch) => Promise<void> = () => Promise.resolve();
  /** Its answer to who asks for a lease is on its way till then. */
  answered: () => Promise<unknown> = () => Promise.resolve();
  /** What the customer has got, and what it answers. */
  got: number[] = [];
  answers: (number: number) => Promise<boolean> = () => Promise.resolve(true);

  private readonly data = dataDirectory();
  private nextSequence = 1;
  private running: { journal: Journal; forwarder: Forwarder; leases: Leases } | undefined;

  /** The gateway's part that has leases, on the journal of the one before it. */
  async start(room = {}): Promise<Leases> {
    const journal = await Journal.open(join(this.data.path, 'journal'), logger, room);
    const forwarder = new Forwarder(journal, (_ids, batch) => this.take(batch), logger);
    const leases = new Leases({
      ...{ journal, forwarder, logger, deliverer: this.deliverer, accounts: new Accounts([LOCAL_ACCOUNT]) },
      ...{ url: () => 'http://gateway', bridgeUrl: () => 'http://gateway' },
      conferences: { askForLease: (_ids, ask) => this.answered().then(() => this.answerTo(ask)) },
    });
    this.running = { journal, forwarder, leases };
    return leases;
  }

  async stop(): Promise<void> {
    await this.running?.leases.stop();
    await this.kill();
  }

  /** As if its process were killed: nothing is given back. */
  async kill(): Promise<void> {
    await this.running?.forwarder.stop();
    await this.running?.journal.close();
    this.running = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    this.data.remove();
  }

  async arrive(leases: Leases, from: number, to = from): Promise<void> {
    await Promise.all(Array.from({ length: to - from + 1 }, (_, index) => leases.take(arrival(from + index))));
  }

  /** Which opening of the journal it is: who recalls a lease names it. */
  get opening(): string {
    return this.running?.journal.opening ?? '';
  }

  told = () => numbersIn(this.batches);
  outcomes = () =>
    this.batches.flatMap((batch) =>
      (batch.outcomes ?? []).flatMap(({ result }) => result.attempts.map((one) => one.sequence)),
    );
  inJournal = () => this.running?.journal.stats();
  isEmpty = () => this.inJournal()?.waiting === 0;

  private async take(batch: CallbackBatch): Promise<void> {
    await this.forward(batch);
    this.batches.push(batch);
    for (const { lent } of batch.receipts)
      this.nextSequence = Math.max(this.nextSequence, (lent?.eventSequence ?? 0) + 1);
  }

  /** The conference lends its n-th epoch, from the next number on. */
  private answerTo(ask: Omit<LeaseAsk, 'until'>): LeaseAnswer {
    this.asks.push(ask);
    if (ask.epoch !== undefined) return { outcome: 'renewed' };
    if (!this.lends) return { outcome: 'refused', why: 'the test wants it' };
    const settings = {
      callbackUrl: CUSTOMER,
      fallbackUrl: undefined,
      callbackHttpMethod: 'POST',
      callbackTimeout: 1_000,
    } as const;
    const judgedBy = {
      platformId: 'platform-1',
      createAttempts: { 'run.1': 'platform-1' },
      calls: {},
      tellsReason: false,
    };
    const numbers = { epoch: this.asks.length, nextSequence: this.nextSequence };
    return { outcome: 'granted', terms: { ...numbers, settings, dedupe: emptyDedupeMemory(), ...judgedBy } };
  }

  private readonly deliverer: Deliverer = {
    deliver: async ({ event }) => {
      const number = Number(event['number']);
      this.got.push(number);
      const ok = await this.answers(number);
      const result = ok ? '200' : '503';
      const attempt: DeliveryAttempt = { url: 'callbackUrl', at: Date.now(), ok, result, milliseconds: 1 };
      return [attempt];
    },
    close: () => Promise.resolve(),
  };
}
