import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { guardedLookup, isAllowed, refuseAddress, type AllowedNetworks } from '../../src/delivery/guard.ts';
import { CustomersNames } from '../../src/delivery/names.ts';
import { HttpClient } from '../../src/http/client.ts';
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
    expect(attempts[0]?.result).toMatch(/^127\.0\.0\.1 is not on the public internet/);
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
