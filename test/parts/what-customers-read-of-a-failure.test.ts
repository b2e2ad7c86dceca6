import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { failureWords, whatFailed } from '../../src/delivery/failures.ts';
import { NoAnswer } from '../../src/http/client.ts';

/* The attempts of an event say in few words what failed, and nothing of the network that the operator's machines are in. */

test('what customers read of a failure is one of twelve texts at most, and each is explained', () => {
  expect(failureWords.length).toBeLessThanOrEqual(12);
  const page = readFileSync('docs/wire.md', 'utf8');
  for (const word of failureWords) expect(page).toContain(`\n| \`${word}\` |`);
});

test('it is the same for a name that is not there and one that leads inside, and names no address', async () => {
  const found: Record<string, string[]> = {
    'db.corp.example': ['10.0.0.5'],
    'metadata.example': ['169.254.169.254'],
  };
  const addressesOf = (name: string) =>
    found[name] === undefined
      ? Promise.reject(Object.assign(new Error(`queryA ENOTFOUND ${name}`), { code: 'ENOTFOUND' }))
      : Promise.resolve(found[name]);
  const deliverer = createDeliverer([], { names: { addressesOf } });
  const results: (string | undefined)[] = [];
  for (const host of ['db.corp.example', 'metadata.example', 'no.corp.example', '10.0.0.5', 'a.example:22']) {
    const target = { callbackUrl: `http://${host}/`, callbackHttpMethod: 'POST', callbackTimeout: 5_000 } as const;
    const [attempt] = await deliverer.deliver({ event: { eventType: 'dtmf' } }, target);
    results.push(attempt?.result);
  }
  await deliverer.close();
  expect(new Set(results)).toEqual(new Set(['no public address']));
});

test.each([
  [new NoAnswer('connect ECONNREFUSED 10.0.0.5:80', { isUnsent: true, code: 'ECONNREFUSED' }), 'connection refused'],
  [new NoAnswer('read ECONNRESET', { isUnsent: false, code: 'ECONNRESET' }), 'connection lost'],
  [new NoAnswer('the connection was closed', { isUnsent: false }), 'connection lost'],
  [new NoAnswer('connect EHOSTUNREACH 10.0.0.5', { isUnsent: true, code: 'EHOSTUNREACH' }), 'host not reached'],
  [new NoAnswer('x', { isUnsent: true, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'TLS failed'],
  [new NoAnswer('x', { isUnsent: true, code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'TLS failed'],
  [new NoAnswer('x', { isUnsent: false, code: 'HPE_INVALID_CONSTANT' }), 'answer not understood'],
  [new NoAnswer('x', { isUnsent: true, code: 'ESERVFAIL' }), 'name not looked up'],
  [new NoAnswer('x', { isUnsent: true, isTimeout: true }), 'no answer in time'],
  [new NoAnswer('x', { isUnsent: true, isOurs: true, code: 'EMFILE' }), 'not sent'],
  [new Error('10.0.0.5 is odd'), 'failed'],
  ['10.0.0.5', 'failed'],
])('of %s is said: %s', (error, word) => expect(whatFailed(error)).toBe(word));
