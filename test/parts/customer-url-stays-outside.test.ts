import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { failureWords, whatFailed } from '../../src/delivery/failures.ts';
import {
  DEFAULT_RULES,
  guardedLookup,
  isAllowed,
  portsOf,
  refuseAddress,
  whyRefused,
  type AllowedNetworks,
  type TargetRules,
} from '../../src/delivery/guard.ts';
import { CustomersNames } from '../../src/delivery/names.ts';
import { HttpClient, NoAnswer } from '../../src/http/client.ts';
import { NameServer } from '../support/name-server.ts';

/* A customer's URL may lead to the public internet only: never to the operator's own network, unless that is allowed. */

describe('without allowed networks', () => {
  test.each([
    '8.8.8.8',
    '93.184.216.34',
    '100.128.0.1',
    '172.32.0.1',
    '192.167.255.255',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('the public address %s may be reached', (address) => expect(isAllowed(address, [])).toBe(true));

  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['unspecified', '::'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['link-local', '169.254.0.1'],
    ['cloud metadata', '169.254.169.254'],
    ['cloud metadata', 'fd00:ec2::254'],
    ['IETF protocols', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['benchmarks', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['link-local', 'fe80::1'],
    ['link-local', 'fe80::1%eth0'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff::1'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['discard', '100::1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
    ['IPv4-mapped private', '::ffff:10.0.0.1'],
    ['IPv4-compatible loopback', '::7f00:1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
    ['NAT64 of a public address', '64:ff9b::808:808'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001:0:1::1'],
    ['ISATAP of loopback', '2606:4700::5efe:7f00:1'],
    ['ISATAP of a private address', '2606:4700::200:5efe:a00:1'],
    ['inside Azure', '168.63.129.16'],
    ['inside Azure, mapped', '::ffff:168.63.129.16'],
    ['inside Alibaba', '100.100.100.200'],
    ['inside Oracle', '192.0.0.192'],
  ])('%s (%s) may not be reached', (_what, address) => expect(isAllowed(address, [])).toBe(false));

  test('a public address in its IPv4-mapped form is judged as itself', () => {
    expect(isAllowed('::ffff:8.8.8.8', [])).toBe(true);
  });
});

describe('an allowed network', () => {
  test('opens itself and nothing else', () => {
    expect(isAllowed('10.1.2.3', ['10.1.0.0/16'])).toBe(true);
    expect(isAllowed('10.2.0.1', ['10.1.0.0/16'])).toBe(false);
    expect(isAllowed('127.0.0.1', ['10.1.0.0/16'])).toBe(false);
    expect(isAllowed('8.8.8.8', ['10.1.0.0/16'])).toBe(true);
  });

  test('may be one of several, of IPv4 and IPv6', () => {
    const networks = ['127.0.0.0/8', '::1/128', 'fd00::/8'];
    for (const address of ['127.8.9.1', '::1', 'fd12::1', '::ffff:127.0.0.1']) {
      expect(isAllowed(address, networks)).toBe(true);
    }
    expect(isAllowed('fc00::1', networks)).toBe(false);
    expect(isAllowed('::2', networks)).toBe(false);
  });
});

describe('a denied network', () => {
  test('is closed, although it is public or allowed', () => {
    for (const address of ['8.8.8.8', '::ffff:8.8.8.8', '10.1.2.3'])
      expect(isAllowed(address, ['10.0.0.0/8'], ['8.8.8.0/24', '10.1.0.0/16'])).toBe(false);
    expect(isAllowed('8.8.4.4', [], ['8.8.8.0/24'])).toBe(true);
  });
});

describe('a URL', () => {
  const rules = (own: Partial<TargetRules> = {}) => ({ ...DEFAULT_RULES, ...own });
  test.each([
    'http://a.example',
    'https://a.example',
    'http://a.example:1024',
    'https://a.example:65535',
    'http://a.example:443',
  ])('may be %s', (url) => expect(whyRefused(new URL(url), [])).toBeUndefined());

  test.each([
    ['http://a.example:22', 'a port of 80, 443, 1024-65535'],
    ['https://a.example:25', 'a port of 80, 443, 1024-65535'],
    ['http://a.example:1023', 'a port of 80, 443, 1024-65535'],
    ['http://10.0.0.1/', 'a host on the public internet'],
    ['http://[::ffff:7f00:1]/', 'a host on the public internet'],
    ['http://2130706433/', 'a host on the public internet'],
  ])('may not be %s', (url, wanted) => expect(whyRefused(new URL(url), [])).toBe(wanted));

  test('has the ports and the scheme that the operator wants', () => {
    const strict = rules({ ports: portsOf('443, 8000-8999'), httpsOnly: true });
    expect(whyRefused(new URL('https://a.example:8500'), [], strict)).toBeUndefined();
    expect(whyRefused(new URL('https://a.example:9000'), [], strict)).toBe('a port of 443, 8000-8999');
    expect(whyRefused(new URL('http://a.example:8500'), [], strict)).toBe('https://');
  });

  test('that names this machine by its own address is refused, public or not, unless that is allowed', () => {
    const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
    expect(own.length).toBeGreaterThan(0);
    for (const address of own) expect(isAllowed(address, [])).toBe(false);
    for (const address of own) expect(isAllowed(address, ['0.0.0.0/0', '::/0'])).toBe(true);
  });
});

describe('what customers read of a failure', () => {
  test('is one of twelve texts at most, and each is explained', () => {
    expect(failureWords.length).toBeLessThanOrEqual(12);
    const page = readFileSync('docs/wire.md', 'utf8');
    for (const word of failureWords) expect(page).toContain(`\n| \`${word}\` |`);
  });

  test('is the same for a name that is not there and one that leads inside, and names no address', async () => {
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
  ])('says of %s: %s', (error, word) => expect(whatFailed(error)).toBe(word));
});

describe('a request to a server on this machine', () => {
  const LOOPBACK = ['127.0.0.0/8', '::1/128'];
  const server = createServer((incoming, response) => {
    reached.push(incoming.url ?? '');
    response.end('hello');
  });
  const reached: string[] = [];
  let port: number;
  let nameServer: NameServer;
  beforeAll(async () => {
    nameServer = await new NameServer().open();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(async () => {
    await nameServer.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function ask(url: string, allowed: AllowedNetworks): Promise<number> {
    const http = new HttpClient();
    const names = new CustomersNames({ servers: [nameServer.address] });
    const lookup = guardedLookup(allowed, (name) => names.addressesOf(name, 'u-1'));
    try {
      refuseAddress(new URL(url), allowed);
      const answer = await http.send(new URL(url), {
        method: 'GET',
        headers: {},
        isRepeatable: true,
        timeoutMs: 10_000,
        lookup,
      });
      answer.drop();
      return answer.status;
    } finally {
      await http.close();
    }
  }

  const spellings = [
    '127.0.0.1',
    'localhost',
    'LOCALHOST',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0x7f.1',
  ];
  const asHost = [...spellings, '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '１２７.0.0.1'];

  test.each(asHost)('as http://%s is refused before it is connected', async (host) => {
    const before = reached.length;
    await expect(ask(`http://${host}:${port}/no`, [])).rejects.toMatchObject({
      code: 'ERR_CALLBACK_TARGET',
      message: expect.stringMatching(
        /is not on the public internet; CALLBACK_ALLOWED_NETWORKS allows others$/,
      ) as unknown,
    });
    expect(reached).toHaveLength(before);
  });

  test.each(spellings)('as http://%s works where that is allowed', async (host) => {
    await expect(ask(`http://${host}:${port}/yes`, LOOPBACK)).resolves.toBe(200);
    expect(reached.at(-1)).toBe('/yes');
  });

  test.each(['[::1]', '0.0.0.0', '[::]', '[fe80::1]'])('as http://%s is refused', async (host) => {
    await expect(ask(`http://${host}:${port}/no`, [])).rejects.toMatchObject({ code: 'ERR_CALLBACK_TARGET' });
  });

  test('over https is refused as well', async () => {
    await expect(ask(`https://localhost:${port}/no`, [])).rejects.toMatchObject({ code: 'ERR_CALLBACK_TARGET' });
    await expect(ask(`https://127.0.0.1:${port}/no`, [])).rejects.toMatchObject({ code: 'ERR_CALLBACK_TARGET' });
  });

  test('a name that does not exist fails as that', async () => {
    await expect(ask('http://no-such-host.example/', [])).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('a name is refused if all of its addresses are, and reached at those that are not', async () => {
    nameServer.set('inside.example', { ipv4: ['127.0.0.1', '10.0.0.1'], ipv6: ['::1'] });
    await expect(ask(`http://inside.example:${port}/no`, [])).rejects.toMatchObject({ code: 'ERR_CALLBACK_TARGET' });
    await expect(ask(`http://inside.example:${port}/yes`, ['127.0.0.0/8'])).resolves.toBe(200);
    nameServer.set('half.example', { ipv4: ['10.0.0.1', '127.0.0.1'] });
    await expect(ask(`http://half.example:${port}/yes`, ['127.0.0.0/8'])).resolves.toBe(200);
  });

  test('the deliverer asks the guard for callbackUrl and fallbackUrl, and says what was refused', async () => {
    const target = { callbackHttpMethod: 'POST' as const, callbackTimeout: 5_000 };
    const url = `http://127.0.0.1:${port}`;
    const urls = { callbackUrl: `${url}/callback`, fallbackUrl: `http://localhost:${port}/fallback` };
    const before = reached.length;
    const guarded = createDeliverer([]);
    const attempts = await guarded.deliver({ event: { eventType: 'dtmf' } }, { ...target, ...urls });
    await guarded.close();
    expect(attempts.map(({ url: which, ok }) => [which, ok])).toEqual([
      ['callbackUrl', false],
      ['fallbackUrl', false],
    ]);
    expect(attempts.map(({ result }) => result)).toEqual(['no public address', 'no public address']);
    expect(reached).toHaveLength(before);
    const open = createDeliverer(LOOPBACK);
    await expect(open.deliver({ event: { eventType: 'dtmf' } }, { ...target, ...urls })).resolves.toMatchObject([
      { ok: true },
    ]);
    await open.close();
  });

  test('a redirect to a forbidden address is not followed: it counts as a failure', async () => {
    const redirecting = createServer((_incoming, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${port}/secret` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const { port: elsewhere } = redirecting.address() as AddressInfo;
    const before = reached.length;
    const deliverer = createDeliverer(LOOPBACK);
    const attempts = await deliverer.deliver(
      { event: { eventType: 'dtmf' } },
      { callbackUrl: `http://127.0.0.1:${elsewhere}/`, callbackHttpMethod: 'POST', callbackTimeout: 5_000 },
    );
    await deliverer.close();
    redirecting.closeAllConnections();
    await new Promise((resolve) => redirecting.close(resolve));
    expect(attempts).toMatchObject([{ ok: false, result: 'redirected (302)' }]);
    expect(reached).toHaveLength(before);
  });
});
