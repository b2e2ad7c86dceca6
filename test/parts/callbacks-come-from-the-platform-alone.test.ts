import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { serveBridge, type BridgeDependencies } from '../../src/gateway/bridge.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { dataDirectory } from '../support/processes.ts';

/* PLATFORM_NETWORKS: whoever has a callback URL is still not the platform. */

const tokens = new CallbackTokens(['k1:0123456789abcdef0123456789abcdef']);
const place = {
  userId: 'u-local',
  conferenceId: `conf-${'a'.repeat(26)}`,
  channel: 'primary',
  attemptId: 'run.1',
} as const;
const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** A bridge that takes callbacks from these networks; what it took, and what it logged. */
async function bridge(platformNetworks: string[] | undefined, trustProxy: string[] | false = false) {
  const data = dataDirectory();
  const [taken, logged]: [string[], string[]] = [[], []];
  const logger = pino({}, { write: (line: string) => void logged.push(line) });
  const journal = await Journal.open(join(data.path, 'journal'), logger);
  const app: FastifyInstance = fastify({ ...wireServerOptions, trustProxy });
  answerErrorsOnTheWire(app);
  // Of all the rest it uses nothing before a callback is taken.
  const rest = {
    forwarder: { add: ({ conferenceId }: { conferenceId: string }) => void taken.push(conferenceId) },
    outages: { noteRefused: () => undefined, noteTurnedAway: () => undefined },
  } as unknown as Pick<BridgeDependencies, 'forwarder' | 'outages'>;
  serveBridge(app, { ...rest, callbackTokens: tokens, journal, ackAfter: 'journal', platformNetworks, logger });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  opened.push(async () => {
    await app.close();
    await journal.close();
    data.remove();
  });
  const send = async (headers: Record<string, string> = {}, path = tokens.path(place)) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ eventType: 'conference', status: 'created', conferenceId: 'p-1' }),
    });
    return [answer.status, ((await answer.json().catch(() => ({}))) as { message?: string }).message];
  };
  return { send, taken, logged };
}

const TAKEN = [200, undefined];
const REFUSED = [404, 'This is no callback URL of ours.'];

test('from everywhere, where nothing is said', async () => {
  const { send, taken } = await bridge(undefined);
  expect(await send()).toEqual(TAKEN);
  expect(taken).toEqual([place.conferenceId]);
});

test('from the networks that are named', async () => {
  const { send } = await bridge(['192.0.2.0/24', '127.0.0.0/8']);
  expect(await send()).toEqual(TAKEN);
});

test('from elsewhere a callback is refused as a wrong URL is, nothing of it is kept, and one line a minute says so', async () => {
  const { send, taken, logged } = await bridge(['192.0.2.0/24', '2001:db8::/32']);
  expect(await send()).toEqual(REFUSED);
  expect(await send({}, `${tokens.path(place)}x`)).toEqual(REFUSED);
  expect(taken).toEqual([]);
  const lines = logged.filter((line) => line.includes('PLATFORM_NETWORKS'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('127.0.0.1');
});

test('what a client says of where it comes from counts nothing, unless a trusted proxy says it', async () => {
  const said = { 'x-forwarded-for': '192.0.2.7' };
  const alone = await bridge(['192.0.2.0/24']);
  expect(await alone.send(said)).toEqual(REFUSED);
  const behind = await bridge(['192.0.2.0/24'], ['127.0.0.0/8']);
  expect(await behind.send(said)).toEqual(TAKEN);
  expect(await behind.send({ 'x-forwarded-for': '192.0.2.7, 203.0.113.9' })).toEqual(REFUSED);
  expect(await behind.send()).toEqual(REFUSED);
});
