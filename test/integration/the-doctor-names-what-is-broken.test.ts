import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Level } from '../../src/doctor/finding.ts';
import type { CheckName } from '../../src/doctor/list.ts';
import {
  ACCOUNTS_KEY,
  CALLBACK_KEY,
  expectOnly,
  findingsIn,
  openDeployment,
  whatIs,
  type Deployment,
  type Settings,
} from '../support/deployment.ts';

/* Each thing in a deployment's settings, accounts and machine is broken, and the doctor names it. */

const WEBHOOK = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const DAY_MS = 86_400_000;
/** Whether there is room, and how many connections there may be, is this machine's affair. */
const OF_THIS_MACHINE: CheckName[] = ['disk', 'descriptors'];

let deployed: Deployment;
beforeAll(async () => {
  deployed = await openDeployment();
}, 120_000);
afterAll(() => deployed.close());

test('where all is well it says so', async () => {
  const found = (await deployed.look()).filter(({ check }) => !OF_THIS_MACHINE.includes(check));
  expect(whatIs(found, 'wrong')).toEqual([]);
  // These tests are on one machine, without TLS.
  expect(new Set(whatIs(found, 'warning'))).toEqual(new Set(['public-url']));
  expect(new Set(whatIs(found, 'open'))).toEqual(new Set(['public-url', 'callback-targets', 'tls']));
  expect(found.find(({ check, level }) => check === 'public-url' && level === 'open')?.found).toContain('from outside');
});

describe('the command', () => {
  test('tells what should be done, with exit code 2, for people and programs', async () => {
    const changed = { ALLOW_UNSAFE: '' };
    const [people, programs] = [await deployed.doctor(changed), await deployed.doctor(changed, ['--json'])];
    expect([people.code, programs.code]).toEqual([2, 2]);
    expect(people.output).toMatch(
      /^WARNING +public-url +http:\/\/127\.0\.0\.1:\d+ is not encrypted\.\n +→ Let a proxy/m,
    );
    const { exitCode, findings } = findingsIn(programs.output);
    expect(exitCode).toBe(2);
    expect(findings.filter(({ level }) => level !== 'ok').every(({ advice }) => advice !== undefined)).toBe(true);
    for (const secret of [CALLBACK_KEY, ACCOUNTS_KEY, 's-platform'])
      expect(people.output + programs.output).not.toContain(secret);
  });

  test('tells what must be done, with exit code 1: settings that cannot be used too', async () => {
    const { code, output } = await deployed.doctor({ PORT: 'eighty' }, ['--json']);
    expect(code).toBe(1);
    expect(findingsIn(output).findings).toMatchObject([
      { check: 'settings', level: 'wrong', found: expect.stringContaining('PORT') },
    ]);
  });

  test('says how few connections a process may have', async () => {
    const { output } = await deployed.doctor({}, [], 'ulimit -n 256;');
    expect(output).toMatch(/^WARNING +descriptors +A process may have 256 descriptors: 192 connections/m);
  });
});

describe('settings and accounts', () => {
  const file = (name: string, content: unknown) => {
    const path = join(deployed.data.path, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify({ accounts: [content] }), {
      mode: 0o600,
    });
    return { ACCOUNTS_FILE: path };
  };
  const token = (expires: number) => ({
    ...{ id: 't-1', secretSha256: '0'.repeat(64) },
    expires: new Date(Date.now() + expires).toISOString(),
  });

  test.each<[string, () => Settings, CheckName, Level, RegExp]>([
    [
      'an unsafe one that was allowed',
      () => ({ CALLBACK_KEYS: `${CALLBACK_KEY},old:0123456789012345`, ALLOW_UNSAFE: 'weak-secrets' }),
      'settings',
      'warning',
      /CALLBACK_KEYS.*less than 128 bits/,
    ],
    ['no audit log', () => ({ AUDIT_LOG: '' }), 'audit-log', 'warning', /Nobody writes down/],
    [
      'accounts that are not there',
      () => ({ ACCOUNTS_FILE: join(deployed.data.path, 'none.json') }),
      'accounts',
      'wrong',
      /ACCOUNTS_FILE.*none\.json/,
    ],
    [
      'accounts that cannot be read',
      () => file('broken.json', '{'),
      'accounts',
      'wrong',
      /broken\.json cannot be used/,
    ],
    [
      'accounts sealed with another key',
      () => ({ ACCOUNTS_KEYS: `b:${Buffer.alloc(32, 2).toString('base64')}` }),
      'accounts',
      'wrong',
      /sealed with the key "a"/,
    ],
    [
      'an account with a token that expires soon',
      () => file('soon.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [token(3 * DAY_MS)] }),
      'accounts',
      'warning',
      /t-1 of u-1 expires/,
    ],
    [
      'an account without tokens',
      () => file('none-left.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [] }),
      'accounts',
      'warning',
      /No token of u-1 fits/,
    ],
    [
      'a secret that stands in the file',
      () => file('plain.json', { userId: 'u-1', webhookSecret: WEBHOOK, token: 't', secret: CALLBACK_KEY }),
      'accounts',
      'warning',
      /secret of the token t of u-1 stands/,
    ],
    [
      'secrets that nobody seals',
      () => ({
        ...file('unsealed.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [token(99 * DAY_MS)] }),
        ACCOUNTS_KEYS: '',
      }),
      'accounts',
      'warning',
      /Webhook secrets stand/,
    ],
  ])('%s', async (_name, changed, check, level, what) =>
    expectOnly(await deployed.changedBy(changed()), check, level, what),
  );

  test('the local account', async () => {
    const found = await deployed.changedBy({ ACCOUNTS_FILE: '' });
    expect(found).toContainEqual(expect.objectContaining({ check: 'accounts', level: 'wrong' }));
  });

  test('a token that has expired', async () => {
    const found = await deployed.changedBy(
      file('late.json', { userId: 'u-1', webhookSecret: WEBHOOK, tokens: [token(-DAY_MS)] }),
    );
    expect(found.map((one) => one.found)).toEqual([
      expect.stringContaining('t-1 of u-1 has expired'),
      expect.stringContaining('No token'),
    ]);
  });
});

describe('the machine', () => {
  test('directories that others read, or that are none', async () => {
    const journal = join(deployed.data.path, 'open-journal');
    mkdirSync(journal);
    chmodSync(journal, 0o755);
    expectOnly(
      await deployed.changedBy({ JOURNAL_DIR: journal }),
      'files',
      'wrong',
      /everybody .* can use .*open-journal/,
    );
    const file = join(deployed.data.path, 'a-file');
    writeFileSync(file, '', { mode: 0o600 });
    expectOnly(await deployed.changedBy({ JOURNAL_DIR: file }), 'files', 'wrong', /no directory/);
  });

  const onLinux = existsSync('/proc/self') && existsSync('/dev/shm') ? test : test.skip;
  onLinux('a disk without room, and one that is memory', async () => {
    const full = await deployed.changedBy({ JOURNAL_DIR: '/proc/journal' });
    expect(full).toContainEqual(
      expect.objectContaining({ check: 'disk', level: 'wrong', found: expect.stringContaining('0.0 GiB are free') }),
    );
    const gone = await deployed.changedBy({ JOURNAL_DIR: '/dev/shm/convoke-nobody' });
    expect(gone).toContainEqual(
      expect.objectContaining({ check: 'disk', level: 'wrong', found: expect.stringContaining('is in memory') }),
    );
  });
});

test('it has changed nothing', () => {
  expect(existsSync(join(deployed.data.path, 'callback-key'))).toBe(false);
  expect(
    readFileSync(deployed.settings['AUDIT_LOG'] ?? '', 'utf8')
      .split('\n')
      .filter((line) => line.includes('request')),
  ).toEqual([]);
});
