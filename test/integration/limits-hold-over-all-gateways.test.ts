import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { limits, type Limits } from '../../src/accounts/limits.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencePath, conferencesPath, pathTo } from '../../src/catapult/paths.ts';
import { ConferenceClient, Usage } from '../../src/client/index.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { createGateway } from '../../src/gateway/server.ts';
import { openHouse, type House } from '../support/house.ts';
import { dataDirectory } from '../support/processes.ts';
import { timePasses, until } from '../support/until.ts';

/* Two gateways beside each other, which know of each other by Temporal alone, and an account for each test. */

const all: Record<string, Partial<Limits>> = {
  'u-two': { requestsPerSecond: 1, requestsAtOnce: 10 },
  'u-open': { openConferences: 3, scheduledConferences: 1 },
  'u-often': { schedules: 2, createsPerSecond: 1_000 },
  'u-dead': {},
  // Of each that is shared by time, or in flight, a gateway has half.
  'u-flight': { requestsInFlight: 6 },
  'u-bad': { requestsInFlight: 2, requestsAtOnce: 1_000 },
  'u-guessed': { requestsAtOnce: 100 },
};
const accounts = new Accounts(
  Object.entries(all).map(([userId, own]) => ({ ...LOCAL_ACCOUNT, userId, limits: limits.parse(own) })),
);

/** What hangs until the test lets it go on. */
let hanging: (() => void)[] = [];
const goOn = () => {
  for (const one of hanging.splice(0)) one();
};
const hangs = () => new Promise<void>((resolve) => hanging.push(resolve));

let house: House;
let one: Gateway;
let other: Gateway;
beforeAll(async () => {
  // Workers open conferences for accounts that they know alone.
  house = await openHouse({ otherAccount: 'u-open' });
  [one, other] = [await openGateway('one'), await openGateway('other')];
  await until('each knows of the other one', () => [one, other].every(({ usage }) => usage.gateways() === 2));
});
afterAll(async () => {
  goOn();
  await Promise.all([one.close(), other.close()]);
  await house.close();
});
beforeEach(() => {
  hanging = [];
});

type Gateway = Awaited<ReturnType<typeof openGateway>>;

/** A gateway of which a `get`, and a redelivery of all, hang. */
async function openGateway(identity: string) {
  const data = dataDirectory();
  const logger = pino({ level: 'silent' });
  const client = Object.assign(new ConferenceClient(house.client, { accounts, taskQueue: house.taskQueue }), {
    get: () => hangs().then(() => Promise.reject(new Error('it took too long'))),
    redeliverDead: () => Promise.resolve(redelivery()),
  });
  const usage = new Usage(house.client, { taskQueue: house.taskQueue, identity });
  const app = createGateway({
    ...{ client, conferences: house.conferences, accounts, callbackTokens: house.tokens, usage, logger },
    health: () => Promise.resolve({ reachable: true, isWorking: true }),
    journal: await Journal.open(join(data.path, 'journal'), logger),
    ...{ ackAfter: 'journal', hasSecond: true },
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = (method: string, path: string, body?: object, more: { key?: string; signal?: AbortSignal } = {}) =>
    fetch(url + path, {
      method,
      headers: {
        authorization: basicAuth(LOCAL_ACCOUNT),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(more.key === undefined ? {} : { 'idempotency-key': more.key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(more.signal === undefined ? {} : { signal: more.signal }),
    });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await app.close();
    isOpen = false;
    data.remove();
  };
  return { url, usage, ask, close };
}

async function* redelivery() {
  yield { conferences: 1, events: 1, refused: 0 };
  await hangs();
}

test('requests: two gateways let in together what one would, and say when to come again', async () => {
  const path = conferencesPath('u-two');
  const answers = await Promise.all(
    Array.from({ length: 15 }, () => [one.ask('GET', path), other.ask('GET', path)]).flat(),
  );
  const passed = answers.filter(({ status }) => status === 200).length;
  expect(passed).toBeGreaterThanOrEqual(10);
  // Some time passes while they are asked.
  expect(passed).toBeLessThan(20);
  const refused = answers.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() - 60_000);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refused?.json()).toMatchObject({ category: 'too-many-requests', code: 'rate-limit-reached' });
});

test('conferences: what one gateway has begun the other one counts, and refuses before anything is done', async () => {
  const conference = { from: '+19195551234' };
  const path = conferencesPath('u-open');
  for (const key of ['a', 'b', 'c']) expect((await one.ask('POST', path, conference, { key })).status).toBe(201);
  await until('the index shows them', async () => (await one.usage.count('u-open', 'open')) === 3);
  const before = house.sandbox.platform.list().length;
  expect((await other.ask('POST', path, conference)).status).toBe(429);
  expect(house.sandbox.platform.list()).toHaveLength(before);
  // Who asks again has a right to know.
  expect((await other.ask('POST', path, conference, { key: 'a' })).status).toBe(201);

  const later = { ...conference, startAt: new Date(Date.now() + 3_600_000).toISOString() };
  const scheduled = await other.ask('POST', path, later);
  expect(scheduled.status).toBe(201);
  await until('the index shows it', async () => (await one.usage.count('u-open', 'scheduled')) === 1);
  expect((await one.ask('POST', path, later)).status).toBe(429);
  const [id = ''] = (scheduled.headers.get('location') ?? '').split('/').slice(-1);
  expect((await one.ask('POST', conferencePath('u-open', id), { state: 'completed' })).status).toBe(200);
  await until('there is room again', async () => (await other.ask('POST', path, later)).status === 201);
});

test('schedules: what one gateway has made the other one counts; who asks again for one has it', async () => {
  const path = pathTo('/conference-schedules', { userId: 'u-often' });
  const weekly = { cron: '0 9 * * 1', timeZone: 'UTC', conference: { from: '+19195551234' } };
  const answers = [];
  for (const key of ['a', 'b']) answers.push(await one.ask('POST', path, weekly, { key }));
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  const [made = ''] = answers.map(({ headers }) => headers.get('location') ?? '');
  await until('the index shows them', async () => (await other.usage.count('u-often', 'schedules')) === 2);
  const refused = await other.ask('POST', path, weekly);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refused.json()).toMatchObject({ code: 'rate-limit-reached' });
  expect((await other.ask('POST', path, weekly, { key: 'a' })).headers.get('location')).toContain(
    new URL(made).pathname.split('/').pop(),
  );

  const at = new URL(made).pathname;
  expect((await one.ask('POST', at, { cron: '*/2 * * * *' })).status).toBe(200);
  const often = await one.ask('POST', at, { cron: '*/30 * * * * * *' });
  expect(often.status).toBe(400);
  expect(await often.json()).toMatchObject({
    message: expect.stringContaining('wants 60 s for this account') as unknown,
  });
  expect((await one.ask('DELETE', at)).status).toBe(200);
  await until('there is room again', async () => (await other.ask('POST', path, weekly)).status === 201);
});

test('a redelivery of all: while one gateway has it, the other one refuses it, until it is over', async () => {
  const path = pathTo('/events/redeliver', { userId: 'u-dead' });
  const ask = (gateway: Gateway, signal?: AbortSignal) =>
    gateway.ask('POST', path, { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }, signal && { signal });
  const first = await ask(one);
  expect(first.status).toBe(200);
  expect((await ask(one)).status).toBe(429);
  expect((await ask(other)).status).toBe(429);
  goOn();
  expect(await first.text()).toContain('"done":true');
  const left = new AbortController();
  expect((await ask(one, left.signal)).status).toBe(200);
  left.abort();
  goOn();
  const late = await until('it is the other one’s turn', async () => {
    const answer = await ask(other);
    return answer.status === 200 && answer;
  });
  goOn();
  expect(await late.text()).toContain('"done":true');
});

test('a redelivery of all: Temporal may see late who has the turn', async () => {
  const { workflowService } = house.client;
  const late = Object.create(workflowService, {
    pollActivityTaskQueue: {
      value: async (request: Parameters<typeof workflowService.pollActivityTaskQueue>[0]) => {
        await timePasses('it is still on its way', 500);
        return await workflowService.pollActivityTaskQueue(request);
      },
    },
  }) as typeof workflowService;
  const slow = Object.create(house.client, { workflowService: { value: late } }) as typeof house.client;
  const usage = new Usage(slow, { taskQueue: house.taskQueue, identity: 'slow' });
  const giveBack = await usage.takeRedeliveryTurn('u-late');
  expect(giveBack).toBeDefined();
  expect(await other.usage.takeRedeliveryTurn('u-late')).toBeUndefined();
  giveBack?.();
  usage.stop();
});

test('what is in flight counts until it is done, also when nobody waits for it any more', async () => {
  const path = conferencePath('u-flight', 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa');
  const left = new AbortController();
  const gone = Array.from({ length: 3 }, () => one.ask('GET', path, undefined, { signal: left.signal }));
  await until('three are in flight', () => hanging.length === 3);
  left.abort();
  await Promise.allSettled(gone);
  const list = () => one.ask('GET', conferencesPath('u-flight'));
  expect((await list()).status).toBe(429);
  goOn();
  await until('there is room', async () => (await list()).status === 200);
});

test('what is refused before any work is in flight no longer', async () => {
  const path = conferencesPath('u-bad');
  for (let time = 0; time < 5; time += 1) {
    expect((await one.ask('POST', path, { from: 'nobody' })).status).toBe(400);
    expect((await one.ask('DELETE', path)).status).toBe(405);
  }
});

test('guesses are refused after ten at all gateways, and who has been let in goes on', async () => {
  const path = conferencesPath('u-guessed');
  const ask = (gateway: Gateway, secret: string) =>
    fetch(gateway.url + path, { headers: { authorization: basicAuth({ token: 't-local', secret }) } });
  const gateways = [one, other];
  for (const gateway of gateways) expect((await ask(gateway, 's-local')).status).toBe(200);
  const answers: Response[] = [];
  for (let guess = 0; guess < 20; guess += 1)
    for (const gateway of gateways) answers.push(await ask(gateway, `${guess}`));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(statuses.slice(12)).toContain(429);
  expect(statuses.filter((status) => status === 401).length).toBeLessThan(15);
  expect(answers.at(-1)?.headers.get('retry-after')).toMatch(/^\d+$/);
  for (const gateway of gateways) expect((await ask(gateway, 's-local')).status).toBe(200);
  // Without any they are no guess: some clients ask so first.
  const none = await Promise.all(Array.from({ length: 20 }, () => fetch(one.url + path)));
  expect(new Set(none.map(({ status }) => status))).toEqual(new Set([401]));
});

test('a gateway that is gone leaves its share to the others', async () => {
  await one.close();
  await until('the other one has all', () => other.usage.gateways() === 1);
});
