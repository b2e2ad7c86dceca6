import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { checkedConfig } from '../../src/checked-config.ts';
import { readConfig, refuseUnsafe } from '../../src/config.ts';
import { Failure } from '../../src/failure.ts';
import { UNSAFE } from '../../src/settings.ts';
import { bitsOf, unsafeInAccount, type Found } from '../../src/unsafe.ts';

const STRONG = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=';
const WEBHOOK = `whsec_${STRONG}`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-unsafe-'));
  file = join(folder, 'accounts.json');
  writeFileSync(file, '{}', { mode: 0o640 });
});
afterEach(() => rmSync(folder, { recursive: true }));

function answerTo(part: string, environment: Record<string, string>, found: Found[] = []): string[] {
  try {
    return refuseUnsafe(part, readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ...environment }), found);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const [first, ...lines] = error.message.split('\n');
    expect(first).toBe('Settings are wrong:');
    return lines.map((line) => `refused: ${line.trim()}`);
  }
}

const account = (own: object) => unsafeInAccount({ ...LOCAL_ACCOUNT, secret: STRONG, webhookSecret: WEBHOOK, ...own });

/** By their word in ALLOW_UNSAFE: the part, its settings, what is found in accounts, and how the sentence begins. */
const cases: [keyof typeof UNSAFE, string, () => Record<string, string>, () => Found[], string][] = [
  [
    'example-secrets',
    'gateway',
    () => ({ CALLBACK_KEYS: 'example:change-this-to-a-secret-of-your-own' }),
    () => [],
    'CALLBACK_KEYS: a secret in it is published',
  ],
  ['example-secrets', 'worker', () => ({}), () => account({ secret: 's-demo-change-me' }), 'ACCOUNTS_FILE: a secret'],
  ['example-secrets', 'worker', () => ({}), () => account({ secret: LOCAL_ACCOUNT.secret }), 'ACCOUNTS_FILE: a secret'],
  [
    'weak-secrets',
    'worker',
    () => ({ CALLBACK_KEYS: `a:${STRONG},b:0123456789abcdef` }),
    () => [],
    'CALLBACK_KEYS: a secret in it has less than 128 bits',
  ],
  ['weak-secrets', 'gateway', () => ({}), () => account({ secret: 'correct-horse' }), 'ACCOUNTS_FILE: a secret'],
  [
    'readable-files',
    'gateway',
    () => {
      chmodSync(file, 0o644);
      return { ACCOUNTS_FILE: file, PUBLIC_URL: 'https://convoke.example' };
    },
    () => [],
    'ACCOUNTS_FILE: everybody on this machine can use',
  ],
  [
    'readable-files',
    'worker',
    () => {
      chmodSync(file, 0o604);
      return { ACCOUNTS_FILE: file, PUBLIC_URL: 'https://convoke.example' };
    },
    () => [],
    'ACCOUNTS_FILE: everybody on this machine can use',
  ],
  ['open-host', 'sandbox', () => ({ HOST: '0.0.0.0' }), () => [], 'HOST: got "0.0.0.0"'],
  ['open-host', 'temporal', () => ({ HOST: '192.0.2.1' }), () => [], 'HOST: got "192.0.2.1"'],
  ['no-public-url', 'gateway', () => ({ ACCOUNTS_FILE: file }), () => [], 'PUBLIC_URL: got none'],
  [
    'plaintext-temporal',
    'setup',
    () => ({ TEMPORAL_ADDRESS: 'temporal.example:7233' }),
    () => [],
    'TEMPORAL_ADDRESS: got "temporal.example:7233"',
  ],
];

describe.each(cases)('%s, for a %s', (word, part, environment, found, sentence) => {
  test(`is refused in a sentence with its setting: ${sentence}`, () => {
    const answers = answerTo(part, environment(), found());
    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain(`refused: ${sentence}`);
    expect(answers[0]).toContain(`ALLOW_UNSAFE=${word}`);
  });

  test('is a warning where it is allowed by that word alone', () => {
    const all = Object.keys(UNSAFE);
    const others = all.filter((one) => one !== word).join(',');
    expect(answerTo(part, { ...environment(), ALLOW_UNSAFE: others }, found())[0]).toMatch(/^refused: /);
    const [warning] = answerTo(part, { ...environment(), ALLOW_UNSAFE: word }, found());
    expect(warning).toContain(sentence);
  });
});

test('what is safe is not refused, and warned of neither', () => {
  const deployed = {
    HOST: '0.0.0.0',
    ACCOUNTS_FILE: file,
    PUBLIC_URL: 'https://convoke.example',
    CALLBACK_KEYS: `a:${STRONG}`,
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    TEMPORAL_TLS: 'true',
  };
  for (const part of ['gateway', 'worker', 'setup']) expect(answerTo(part, deployed, account({}))).toEqual([]);
  expect(answerTo('gateway', { ...deployed, TEMPORAL_TLS: '', TEMPORAL_API_KEY: 'key' })).toEqual([]);
});

test.each(['gateway', 'worker', 'sandbox', 'temporal', 'start', 'asterisk', 'setup'])(
  '%s starts with nothing set',
  (part) => expect(answerTo(part, {})).toEqual([]),
);

test('all that is unsafe is told at once, and no secret', () => {
  const answers = answerTo('gateway', {
    ...{ ACCOUNTS_FILE: file, CALLBACK_KEYS: 'a:sesame-sesame-0,b:change-this-to-a-secret-of-your-own' },
    TEMPORAL_ADDRESS: 'temporal.example:7233',
  });
  expect(answers).toHaveLength(4);
  expect(answers.join()).not.toContain('sesame');
});

test('ALLOW_UNSAFE takes no other words', () => {
  expect(() => readConfig({ ALLOW_UNSAFE: 'everything' })).toThrow('ALLOW_UNSAFE: got "everything", wants some of');
});

test.each([
  ['0123456789abcdef'.repeat(2), true],
  ['0123456789abcdef'.repeat(2).slice(1), false],
  ['q83vEjRWeJCrze8SNFZ4kK', true],
  ['q83vEjRWeJCrze8SNFZ4k', false],
  ['a'.repeat(100), false],
])('the secret %s has 128 bits: %s', (secret, isStrong) => expect(bitsOf(secret) >= 128).toBe(isStrong));

describe('a file of settings', () => {
  const settingsFile = (text: string, mode = 0o600) => {
    const path = join(folder, 'settings');
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    return path;
  };
  const read = (environment: Record<string, string>) =>
    readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ...environment });

  test('says what the environment does not', () => {
    const SETTINGS_FILE = settingsFile('# of the gateway\nPORT=81\nRETRY_HOURS=5\nTEMPORAL_NAMESPACE=prod\n');
    const config = read({ SETTINGS_FILE, PORT: '82', RETRY_HOURS: '' });
    expect(config).toMatchObject({ port: 82, retryWindowMs: 5 * 3_600_000, temporal: { namespace: 'prod' } });
  });

  test('that is wrong is refused like the environment', () => {
    expect(() => read({ SETTINGS_FILE: settingsFile('PORT=x\nLOG_LEVEL=y') })).toThrow(/PORT: got "x".*\n.*LOG_LEVEL/);
  });

  test.each([
    ['names no setting', 'PROT=81\n', 0o600, 'it has PROT, which is no setting'],
    ['can be read by everybody', 'PORT=81\n', 0o644, 'everybody on this machine can use'],
  ])('that %s is refused', (_what, text, mode, why) => {
    expect(() => read({ SETTINGS_FILE: settingsFile(text, mode) })).toThrow(why);
  });

  test('that is not there is refused', () => {
    expect(() => read({ SETTINGS_FILE: join(folder, 'nowhere') })).toThrow(/SETTINGS_FILE: .*nowhere cannot be used/);
  });
});

test('what is wrong, and what of the rest is unsafe, is told at once', async () => {
  const environment = {
    ...{ TEMPORAL_CONFIG_FILE: '/nowhere', CALLBACK_KEYS: 'example:change-this-to-a-secret-of-your-own' },
    ...{ ACCOUNTS_FILE: file, PORT: 'x', PUBLIC_URL: 'y', RETRY_HOURS: '0' },
  };
  const told = async (changed: object = {}) =>
    await checkedConfig('gateway', { ...environment, ...changed }).then(
      () => [],
      (error: unknown) => (error as Error).message.split('\n').map((line) => /^ {2}(\w+):/.exec(line)?.[1] ?? ''),
    );
  // The URL is given, though it is none.
  expect((await told()).sort()).toEqual(['', 'CALLBACK_KEYS', 'PORT', 'PUBLIC_URL', 'RETRY_HOURS']);
  const one = { userId: 'u-1', token: 't', secret: 'correct-horse', webhookSecret: WEBHOOK };
  writeFileSync(file, JSON.stringify({ accounts: [one] }));
  const fits = { PORT: '', PUBLIC_URL: '', RETRY_HOURS: '' };
  expect((await told(fits)).sort()).toEqual(['', 'ACCOUNTS_FILE', 'CALLBACK_KEYS', 'PUBLIC_URL']);
});
