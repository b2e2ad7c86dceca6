import { setMaxListeners } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { RawServer } from '../support/raw-server.ts';

/* 50 hosts of one account that hang, each with 20 conferences: other accounts, and its own good host, are served as before. */

const HOSTS = 50;
const CONFERENCES = 20;
/** How long a host that hangs is waited for. */
const HANGS_MS = 5_000;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

let hanging: RawServer[];
let good: RawServer;
beforeAll(async () => {
  hanging = await Promise.all(Array.from({ length: HOSTS }, () => new RawServer(() => undefined).open()));
  good = await new RawServer((socket) => void socket.write(OK)).open();
});
afterAll(() => Promise.all([...hanging, good].map((server) => server.close())));

test('no delivery to a good host waits as long as one to a host that hangs', async () => {
  const deliverer = createDeliverer(['127.0.0.0/8']);
  const leave = new AbortController();
  setMaxListeners(0, leave.signal);
  const deliver = (server: RawServer, account: string) =>
    deliverer.deliver(
      { event: { eventType: 'dtmf' } },
      { callbackUrl: `http://127.0.0.1:${server.port}/`, callbackHttpMethod: 'POST', callbackTimeout: HANGS_MS },
      { account, signal: leave.signal },
    );
  const slow = hanging.flatMap((server) => Array.from({ length: CONFERENCES }, () => deliver(server, 'u-slow')));
  const took: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    const startedAt = performance.now();
    const made = await Promise.all(['u-good', 'u-slow'].map((account) => deliver(good, account)));
    took.push(performance.now() - startedAt);
    expect(made).toMatchObject([[{ ok: true }], [{ ok: true }]]);
  }
  expect(Math.max(...took)).toBeLessThan(HANGS_MS);
  expect(hanging.filter(({ requests }) => requests.length === 0)).toEqual([]);
  leave.abort();
  await Promise.all(slow);
  await deliverer.close();
});
