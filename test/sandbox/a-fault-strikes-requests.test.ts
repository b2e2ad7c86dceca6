import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FROM, openStage, paths, type Stage } from './stage.ts';
import { until } from '../support/until.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const create = () => stage.ask('POST', paths.conferences, { from: FROM });
const onCreate = { method: 'POST', route: '/conferences' } as const;
const existing = () => stage.sandbox.platform.list().length;

test('answer: the status, code, message and headers that were asked for, instead of the work', async () => {
  const answer = { status: 403, code: 'conference-max-members', message: 'No.', headers: { 'x-why': 'a fault' } };
  stage.sandbox.faults.add({ on: onCreate, times: 1, answer });
  const refused = await create();
  expect(refused.status).toBe(403);
  expect(refused.headers.get('x-why')).toBe('a fault');
  expect(refused.body).toEqual({ category: 'limit', code: 'conference-max-members', message: 'No.', details: [] });
  expect(existing()).toBe(0);
  expect((await create()).status).toBe(201);
});

test('answer: what is left open is filled in as the error table has it', async () => {
  stage.sandbox.faults.add({ answer: { status: 503 } });
  expect((await create()).body).toEqual({
    category: 'unavailable',
    code: 'gateway-unavailable',
    message: 'The sandbox was told to answer 503.',
    details: [],
  });
});

test('answer: an error may be called something else than JSON, as one of a proxy is', async () => {
  stage.sandbox.faults.add({ answer: { status: 502, headers: { 'content-type': 'text/html' } } });
  const { status, headers, body } = await create();
  expect([status, headers.get('content-type')]).toEqual([502, 'text/html']);
  expect(body['message']).toBe('The sandbox was told to answer 502.');
});

test('answer: a success that did nothing', async () => {
  stage.sandbox.faults.add({ answer: { status: 201 } });
  const { status, headers, body } = await create();
  expect([status, headers.get('location'), body]).toEqual([201, null, {}]);
  expect(existing()).toBe(0);
});

test('delay: the work is done late', async () => {
  stage.sandbox.faults.add({ on: onCreate, delay: 4_000 });
  const answer = create();
  await until('the fault has struck', () => stage.sandbox.faults.list()[0]?.hits === 1);
  await stage.pass(3_999);
  expect(existing()).toBe(0);
  await stage.pass(1);
  expect((await answer).status).toBe(201);
  expect(existing()).toBe(1);
});

test('drop before: the connection breaks, and nothing was done', async () => {
  stage.sandbox.faults.add({ on: onCreate, drop: 'before', times: 1 });
  await expect(create()).rejects.toThrow('fetch failed');
  expect(existing()).toBe(0);
  expect((await create()).status).toBe(201);
});

test('drop after: the connection breaks, but the work is done', async () => {
  stage.sandbox.faults.add({ on: onCreate, drop: 'after', times: 1 });
  await expect(create()).rejects.toThrow('fetch failed');
  expect(existing()).toBe(1);
  expect((await create()).status).toBe(201);
});

test('rateLimit: 429 with the time from when on to try again', async () => {
  stage.sandbox.faults.add({ rateLimit: 2_500 });
  const { status, headers, body } = await create();
  expect([status, body['code']]).toEqual([429, 'rate-limit-reached']);
  expect(headers.get('x-ratelimit-reset')).toBe(String(stage.clock.now() + 2_500));
});

test('a fault strikes its own route and method only, and the example path of the documentation as a create', async () => {
  const conferenceId = await stage.create();
  stage.sandbox.faults.add({ on: onCreate, answer: { status: 500 } });
  stage.sandbox.faults.add({
    on: { method: 'POST', route: '/conferences/:conferenceId' },
    answer: { status: 409, code: 'conference-update-conflict' },
  });
  expect((await stage.ask('GET', paths.conference(conferenceId))).status).toBe(200);
  expect((await stage.ask('GET', paths.members(conferenceId))).status).toBe(200);
  expect(await stage.change(conferenceId, { tag: 'x' })).toEqual([409, 'conference-update-conflict']);
  expect((await create()).status).toBe(500);
  expect((await stage.ask('POST', '/v1/users/u-platform', { from: FROM })).status).toBe(500);
});

test('a fault holds for so many requests; all faults can be ended at once', async () => {
  const statuses = async (requests: number) => {
    const all: number[] = [];
    for (let request = 0; request < requests; request += 1) all.push((await create()).status);
    return all;
  };
  stage.sandbox.faults.add({ times: 2, answer: { status: 503 } });
  stage.sandbox.faults.add({ times: 1, answer: { status: 500 } });
  expect(await statuses(4)).toEqual([503, 503, 500, 201]);
  expect(stage.sandbox.faults.list()).toEqual([]);
  stage.sandbox.faults.add({ answer: { status: 503 } });
  expect(await statuses(1)).toEqual([503]);
  stage.sandbox.faults.endAll();
  expect(await statuses(1)).toEqual([201]);
});

test('nobody without credentials meets a fault, nor do the controls', async () => {
  stage.sandbox.faults.add({ answer: { status: 503 } });
  expect((await fetch(stage.url + paths.conferences, { method: 'POST' })).status).toBe(401);
  expect((await stage.ask('GET', '/sandbox/conferences')).status).toBe(200);
});

test('delay: a request that is held up goes on when all faults are ended', async () => {
  stage.sandbox.faults.add({ on: onCreate, delay: 3_600_000 });
  const created = create();
  await until('the fault has struck', () => stage.sandbox.faults.list()[0]?.hits === 1);
  stage.sandbox.faults.endAll();
  expect((await created).status).toBe(201);
});
