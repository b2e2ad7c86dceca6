import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { lookAtCallbacks } from '../../src/callbacks-tool.ts';
import { conferencePath } from '../../src/catapult/paths.ts';
import { readConfig } from '../../src/config.ts';
import { CALLBACK_KEY, openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { PLATFORM_ACCOUNT } from '../support/platforms.ts';
import { required } from '../support/temporal.ts';

/* `convoke callbacks`: what the platform has of open conferences, before a key or an address is given up, and new URLs for them. */

const NEW_KEY = 'new:fedcba9876543210fedcba9876543210';
const BOTH = [NEW_KEY, CALLBACK_KEY];

let house: House;
const folder = mkdtempSync(join(tmpdir(), 'convoke-callbacks-'));
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => void jest.restoreAllMocks());

/** Runs it with these keys, at the gateway's address or another one; what it says, and whether it is content. */
async function look(
  keys: string[],
  { register = false, publicUrl = house.url, settings = {} } = {},
): Promise<[boolean, string]> {
  const config = readConfig({
    ...{ TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'), PLATFORM_URL: house.platformUrl },
    ...{ PLATFORM_USER_ID: PLATFORM_ACCOUNT.userId, PLATFORM_TOKEN: PLATFORM_ACCOUNT.token },
    ...{ PLATFORM_SECRET: PLATFORM_ACCOUNT.secret, CALLBACK_KEYS: keys.join(','), PUBLIC_URL: publicUrl },
    ...settings,
  });
  let said = '';
  const output = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const failure = await lookAtCallbacks(config, { register, taskQueue: house.taskQueue }).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  output.mockRestore();
  return [failure === undefined, said + (failure ?? '')];
}

const onPlatform = (id: string) =>
  house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${id}/`));
const placeOf = (id: string) => new CallbackTokens(BOTH).placeOf(onPlatform(id)?.callbackUrl ?? '');

test('a key that an open conference holds is named, and given up once the conference has a new one', async () => {
  const id = await house.create();
  const ended = await house.create();
  await house.call('POST', conferencePath(USER, ended), { state: 'completed' });
  await workflowOf(house, ended).result();
  expect(await look([CALLBACK_KEY])).toEqual([
    true,
    expect.stringContaining('1 open conferences have the callback URLs'),
  ]);
  const before = placeOf(id);
  expect(before?.keyId).toBe('test');

  // Another key stands before it: it is not to be taken out yet.
  const [isContent, said] = await look(BOTH);
  expect([isContent, said]).toEqual([
    false,
    expect.stringContaining(`${USER}/${id}: its callback URL is of the key test`),
  ]);
  expect(said).toContain('keep their keys and address');
  expect(said).not.toContain(ended);
  // Nor has it been: that is told too.
  expect((await look([NEW_KEY]))[1]).toContain(`${USER}/${id}: its callback URL was signed with no key`);
  expect(placeOf(id)?.keyId).toBe('test');

  expect(await look(BOTH, { register: true })).toEqual([
    true,
    expect.stringContaining('1 open conferences were registered anew'),
  ]);
  // It is the same attempt's, so that what comes by it is the conference's own.
  expect(placeOf(id)).toEqual({ ...before, keyId: 'new' });
  expect(await look([NEW_KEY])).toEqual([true, expect.stringContaining('No open conference has others.')]);
  // Back, for the gateway of the test knows the other one.
  expect((await look([CALLBACK_KEY], { register: true }))[0]).toBe(true);
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
});

test('with another PUBLIC_URL the events of what is open come there, and are taken', async () => {
  const id = await house.create();
  const moved = house.url.replace('127.0.0.1', 'localhost');
  expect((await look([CALLBACK_KEY], { publicUrl: moved }))[0]).toBe(false);
  expect((await look([CALLBACK_KEY], { publicUrl: moved, register: true }))[0]).toBe(true);
  expect([onPlatform(id)?.callbackUrl, onPlatform(id)?.fallbackUrl]).toEqual([
    expect.stringMatching(`^${moved}/callbacks/`),
    expect.stringMatching(`^${moved}/callbacks/`),
  ]);
  const known = house.customer.at('/callback').length;
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  expect(house.customer.at('/callback').slice(known)).toMatchObject([{ body: { status: 'completed' } }]);
  expect(onPlatform(id)?.callbacks.at(-1)).toMatchObject({ event: { status: 'completed' } });
});

test('a conference of an account with credentials of its own is seen there with those', async () => {
  const id = await house.create();
  const { userId: platformUserId, token: platformToken, secret: platformSecret } = PLATFORM_ACCOUNT;
  const file = join(folder, 'accounts.json');
  const own = { ...LOCAL_ACCOUNT, platformUserId, platformToken, platformSecret };
  writeFileSync(file, JSON.stringify({ accounts: [own] }), { mode: 0o600 });
  const settings = { ACCOUNTS_FILE: file, PLATFORM_USER_ID: 'u-other', PLATFORM_TOKEN: 't-other' };
  expect(await look([CALLBACK_KEY], { settings })).toEqual([
    true,
    expect.stringContaining('1 open conferences have the callback URLs'),
  ]);
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
});

test('a conference that no worker can go on with is named, and hides no other', async () => {
  const [stuck, id] = [await house.create(), await house.create()];
  const { client } = house;
  await client.workflowService.signalWorkflowExecution({
    ...{ namespace: client.options.namespace, signalName: 'change' },
    workflowExecution: { workflowId: workflowOf(house, stuck).workflowId },
    input: { payloads: [{ metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('none') }] },
  });
  const [isContent, said] = await look([CALLBACK_KEY]);
  expect(isContent).toBe(false);
  expect(said).toContain(`${USER}/${stuck}: it cannot be read now: `);
  expect(said).toContain('1 open conferences have the callback URLs');
  await workflowOf(house, stuck).terminate();
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
});

test('a platform that takes no new URLs is told of, and nothing is given up', async () => {
  const id = await house.create();
  house.sandbox.faults.add({
    on: { method: 'POST', route: '/conferences/:conferenceId' },
    answer: { status: 403, code: 'conference-error', message: 'no' },
  });
  const [isContent, said] = await look(BOTH, { register: true });
  expect([isContent, said]).toEqual([false, expect.stringContaining('the platform did not take new ones')]);
  expect(placeOf(id)?.keyId).toBe('test');
});
