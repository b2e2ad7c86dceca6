import { expect, test } from '@jest/globals';
import { readClientConfig } from '../../src/config.ts';
import { connectConferences } from '../../src/index.ts';

/* A backend service has an environment of its own, which is not Convoke's. */

/** No Temporal configuration file of whoever runs the tests comes in. */
const read = (environment: Record<string, string> = {}) =>
  readClientConfig({ TEMPORAL_CONFIG_FILE: '/nowhere', ...environment });

test('what a service has set for itself neither stops the client nor moves it', async () => {
  const own = {
    HOST: '10.0.0.5',
    PORT: 'http',
    LOG_LEVEL: 'verbose',
    PUBLIC_URL: 'example',
    ACCOUNTS_FILE: '/nowhere',
  };
  expect(read(own)).toEqual(read());
  expect(read(own).temporal).toEqual({
    namespace: 'default',
    connectionOptions: expect.objectContaining({ address: '127.0.0.1:7233' }) as unknown,
  });
  await connectConferences({ TEMPORAL_CONFIG_FILE: '/nowhere', ...own }).close();
});

test('Temporal is where TEMPORAL_… say', () => {
  const elsewhere = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'calls' };
  expect(read(elsewhere).temporal).toMatchObject({
    namespace: 'calls',
    connectionOptions: { address: 'temporal.example:7233' },
  });
  expect(read({ TEMPORAL_PORT: '7300' }).temporal.connectionOptions.address).toBe('127.0.0.1:7300');
});

test('accounts are named by their user ids, and their secrets are not needed', () => {
  expect(read().accounts).toEqual(new Set(['u-local']));
  expect(read({ CONVOKE_ACCOUNTS: 'u-acme, u-other' }).accounts).toEqual(new Set(['u-acme', 'u-other']));
});

test.each([
  ['TEMPORAL_PORT', 'x'],
  ['TEMPORAL_TLS', 'yes'],
  ['RETRY_HOURS', '0'],
])('%s=%s is refused by its name', (name, value) => {
  expect(() => connectConferences({ [name]: value })).toThrow(`${name}: got "${value}", wants `);
});
