import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';
import { HostsFile } from '../../src/delivery/hosts-file.ts';
import { CustomersNames } from '../../src/delivery/names.ts';
import { createPlatformClient } from '../../src/platform/client.ts';
import { NameServer } from '../support/name-server.ts';
import { RawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';

/* Customers' names are looked up with a limit and a share for each account; a name server that does not answer is its customer's trouble. */

/** How long a delivery waits for a name. */
const SLOW_MS = 3_000;

let server: NameServer;
let names: CustomersNames;
beforeEach(async () => {
  server = await new NameServer().open();
  names = new CustomersNames({ servers: [server.address] });
});
afterEach(() => server.close());

const addressesOf = (name: string, account = 'u-1') => names.addressesOf(name, account);

describe('beside names whose name server does not answer', () => {
  let deliverer: Deliverer;
  let customer: RawServer;
  beforeEach(async () => {
    customer = await new RawServer(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    ).open();
    deliverer = createDeliverer(['127.0.0.0/8'], { names });
    server.set('good.example', { ipv4: ['127.0.0.1'] });
  });
  afterEach(async () => {
    await deliverer.close();
    await customer.close();
  });

  const deliver = async (host: string, account: string) => {
    const callbackUrl = `http://${host}:${customer.port}/`;
    const target = { callbackUrl, callbackHttpMethod: 'POST', callbackTimeout: SLOW_MS } as const;
    const [attempt] = await deliverer.deliver({ event: { eventType: 'dtmf' } }, target, { account });
    return attempt;
  };

  /** Deliveries to so many such names of an account, under way. */
  const slowOnes = (count: number, account: string) =>
    Array.from({ length: count }, async (_, number) => {
      server.set(`slow-${number}.example`, { isSilent: true });
      return await deliver(`slow-${number}.example`, account);
    });

  const areAskedFor = (count: number) =>
    until(`${count} slow names are asked for`, () => new Set(server.asked).size >= count);

  test('a good customer and the platform wait for none of them', async () => {
    const slow = slowOnes(20, 'u-slow');
    await areAskedFor(20);
    const startedAt = performance.now();
    expect(await deliver('good.example', 'u-good')).toMatchObject({ ok: true });
    expect(await deliver('good.example', 'u-slow')).toMatchObject({ ok: true });
    const platform = createPlatformClient(`http://localhost:${customer.port}`);
    const account = { userId: 'u-platform', token: 't', secret: 's' };
    expect(await platform.completeConference(account, 'conf-1')).toEqual({ outcome: 'done' });
    expect(performance.now() - startedAt).toBeLessThan(SLOW_MS);
    await platform.close();
    expect((await Promise.all(slow)).map((attempt) => attempt?.ok)).toEqual(Array(20).fill(false));
  });

  test('of which one account has hundreds, another waits for none of them', async () => {
    const slow = slowOnes(400, 'u-slow');
    await areAskedFor(100);
    const startedAt = performance.now();
    expect(await deliver('good.example', 'u-good')).toMatchObject({ ok: true });
    expect(performance.now() - startedAt).toBeLessThan(SLOW_MS);
    await Promise.all(slow);
  });
});

describe('a name', () => {
  test('that does not exist fails as that, and is not asked for again for a while', async () => {
    await expect(addressesOf('nobody.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    const asked = server.asked.length;
    await expect(addressesOf('nobody.example', 'u-2')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(server.asked).toHaveLength(asked);
  });

  test('whose name server does not answer fails after a while, and is not asked for again for a while', async () => {
    server.set('slow.example', { isSilent: true });
    await expect(addressesOf('slow.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    const asked = server.asked.length;
    await expect(addressesOf('slow.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(server.asked).toHaveLength(asked);
  });

  test('that many ask for at once is asked for once in each family, and then remembered', async () => {
    server.set('often.example', { ipv4: ['127.0.0.1'], ttl: 30 });
    const found = await Promise.all(Array.from({ length: 50 }, () => addressesOf('often.example')));
    found.push(await addressesOf('often.example', 'u-2'));
    expect(found).toEqual(Array(51).fill(['127.0.0.1']));
    expect(server.asked).toEqual(['often.example', 'often.example']);
  });

  test('has the addresses of both families', async () => {
    server.set('both.example', { ipv4: ['127.0.0.1', '127.0.0.2'], ipv6: ['::1'] });
    expect((await addressesOf('both.example')).toSorted()).toEqual(['127.0.0.1', '127.0.0.2', '::1']);
    server.set('six.example', { ipv6: ['2001:db8::1'] });
    expect(await addressesOf('six.example')).toEqual(['2001:db8::1']);
  });

  test('does not wait for the other family if its name server says nothing of it', async () => {
    server.set('half.example', { ipv4: ['127.0.0.1'], silentFor: 'ipv6' });
    server.set('slow.example', { isSilent: true });
    const silent = addressesOf('slow.example').catch(() => ['no answer at all']);
    expect(await Promise.race([silent, addressesOf('half.example')])).toEqual(['127.0.0.1']);
    await silent;
  });

  test('is taken from the hosts file where it stands in it, as that is now', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'convoke-hosts-'));
    const file = join(folder, 'hosts');
    await writeFile(
      file,
      '127.0.0.1 localhost\n127.0.0.5\tcustomer.test Other.test # ours\n::1 customer.test\nnonsense x\n',
    );
    const own = new CustomersNames({ servers: [server.address], hostsFile: new HostsFile(file) });
    expect(await own.addressesOf('customer.test', 'u-1')).toEqual(['127.0.0.5', '::1']);
    expect(await own.addressesOf('other.test', 'u-1')).toEqual(['127.0.0.5']);
    await writeFile(file, '127.0.0.6 customer.test\n');
    await until(
      'the address is that of the new file',
      async () => (await own.addressesOf('customer.test', 'u-1')).join() === '127.0.0.6',
      5_000,
    );
    expect(server.asked).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test('localhost is this machine, whatever name servers say', async () => {
    const file = new HostsFile(join(tmpdir(), 'there-is-no-such-file'));
    const own = new CustomersNames({ servers: [server.address], hostsFile: file });
    expect(await own.addressesOf('localhost', 'u-1')).toEqual(['127.0.0.1', '::1']);
    expect(await own.addressesOf('app.localhost', 'u-1')).toEqual(['127.0.0.1', '::1']);
    expect(server.asked).toEqual([]);
  });
});

test('an address that nobody answers at does not keep the others of the name from being tried', async () => {
  const customer = await new RawServer(
    (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
  ).open();
  server.set('two.example', { ipv4: ['127.0.0.99', '127.0.0.1'] });
  const deliverer = createDeliverer(['127.0.0.0/8'], { names });
  const callbackUrl = `http://two.example:${customer.port}/`;
  const target = { callbackUrl, callbackHttpMethod: 'POST', callbackTimeout: 3_000 } as const;
  expect(await deliverer.deliver({ event: { eventType: 'dtmf' } }, target)).toMatchObject([{ ok: true }]);
  await deliverer.close();
  await customer.close();
});
