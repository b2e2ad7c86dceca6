import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { readConfig, refuseFound } from '../../src/config.ts';
import { connectToTemporal, OpenConferences } from '../../src/client/index.ts';
import { heldKeysOf, missingKeys } from '../../src/held-keys.ts';
import { Seal, type PayloadKeys } from '../../src/client/sealing.ts';
import { conferenceIdOf } from '../../src/conference/state/ids.ts';
import { CONFERENCE_WORKFLOW, conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { pino } from 'pino';
import { CALLBACK_KEY, openHouse, USER, type House } from '../support/house.ts';
import { PLATFORM_ACCOUNT } from '../support/platforms.ts';
import { connect, required } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/* An open conference goes on with the keys that it was begun with: a part is not started without them by mistake. */

const OTHER_KEY = 'other:fedcba9876543210fedcba9876543210';
const SEALED = `sealed:${Buffer.alloc(32, 7).toString('base64')}`;
const NEWER = `newer:${Buffer.alloc(32, 8).toString('base64')}`;
const payloadKeys: PayloadKeys = new Map([['sealed', Buffer.alloc(32, 7)]]);

let house: House;
const folder = mkdtempSync(join(tmpdir(), 'convoke-held-'));
beforeAll(async () => {
  house = await openHouse({ payloadKeys });
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});

let connected: Awaited<ReturnType<typeof connect>>;
beforeEach(async () => {
  connected = await connect();
});
afterEach(() => connected.close());

const config = (settings: Record<string, string>, temporal = required('TEST_TEMPORAL_ADDRESS')) =>
  readConfig({
    ...{ TEMPORAL_ADDRESS: temporal, PLATFORM_URL: house.platformUrl, PLATFORM_USER_ID: PLATFORM_ACCOUNT.userId },
    ...{ PLATFORM_TOKEN: PLATFORM_ACCOUNT.token, PLATFORM_SECRET: PLATFORM_ACCOUNT.secret },
    ...settings,
  });

/** What is missing with these settings, as the house's client sees it. */
const missing = (part: 'gateway' | 'worker', settings: Record<string, string>) =>
  missingKeys(part, house.client, config(settings), { taskQueue: house.taskQueue, withinMs: 20_000 });

const OTHER_THERE = { PLATFORM_USER_ID: 'u-other', PLATFORM_TOKEN: 't-other' };

/** A file in which the account has credentials of its own at the platform. */
function withOwn(): string {
  const { userId: platformUserId, token: platformToken, secret: platformSecret } = PLATFORM_ACCOUNT;
  const file = join(folder, 'accounts.json');
  const own = { ...LOCAL_ACCOUNT, platformUserId, platformToken, platformSecret };
  writeFileSync(file, JSON.stringify({ accounts: [own] }), { mode: 0o600 });
  return file;
}

test('nothing is missing where no conference is open', async () => {
  expect(await missing('gateway', { CALLBACK_KEYS: OTHER_KEY })).toEqual([]);
});

test('a key that an open conference holds is named with its setting', async () => {
  const id = await house.create();
  await until('it stands in the index', async () => (await missing('worker', {})).length > 0);

  const both = { CALLBACK_KEYS: `${OTHER_KEY},${CALLBACK_KEY}`, PAYLOAD_KEYS: `${NEWER},${SEALED}` };
  expect(await missing('gateway', both)).toEqual([]);
  expect(await missing('worker', both)).toEqual([]);

  // Without its payload key neither a gateway nor a worker can read it.
  const unsealing = { unsafe: 'missing-keys', setting: 'PAYLOAD_KEYS' };
  const problem: unknown = expect.stringContaining('1 open conferences were sealed with the key "sealed"');
  for (const part of ['gateway', 'worker'] as const) {
    expect(await missing(part, { ...both, PAYLOAD_KEYS: NEWER })).toEqual([{ ...unsealing, problem }]);
    expect(await missing(part, { CALLBACK_KEYS: CALLBACK_KEY })).toEqual([{ ...unsealing, problem }]);
  }

  // Without its callback key a gateway would refuse what the platform says of it; a worker verifies nothing.
  const [lost, ...others] = await missing('gateway', { ...both, CALLBACK_KEYS: OTHER_KEY });
  expect(others).toEqual([]);
  expect(lost).toMatchObject({
    setting: 'CALLBACK_KEYS',
    problem: expect.stringContaining('of the key "test"') as unknown,
  });
  expect(await missing('worker', { ...both, CALLBACK_KEYS: OTHER_KEY })).toEqual([]);
  // The platform shows it to the account that has it there.
  const own = await missing('gateway', { ...both, CALLBACK_KEYS: OTHER_KEY, ...OTHER_THERE, ACCOUNTS_FILE: withOwn() });
  expect(own).toMatchObject([{ setting: 'CALLBACK_KEYS' }]);
  // The same id, and another secret.
  const [changed] = await missing('gateway', { ...both, CALLBACK_KEYS: OTHER_KEY.replace('other', 'test') });
  expect(changed?.problem).toContain('of the key "test", which is not in it, or another one');

  const found = lost === undefined ? [] : [lost];
  expect(() => refuseFound({ allowUnsafe: [] }, found)).toThrow(
    /CALLBACK_KEYS: open conferences .+ALLOW_UNSAFE=missing-keys/s,
  );
  expect(refuseFound({ allowUnsafe: ['missing-keys'] }, found)).toHaveLength(1);

  await house.call('POST', `/v1/users/u-local/conferences/${id}`, { state: 'completed' });
  await until('it is over', async () => (await missing('worker', {})).length === 0);
});

/** Starts what stays open, as it begins much later. */
async function startMuchLater(workflowId: string, given: { input?: Payload[]; memo: Payload }): Promise<void> {
  const { client, taskQueue } = house;
  await client.workflowService.startWorkflowExecution({
    ...{ namespace: client.options.namespace, workflowId, requestId: workflowId },
    ...{ workflowType: { name: CONFERENCE_WORKFLOW }, taskQueue: { name: taskQueue } },
    workflowStartDelay: msToTs('1 hour'),
    input: { payloads: given.input ?? [] },
    memo: { fields: { shown: given.memo } },
    searchAttributes: {
      indexedFields: {
        ConferenceUser: defaultPayloadConverter.toPayload(USER),
        ConferenceState: defaultPayloadConverter.toPayload('created'),
      },
    },
  });
}

const ownId = () => conferenceWorkflowId({ userId: USER, conferenceId: conferenceIdOf(randomBytes(17)) });

test('a key is missed that a history holds, where the memo was written anew with another one', async () => {
  const workflowId = ownId();
  const plain = defaultPayloadConverter.toPayload({});
  const [input, memo] = await Promise.all([
    new Seal(new Map([['newer', Buffer.alloc(32, 8)]])).encode([plain]),
    new Seal(payloadKeys).encode([plain]),
  ]);
  await startMuchLater(workflowId, { input, memo: memo[0] ?? plain });
  const both = { CALLBACK_KEYS: CALLBACK_KEY, PAYLOAD_KEYS: `${NEWER},${SEALED}` };
  const lost = await until('it is missed', async () => (await missing('worker', { ...both, PAYLOAD_KEYS: SEALED }))[0]);
  expect(lost.problem).toContain('of open conferences something was sealed with the key "newer"');
  expect(await missing('worker', both)).toEqual([]);
  await house.client.workflow.getHandle(workflowId).terminate('shown');
  await until('it is over', async () => (await missing('worker', {})).length === 0);
});

test('an open conference that nobody can read is said, and keeps nothing from starting or being listed', async () => {
  const id = await house.create();
  const strangers = [ownId(), 'somebody-elses'];
  const encoding = Buffer.from('binary/encrypted');
  const memo = { metadata: { encoding, 'encryption-key-id': Buffer.from('no key') }, data: encoding };
  for (const workflowId of strangers) await startMuchLater(workflowId, { memo });
  const said: string[] = [];
  const look = { taskQueue: house.taskQueue, withinMs: 5_000, say: (one: string) => void said.push(one) };
  const both = { CALLBACK_KEYS: CALLBACK_KEY, PAYLOAD_KEYS: SEALED };
  await until('it is said', async () => {
    expect(await missingKeys('worker', house.client, config(both), look)).toEqual([]);
    return said.some((one) => one.includes('the memo of 2 open conferences'));
  });
  const answer = await house.call('GET', `/v1/users/${USER}/conferences`);
  expect(answer.status).toBe(200);
  expect(JSON.stringify(await answer.json())).toContain(id);
  // Who has all of them reconciled comes to each of the others.
  const all: string[] = [];
  for await (const one of new OpenConferences(house.client, house.taskQueue).all()) all.push(one.conferenceId);
  expect(all).toContain(id);
  for (const workflowId of strangers) await house.client.workflow.getHandle(workflowId).terminate('shown');
  await house.call('POST', `/v1/users/${USER}/conferences/${id}`, { state: 'completed' });
  await until('it is over', async () => (await missing('worker', {})).length === 0);
});

test('a gateway without CALLBACK_KEYS misses those that open conferences hold', async () => {
  const id = await house.create();
  const dataDir = mkdtempSync(join(tmpdir(), 'convoke-'));
  const settings = { PAYLOAD_KEYS: SEALED, CONVOKE_DATA_DIR: dataDir };
  const lost = await until('it is missed', async () => (await missing('gateway', settings))[0]);
  expect(lost).toMatchObject({ setting: 'CALLBACK_KEYS', unsafe: 'missing-keys' });
  expect(lost.problem).toContain(`of the key "test", which is not the one that is kept in ${dataDir}`);
  // To look makes no key.
  expect(readdirSync(dataDir)).toEqual([]);
  writeFileSync(join(dataDir, 'callback-key'), CALLBACK_KEY, { mode: 0o600 });
  expect(await missing('gateway', settings)).toEqual([]);
  rmSync(dataDir, { recursive: true });
  await house.call('POST', `/v1/users/${USER}/conferences/${id}`, { state: 'completed' });
  await until('it is over', async () => (await missing('worker', {})).length === 0);
});

test('a start waits for nobody who is away, and says that nobody could look', async () => {
  const away = connectToTemporal({ address: '127.0.0.1:9' }, 'default');
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  const keys = await heldKeysOf('gateway', away.client, config({ CALLBACK_KEYS: OTHER_KEY }, '127.0.0.1:9'), logger);
  expect(lines.join('')).toContain('whether all keys are there that open conferences hold is not known');
  await expect(keys.missing()).rejects.toThrow();
  await away.close();
});
