import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { Failure } from '../../src/failure.ts';

/** Settings alone: no Temporal configuration file of whoever runs the tests comes in. */
const read = (environment: Record<string, string | undefined> = {}) =>
  readConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ...environment });

function errorOf(environment: Record<string, string>): string {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  return 'was taken';
}

describe('without settings', () => {
  test('everything runs on this machine, on the known ports, with the data under .convoke/', () => {
    expect(read()).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      sandboxPort: 8181,
      dataDir: resolve('.convoke'),
      logLevel: 'info',
      temporal: {
        external: false,
        port: 7233,
        uiPort: 8233,
        databaseFile: join(resolve('.convoke'), 'temporal.db'),
        namespace: 'default',
        connectionOptions: { address: '127.0.0.1:7233' },
      },
      platform: { url: 'http://127.0.0.1:8181', userId: 'u-platform', token: 't-platform', secret: 's-platform' },
      bridge: { primaryUrl: 'http://127.0.0.1:8080', fallbackUrl: 'http://127.0.0.1:8080' },
    });
  });

  test('nothing is set that has no default', () => {
    const { publicUrl, accountsFile, callbackKeys, temporal } = read();
    expect([publicUrl, accountsFile, callbackKeys, temporal.cliPath]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('an empty value counts as absent, in every setting', () => {
    const names = [
      'HOST',
      'PORT',
      'SANDBOX_PORT',
      'TEMPORAL_PORT',
      'TEMPORAL_UI_PORT',
      'TEMPORAL_ADDRESS',
      'TEMPORAL_CLI_PATH',
    ];
    names.push(
      'CONVOKE_DATA_DIR',
      'PLATFORM_URL',
      'PLATFORM_USER_ID',
      'PLATFORM_TOKEN',
      'PLATFORM_SECRET',
      'PUBLIC_URL',
    );
    names.push(
      'BRIDGE_FALLBACK_URL',
      'ACK_AFTER',
      'JOURNAL_DIR',
      'RETRY_HOURS',
      'ACCOUNTS_FILE',
      'CALLBACK_KEYS',
      'CALLBACK_ALLOWED_NETWORKS',
      'LOG_LEVEL',
    );
    expect(read(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(read());
    expect(read({ PORT: undefined })).toEqual(read());
  });
});

describe('a setting', () => {
  test('moves the ports, and all that follows from them', () => {
    const config = read({ PORT: '1', SANDBOX_PORT: '2', TEMPORAL_PORT: '3', TEMPORAL_UI_PORT: '4' });
    expect(config.bridge).toEqual({ primaryUrl: 'http://127.0.0.1:1', fallbackUrl: 'http://127.0.0.1:1' });
    expect(config.platform.url).toBe('http://127.0.0.1:2');
    expect(config.temporal.connectionOptions.address).toBe('127.0.0.1:3');
    expect(config.temporal.uiPort).toBe(4);
  });

  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '[::1]'],
    ['::1', '[::1]'],
    ['10.0.0.5', '10.0.0.5'],
    ['gateway.internal', 'gateway.internal'],
  ])('HOST=%s is %s in a URL', (host, inUrl) => {
    const config = read({ HOST: host });
    expect(config.host).toBe(host);
    expect(config.bridge.primaryUrl).toBe(`http://${inUrl}:8080`);
    expect(config.temporal.connectionOptions.address).toBe(`${inUrl}:7233`);
  });

  test('CONVOKE_DATA_DIR moves the data, the database too', () => {
    expect(read({ CONVOKE_DATA_DIR: '/data' })).toMatchObject({
      dataDir: '/data',
      temporal: { databaseFile: '/data/temporal.db' },
    });
  });

  test('PUBLIC_URL is where the platform reaches both bridges, unless a second gateway is the fallback', () => {
    const PUBLIC_URL = 'https://convoke.example';
    expect(read({ PUBLIC_URL })).toMatchObject({
      publicUrl: PUBLIC_URL,
      bridge: { primaryUrl: PUBLIC_URL, fallbackUrl: PUBLIC_URL },
    });
    const BRIDGE_FALLBACK_URL = 'https://second.example';
    expect(read({ PUBLIC_URL, BRIDGE_FALLBACK_URL }).bridge).toEqual({
      primaryUrl: PUBLIC_URL,
      fallbackUrl: BRIDGE_FALLBACK_URL,
    });
  });

  test('PLATFORM_… point at another platform', () => {
    const platform = {
      PLATFORM_URL: 'https://api.example',
      PLATFORM_USER_ID: 'u',
      PLATFORM_TOKEN: 't',
      PLATFORM_SECRET: 's',
    };
    expect(read(platform).platform).toEqual({ url: 'https://api.example', userId: 'u', token: 't', secret: 's' });
  });

  test('lists are split at commas', () => {
    const config = read({ CALLBACK_KEYS: ' a:1 , b:2,', CALLBACK_ALLOWED_NETWORKS: '10.0.0.0/8, fd00::/8' });
    expect(config.callbackKeys).toEqual(['a:1', 'b:2']);
    expect(config.allowedNetworks).toEqual(['10.0.0.0/8', 'fd00::/8']);
  });
});

describe('a Temporal server elsewhere', () => {
  test('is used when TEMPORAL_ADDRESS names it, and none is started', () => {
    const { temporal } = read({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'prod' });
    expect(temporal).toMatchObject({
      external: true,
      namespace: 'prod',
      connectionOptions: { address: 'temporal.example:7233' },
    });
  });

  test('may want a key, as the SDK’s own settings say', () => {
    const { temporal } = read({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_API_KEY: 'key' });
    expect(temporal.connectionOptions).toMatchObject({ apiKey: 'key' });
  });

  test.each([
    [
      'an address with a scheme',
      { TEMPORAL_ADDRESS: 'http://temporal.example:7233' },
      /\n {2}TEMPORAL_ADDRESS: got "http:/,
    ],
    ['an address with spaces', { TEMPORAL_ADDRESS: 'not an address' }, /\n {2}TEMPORAL_ADDRESS: got "not an address"/],
    ['a word for TLS that the SDK takes for "no"', { TEMPORAL_TLS: 'yes' }, /TEMPORAL_TLS: got "yes", wants/],
    ['a profile that there is not', { TEMPORAL_PROFILE: 'nosuch' }, /'nosuch' not found .*TEMPORAL_PROFILE/],
    ['a certificate that there is not', { TEMPORAL_TLS_CLIENT_CERT_PATH: '/no.pem' }, /'\/no\.pem' .*TEMPORAL_TLS_\*/],
    [
      'a certificate that is none',
      { TEMPORAL_TLS_CLIENT_CERT_DATA: 'x', TEMPORAL_TLS_CLIENT_KEY_DATA: 'x' },
      /\n {2}The settings for Temporal cannot be used: .*TEMPORAL_TLS_\*/,
    ],
  ])('%s is refused with the setting’s name', (_what, environment, expected) => {
    expect(errorOf({ TEMPORAL_ADDRESS: 'temporal.example:7233', ...environment })).toMatch(expected);
  });

  test.each(['temporal.example', '[::1]:7233', '10.0.0.1:7233'])('may be at %s', (address) => {
    expect(read({ TEMPORAL_ADDRESS: address }).temporal.connectionOptions.address).toBe(address);
  });

  test('is the environment’s that was given, not this process’s', () => {
    process.env['TEMPORAL_ADDRESS'] = 'process.example:1';
    try {
      expect(read().temporal).toMatchObject({ external: false, connectionOptions: { address: '127.0.0.1:7233' } });
    } finally {
      delete process.env['TEMPORAL_ADDRESS'];
    }
  });
});

describe('the networks that customers’ URLs may reach', () => {
  test('are this machine in a local run, and none beyond the public internet with accounts of a file', () => {
    expect(read().allowedNetworks).toEqual(['127.0.0.0/8', '::1/128']);
    expect(read({ ACCOUNTS_FILE: 'accounts.json' }).allowedNetworks).toEqual([]);
  });

  test('are those named, whoever the accounts are of', () => {
    const CALLBACK_ALLOWED_NETWORKS = '10.0.0.0/8';
    expect(read({ CALLBACK_ALLOWED_NETWORKS }).allowedNetworks).toEqual(['10.0.0.0/8']);
    expect(read({ CALLBACK_ALLOWED_NETWORKS, ACCOUNTS_FILE: 'a' }).allowedNetworks).toEqual(['10.0.0.0/8']);
  });
});

describe('a wrong setting is an error with its name, what it got and what it wants', () => {
  test.each(['PLATFORM_URL', 'PUBLIC_URL', 'BRIDGE_FALLBACK_URL'])('%s with the /v1 that we add', (name) => {
    for (const path of ['/v1', '/v1/', '/v1/users/u-1']) {
      expect(errorOf({ [name]: `https://api.example${path}` })).toContain(
        `${name}: got "https://api.example${path}", wants the base`,
      );
    }
    expect(errorOf({ [name]: 'https://api.example/catapult' })).toBe('was taken');
  });

  test.each([
    ['PORT', 'abc'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['SANDBOX_PORT', 'x'],
    ['TEMPORAL_PORT', 'x'],
    ['TEMPORAL_UI_PORT', 'x'],
    ['PLATFORM_URL', 'api.example'],
    ['PLATFORM_URL', 'ftp://api.example'],
    ['PLATFORM_USER_ID', '..'],
    ['PUBLIC_URL', 'convoke.example'],
    ['BRIDGE_FALLBACK_URL', '/path'],
    ['ACK_AFTER', 'never'],
    ['RETRY_HOURS', '0'],
    ['RETRY_HOURS', '169'],
    ['LOG_LEVEL', 'loud'],
    ['CALLBACK_PORTS', '8999-8000'],
    ['CALLBACK_PORTS', '443,65536'],
    ['CALLBACK_ALLOWED_NETWORKS', '10.0.0.1'],
    ['CALLBACK_ALLOWED_NETWORKS', '127.0.0.0/8,intranet'],
  ])('%s=%s', (name, value) => {
    const [first, ...lines] = errorOf({ [name]: value }).split('\n');
    expect(first).toBe('Settings are wrong:');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^  ${name}: got ".+", wants .`));
    expect(lines[0]).toContain(`got "${value}"`);
  });

  test('all of them at once, those for Temporal too', () => {
    const message = errorOf({ PUBLIC_URL: 'x', LOG_LEVEL: 'y', ACK_AFTER: 'z', TEMPORAL_ADDRESS: 'a b' });
    for (const name of ['PUBLIC_URL', 'LOG_LEVEL', 'ACK_AFTER', 'TEMPORAL_ADDRESS'])
      expect(message).toContain(`\n  ${name}: got `);
  });

  test.each([
    ['PLATFORM_TOKEN', 't:sesame'],
    ['ASTERISK_ARI_URL', 'http://convoke:sesame@127.0.0.1'],
  ])('and never shows a secret: %s', (name, value) => {
    const message = errorOf({ [name]: value });
    expect(message).toContain(`  ${name}: got a value that is not shown, wants `);
    expect(message).not.toContain('sesame');
  });
});

describe('who delivers events', () => {
  test('the gateway, unless an event must have reached Temporal first', () => {
    expect(read().deliverFrom).toBe('gateway');
    expect(read({ ACK_AFTER: 'temporal' }).deliverFrom).toBe('worker');
    expect(read({ ACK_AFTER: 'temporal', DELIVER_FROM: 'worker' }).deliverFrom).toBe('worker');
  });

  test('both cannot be had, and that is said', () => {
    const message = errorOf({ ACK_AFTER: 'temporal', DELIVER_FROM: 'gateway' });
    expect(message).toContain('DELIVER_FROM: got "gateway", ');
    expect(message).toContain('ACK_AFTER');
  });
});
