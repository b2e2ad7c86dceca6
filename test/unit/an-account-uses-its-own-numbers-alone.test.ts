import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { addAccount, listAccounts, setNumbers } from '../../src/accounts-tool.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { callRequest, createConferenceRequest } from '../../src/catapult/requests.ts';
import { createScheduleRequest } from '../../src/catapult/schedule-requests.ts';
import { ConferenceClient } from '../../src/client/index.ts';
import { readConfig } from '../../src/config.ts';
import { DEFAULT_RULES } from '../../src/delivery/guard.ts';
import { createApi } from '../../src/gateway/api.ts';
import { nexusAdmission } from '../../src/nexus-admission.ts';
import { refusingUses } from '../../src/refuse-uses.ts';
import { loadAccounts } from '../support/accounts-file.ts';

/*
 * Whoever calls a number joins the conference that is open on it: so an account opens none on a number of another. What is let in here reaches a
 * client that can do nothing but say so.
 */

const OURS = '+19195551234';
const THEIRS = '+19195559999';
const NOBODYS = '+19195550000';

const rules = { allowedNetworks: [], targetRules: DEFAULT_RULES };
const owner = { ...LOCAL_ACCOUNT, userId: 'u-owner', numbers: [OURS] };
const neighbour = { ...LOCAL_ACCOUNT, userId: 'u-neighbour', numbers: [THEIRS] };
const open = { ...LOCAL_ACCOUNT, userId: 'u-open' };
const accounts = new Accounts([owner, neighbour, open]);

const asked = () => Promise.reject(new Error('let in'));
const nothing = Object.assign(Object.create(ConferenceClient.prototype) as ConferenceClient, {
  ...{ createByGateway: asked, dial: asked, schedules: { create: asked, change: asked } },
});
const api = createApi(nothing, { refuseUses: refusingUses(rules, accounts), health: asked, diagnose: asked });
const nexus = nexusAdmission(rules, accounts);

const conferenceId = `conf-${'a'.repeat(26)}`;
const schedule = (from: string) => ({ cron: '0 9 * * 1', timeZone: 'UTC', conference: { from } });

/** Every way in which a number comes. */
const ways: [string, (userId: string, from: string) => Promise<unknown>][] = [
  ['a conference', (userId, from) => create(userId, { from })],
  ['a conference that takes calls', (userId, from) => create(userId, { from, dialIn: {} })],
  [
    'a dial',
    (userId, from) =>
      api.dial({
        ...{ place: {}, request: parseRequest(callRequest, { from, to: '+19195550001', conferenceId }) },
        caller: callerOf(userId),
      }),
  ],
  [
    'a schedule',
    (userId, from) =>
      api.createSchedule({
        ...{ place: {}, request: parseRequest(createScheduleRequest, schedule(from)), caller: callerOf(userId) },
      }),
  ],
  [
    'a conference through Nexus',
    async (userId, from) => {
      await nexus.create(userId, parseRequest(createConferenceRequest, { from }), 'x');
      throw new Error('let in');
    },
  ],
];

const callerOf = (userId: string) => ({ userId, baseUrl: 'http://convoke.example' });

function create(userId: string, fields: object) {
  const request = parseRequest(createConferenceRequest, fields);
  return api.createConference({ place: {}, request, caller: callerOf(userId) });
}

const refused = (name: string, value: string) =>
  expect.objectContaining({
    ...{ status: 400, code: 'validation-error', details: [{ name, value }] },
    message: `${name}: got "${value}", wants a number of this account.`,
  }) as unknown;

describe.each(ways)('%s', (_what, ask) => {
  test.each([
    ['its own', owner.userId, OURS],
    ['one that is nobody’s, of an account without numbers', open.userId, NOBODYS],
  ])('from %s is let in', async (_from, userId, from) => {
    await expect((async () => ask(userId, from))()).rejects.toThrow('let in');
  });

  test.each([
    ['another’s', owner.userId, THEIRS],
    ['one that is nobody’s, of an account with numbers', owner.userId, NOBODYS],
    ['another’s, of an account without numbers', open.userId, OURS],
  ])('from %s is refused', async (_from, userId, from) => {
    await expect((async () => ask(userId, from))()).rejects.toEqual(refused('from', from));
  });
});

test('a participant is dialled from one’s own, too', async () => {
  const participants = [{ to: '+19195550001' }, { to: '+19195550002', from: THEIRS }];
  await expect(create(owner.userId, { from: OURS, participants })).rejects.toEqual(
    refused('participants[1].from', THEIRS),
  );
});

test('two accounts may have a number together, and one none at all', () => {
  const shared = new Accounts([owner, { ...neighbour, numbers: [OURS] }, { ...open, numbers: [] }]);
  expect(['u-owner', 'u-neighbour', 'u-open'].map((userId) => shared.mayUse(userId, OURS))).toEqual([
    true,
    true,
    false,
  ]);
  expect(shared.mayUse('u-open', NOBODYS)).toBe(false);
  shared.replace([open]);
  expect(shared.mayUse('u-open', OURS)).toBe(true);
});

describe('convoke accounts numbers', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'convoke-numbers-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test('gives an account numbers, shows them, and takes them away', async () => {
    const file = join(folder, 'accounts.json');
    const config = readConfig({ ACCOUNTS_FILE: file, CONVOKE_DATA_DIR: folder });
    const said: string[] = [];
    const tell = (line: string) => void said.push(line);
    await addAccount(config, 'u-1', { scope: 'write' }, tell);
    await setNumbers(config, 'u-1', [OURS, THEIRS], tell);
    expect(loadAccounts(file).get('u-1')?.numbers).toEqual([OURS, THEIRS]);
    await listAccounts(config, tell);
    expect(said).toContain(`u-1  ${OURS}, ${THEIRS}`);
    await expect(setNumbers(config, 'u-1', ['5551234'], tell)).rejects.toThrow(/numbers\.0 wants an E\.164/);
    await addAccount(config, 'u-2', { scope: 'write' }, tell);
    await setNumbers(config, 'u-2', [THEIRS], tell);
    expect(said.at(-1)).toBe('Some of these are on the list of u-1 too: they share them.');
    await setNumbers(config, 'u-2', [NOBODYS], tell);
    // Nothing is said of whose it is while another one has it.
    expect(said.slice(-2)).toEqual([
      `u-2 may use ${NOBODYS}.`,
      'Conferences that are open keep their number until they end: whoever calls it joins them.',
    ]);
    await setNumbers(config, 'u-1', undefined, tell);
    expect(loadAccounts(file).get('u-1')?.numbers).toBeUndefined();
    expect(said.at(-2)).toBe(`${OURS}, ${THEIRS} is on nobody’s list now: every account without one may use it.`);
  });
});
