import { Agent, request } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { dataDirectory, freePort, killGroup, launch, type Program } from '../support/processes.ts';

/** Little, so that it is soon full (MB); and more callbacks than such a gateway has room for. */
const HEAP_MB = 64;
const CALLBACKS = 80_000;
const AT_ONCE = 64;

const KEY = 'k1:0123456789abcdef0123456789abcdef';
const data = dataDirectory();
let gateway: Program | undefined;
afterEach(async () => {
  if (gateway !== undefined) killGroup(gateway);
  await gateway?.ended;
  data.remove();
});

async function open(port: string): Promise<void> {
  // Nothing listens on port 9: there is no Temporal, and all that comes waits.
  const settings = { PORT: port, TEMPORAL_ADDRESS: '127.0.0.1:9', CALLBACK_KEYS: KEY, CONVOKE_DATA_DIR: data.path };
  gateway = launch('node', [`--max-old-space-size=${HEAP_MB}`, 'scripts/convoke.mjs', 'gateway'], settings);
  await gateway.until(/ready on/);
}

const path = new CallbackTokens([KEY]).path({
  userId: LOCAL_ACCOUNT.userId,
  conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
  channel: 'primary',
  attemptId: 'run.1',
});
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

function send(port: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.once('error', reject).end('{"eventType":"new"}');
  });
}

/** Sends until one is not taken; answers with how many were, and the status of that one. */
async function sendUntilFull(port: string): Promise<{ taken: number; status: number }> {
  let taken = 0;
  let status = 200;
  const sendOn = async () => {
    for (let sent = 0; status === 200 && sent < CALLBACKS / AT_ONCE; sent += 1) {
      const answered = await send(port);
      if (answered === 200) taken += 1;
      else status = answered;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendOn));
  return { taken, status };
}

const journalOf = async (port: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  return ((await answer.json()) as { journal: object }).journal;
};

test('a gateway with little memory is full before it dies of what waits, and starts again with all of it', async () => {
  const port = await freePort();
  await open(port);
  const { taken, status } = await sendUntilFull(port);
  expect(status).toBe(503);
  expect(await journalOf(port)).toMatchObject({ state: 'full', waiting: taken });
  if (gateway !== undefined) killGroup(gateway);
  await gateway?.ended;
  await open(port);
  expect(await journalOf(port)).toMatchObject({ state: 'full', waiting: taken, damaged: 0 });
}, 180_000);
