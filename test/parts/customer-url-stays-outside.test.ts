import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { guardedLookup, refuseAddress, type AllowedNetworks } from '../../src/delivery/guard.ts';
import { CustomersNames } from '../../src/delivery/names.ts';
import { HttpClient } from '../../src/http/client.ts';
import { NameServer } from '../support/name-server.ts';

/* A customer's URL may lead to the public internet only: never to the operator's own network, unless that is allowed. */

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
