import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { catapultError } from '../../src/catapult/errors.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import type { CallbackBatch, FirstAttempt } from '../../src/client/index.ts';
import type { LeaseAsk } from '../../src/conference/state/lease.ts';
import type { Deliverer } from '../../src/delivery/deliver.ts';
import { SURE_AFTER_CREATES } from '../../src/gateway/budget.ts';
import type { Arrival } from '../../src/gateway/entries.ts';
import { FirstAttempts } from '../../src/gateway/first-attempts.ts';
import { Forwarder } from '../../src/gateway/forwarder.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { Leases } from '../../src/gateway/leases.ts';
import { createPlatformClient, type PlatformOutcome } from '../../src/platform/client.ts';
import { gate } from '../support/played.ts';
import { dataDirectory } from '../support/processes.ts';
import { stays, until } from '../support/until.ts';

/* The gateway's side of a creation, on a real journal. The platform, the conference and the customer are played. */

const logger = pino({ level: 'silent' });
const idsOf = (name: string) => ({ userId: LOCAL_ACCOUNT.userId, conferenceId: `conf-${name}` });
const REQUEST = createConferenceRequest.parse({ from: '+19195551234', callbackUrl: 'https://customer.example/events' });
const ERROR = catapultError('validation-error', 'from: is no number of this account.').wire;

let data: ReturnType<typeof dataDirectory>;
let journal: Journal;
let forwarder: Forwarder;
let leases: Leases;
let attempts: FirstAttempts;
let batches: (CallbackBatch & { conferenceId: string })[];
let asks: Omit<LeaseAsk, 'until'>[];
/** Numbers of the events that the customer has got. */
let got: unknown[];
/** What the platform answers, and the callback URLs that it was given. */
let answer: () => Promise<PlatformOutcome>;
let asked: string[];

const deliverer: Deliverer = {
  deliver({ event }) {
    got.push(event['number']);
    return Promise.resolve([{ url: 'callbackUrl', at: Date.now(), ok: true, result: '200', milliseconds: 1 }]);
  },
  close: () => Promise.resolve(),
};

beforeEach(async () => {
  data = dataDirectory();
  [batches, asks, got, asked] = [[], [], [], []];
  answer = () => Promise.resolve({ outcome: 'done', id: 'platform-1' });
  journal = await Journal.open(join(data.path, 'journal'), logger);
  forwarder = new Forwarder(
    journal,
    ({ conferenceId }, batch) => {
      batches.push({ conferenceId, ...batch });
      return Promise.resolve();
    },
    logger,
  );
  const bridgeUrl = () => 'http://gateway';
  leases = new Leases({
    ...{ journal, forwarder, deliverer, logger, bridgeUrl },
    ...{ accounts: new Accounts([LOCAL_ACCOUNT]), url: bridgeUrl },
    conferences: {
      askForLease(_ids, ask) {
        asks.push(ask);
        return Promise.resolve({ outcome: 'refused', why: 'the test wants it' });
      },
    },
  });
  attempts = new FirstAttempts({
    platform: {
      ...createPlatformClient('http://platform'),
      createConference(_account, { callbackUrl }) {
        asked.push(callbackUrl);
        return answer();
      },
    },
    platformAccount: { userId: 'u-platform', token: 't', secret: 's' },
    callbackTokens: new CallbackTokens(['test:a-key-for-tests-only']),
    ...{ bridgeUrl, forwarder, leases },
  });
});
afterEach(async () => {
  await leases.stop();
  await forwarder.stop();
  await journal.close();
  data.remove();
});

function begin(name: string): FirstAttempt {
  const attempt = attempts.begin(idsOf(name), REQUEST);
  if (attempt === undefined) throw new Error('the gateway makes no attempt');
  return attempt;
}

const arrive = (name: string, number: number, attemptId: string): Promise<void> => {
  const about = { channel: 'primary', arrivedAt: Date.now(), digest: `digest-${number}` } as const;
  const arrival: Arrival = { ...idsOf(name), ...about, attemptId, event: { eventType: 'dtmf', number } };
  return leases.take(arrival);
};

/** So many creates whose callbacks came here that those of the next one are expected here. */
async function untilSure(): Promise<void> {
  for (let number = 1; number <= SURE_AFTER_CREATES; number += 1) {
    const attempt = begin(`before-${number}`);
    await attempt.make();
    await arrive(`before-${number}`, number, attempt.holder.attemptId);
  }
  await until('all before is reported', () => journal.stats().waiting === 0);
  [batches, asks, got, asked] = [[], [], [], []];
}

const of = (name: string) => batches.filter(({ conferenceId }) => conferenceId === `conf-${name}`);

test('the platform gets callback URLs of this very attempt, and the conference its answer', async () => {
  const { holder, make } = begin('a');
  expect(asked).toEqual([]);
  expect(await make()).toEqual({ outcome: 'created' });
  expect(asked).toEqual([expect.stringContaining(holder.attemptId)]);
  await until('it is reported', () => of('a').length > 0);
  const { attemptId } = holder;
  expect(of('a')[0]?.firstAttempt).toEqual({ attemptId, outcome: 'created', platformId: 'platform-1' });
});

test('while nobody knows whether its callbacks come here, the lease is given back with the answer', async () => {
  await begin('a').make();
  await until('it is reported', () => of('a').length > 0);
  expect(of('a')).toMatchObject([{ returned: 1, opening: journal.opening }]);
});

test('else its events wait for the answer, are then sent from here, and reported with it', async () => {
  await untilSure();
  const slow = gate<PlatformOutcome>();
  answer = () => slow.opened;
  const { holder, make } = begin('a');
  const made = make();
  await arrive('a', 1, holder.attemptId);
  await stays('nothing is sent', () => got.length + of('a').length === 0, 300);
  slow.open({ outcome: 'done', id: 'platform-1' });
  expect(await made).toEqual({ outcome: 'created' });
  await until('it is reported', () => of('a').length > 0);
  expect(got).toEqual([1]);
  const [first] = of('a');
  expect(first?.firstAttempt).toMatchObject({ outcome: 'created' });
  expect(first?.receipts).toMatchObject([{ lent: { epoch: 1, eventSequence: 1 } }]);
  expect(asks).toEqual([]);
});

test.each<[string, PlatformOutcome, object, object]>([
  ['a refusal', { outcome: 'refused', error: ERROR }, { outcome: 'refused', error: ERROR }, { outcome: 'refused' }],
  ['a lost answer', { outcome: 'lost', error: ERROR }, { outcome: 'pending' }, { mayHaveMade: true }],
  ['a 5xx', { outcome: 'unavailable', error: ERROR }, { outcome: 'pending' }, { mayHaveMade: true }],
  [
    'a request that was never sent',
    { outcome: 'unavailable', error: ERROR, isUndone: true },
    { outcome: 'pending' },
    { mayHaveMade: false },
  ],
  ['a 429', { outcome: 'rate-limited', error: ERROR, retryAt: 1 }, { outcome: 'pending' }, { retryAt: 1 }],
])(
  '%s is with the conference before the caller is answered, but for a refusal',
  async (_name, outcome, word, reported) => {
    answer = () => Promise.resolve(outcome);
    expect(await begin('a').make()).toEqual(word);
    await until('it is reported', () => of('a').length > 0);
    expect(of('a')[0]?.firstAttempt).toMatchObject(reported);
  },
);

test('after an attempt without an answer the platform is left to the workflows', async () => {
  answer = () => Promise.resolve({ outcome: 'lost', error: ERROR });
  await begin('a').make();
  expect(attempts.begin(idsOf('b'), REQUEST)).toBeUndefined();
});

test('events of an attempt whose answer is lost go with the report of that, so that they decide', async () => {
  const slow = gate<PlatformOutcome>();
  answer = () => slow.opened;
  const { holder, make } = begin('a');
  const made = make();
  await arrive('a', 1, holder.attemptId);
  slow.open({ outcome: 'lost', error: ERROR });
  await made;
  expect(of('a')).toHaveLength(1);
  expect(of('a')[0]).toMatchObject({ firstAttempt: { outcome: 'open' }, receipts: [{ attemptId: holder.attemptId }] });
});

test('who recalls the lease is answered once the outcome is reported', async () => {
  const slow = gate<PlatformOutcome>();
  answer = () => slow.opened;
  const made = begin('a').make();
  let isBack = false;
  const recalled = leases.recall(idsOf('a'), journal.opening).then(() => (isBack = true));
  await stays('it waits', () => !isBack, 300);
  slow.open({ outcome: 'done', id: 'platform-1' });
  await recalled;
  expect(of('a')[0]?.firstAttempt).toMatchObject({ outcome: 'created' });
  await made;
});

test('one that is being created from here is not begun twice', () => {
  const { drop } = begin('a');
  expect(attempts.begin(idsOf('a'), REQUEST)).toBeUndefined();
  drop({ isStarted: false });
  begin('a').drop({ isStarted: false });
});

test('an attempt that is not made is reported if the workflow was started for it, and only then', async () => {
  begin('a').drop({ isStarted: false });
  begin('b').drop({ isStarted: true });
  await until('it is reported', () => of('b').length > 0);
  expect(of('b')[0]?.firstAttempt).toMatchObject({ outcome: 'open', mayHaveMade: false });
  expect(of('a')).toEqual([]);
  expect(asked).toEqual([]);
});
