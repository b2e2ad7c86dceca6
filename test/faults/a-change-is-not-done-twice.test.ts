import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { callsPath, conferencePath } from '../../src/catapult/paths.ts';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

/*
 * Dialling, adding a member and playing are asked of the platform at most once: when its answer is lost, the event that
 * they cause tells that they were done. All other changes are repeated until the platform has answered.
 */

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
afterEach(() => house.sandbox.faults.endAll());

const strike = (route: NonNullable<RequestFault['on']>['route'], fault: Omit<RequestFault, 'on'>) =>
  house.sandbox.faults.add({ on: { method: 'POST', route }, ...fault });

interface Try {
  status: number;
  location: string | null;
  message?: string;
  details?: unknown;
}

async function post(path: string, body: object, key?: string): Promise<Try> {
  const answer = await house.call('POST', path, body, key === undefined ? {} : { 'idempotency-key': key });
  const text = await answer.text();
  const { message, details } = text === '' ? {} : (JSON.parse(text) as Pick<Try, 'message' | 'details'>);
  const said = { ...(message !== undefined && { message }), ...(details !== undefined && { details }) };
  return { status: answer.status, location: answer.headers.get('location'), ...said };
}

async function conference() {
  const conferenceId = await house.create();
  const path = conferencePath(USER, conferenceId);
  const callIn = () => house.sandbox.platform.callIn().id;
  const there = () => house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(conferenceId));
  const dialled = () => house.sandbox.platform.calls().filter((call) => call.shown().conferenceId === there()?.id);
  return { conferenceId, path, callIn, there, dialled };
}

const ROUTES = {
  calls: '/calls',
  members: '/conferences/:conferenceId/members',
  member: '/conferences/:conferenceId/members/:memberId',
  audio: '/conferences/:conferenceId/audio',
  conference: '/conferences/:conferenceId',
} as const;

describe('when the platform has done it and its answer is lost, its event answers', () => {
  test('a dial-out, with the call’s id', async () => {
    const { conferenceId, dialled } = await conference();
    strike(ROUTES.calls, { drop: 'after', times: 1 });
    const answer = await post(callsPath(USER), { from: '+19195551234', to: '+19195550001', conferenceId });
    const [call, ...others] = dialled();
    expect(answer).toEqual({ status: 201, location: `${house.url}${callsPath(USER)}/${call?.id}` });
    expect(others).toEqual([]);
  });

  test('an added member, with the member’s id', async () => {
    const { path, callIn, there } = await conference();
    strike(ROUTES.members, { drop: 'after', times: 1 });
    const answer = await post(`${path}/members`, { callId: callIn(), joinTone: true });
    const [member, ...others] = there()?.members ?? [];
    expect(answer).toEqual({ status: 201, location: `${house.url}${path}/members/${member?.id}` });
    expect(others).toEqual([]);
    expect(await (await house.call('GET', `${path}/members/${member?.id}`)).json()).toMatchObject({ joinTone: true });
  });

  test('a sentence, by the event that carries its tag', async () => {
    const { path, callIn, there } = await conference();
    await post(`${path}/members`, { callId: callIn() });
    strike(ROUTES.audio, { drop: 'after', times: 1 });
    expect(await post(`${path}/audio`, { sentence: 'Hello', tag: 'greeting' })).toMatchObject({ status: 200 });
    await house.sandbox.platform.quiet();
    const spoken = there()?.callbacks.filter(({ event }) => event.eventType === 'conference-speak') ?? [];
    expect(spoken.filter(({ event }) => event.status === 'started')).toHaveLength(1);
  });
});

describe('when nothing shows that it was done', () => {
  test('the answer is 503 ‘outcome unknown’ after 5 s, and the platform is not asked again under that key', async () => {
    const { conferenceId, dialled } = await conference();
    strike(ROUTES.calls, { drop: 'before', times: 1 });
    const wanted = { from: '+19195551234', to: '+19195550002', conferenceId };
    const first = await post(callsPath(USER), wanted, 'dial-1');
    expect(first).toMatchObject({ status: 503, message: expect.stringContaining('outcome is unknown') as unknown });
    expect(first.details).toEqual([
      { name: 'userId', value: USER },
      { name: 'Idempotency-Key', value: 'dial-1' },
    ]);
    expect(await post(callsPath(USER), wanted, 'dial-1')).toMatchObject({ status: 503 });
    expect(dialled()).toEqual([]);
    expect(await post(callsPath(USER), wanted, 'dial-2')).toMatchObject({ status: 201 });
    expect(dialled()).toHaveLength(1);
  });

  test('an event that comes later answers whoever sends it again', async () => {
    const { conferenceId, dialled } = await conference();
    // The phone rings for longer than anybody waits for the answer.
    house.sandbox.platform.phone('+19195550003').answers({ after: 7_000 });
    strike(ROUTES.calls, { drop: 'after', times: 1 });
    const wanted = { from: '+19195551234', to: '+19195550003', conferenceId };
    expect(await post(callsPath(USER), wanted, 'dial-3')).toMatchObject({ status: 503 });
    await house.customer.until('/callback', house.customer.at('/callback').length + 1);
    const again = await post(callsPath(USER), wanted, 'dial-3');
    expect(again).toEqual({ status: 201, location: `${house.url}${callsPath(USER)}/${dialled()[0]?.id}` });
    expect(dialled()).toHaveLength(1);
  });
});

describe('a change that does no harm twice', () => {
  test('is repeated until the platform answers: 500, 429, a broken connection', async () => {
    const { path, there } = await conference();
    strike(ROUTES.conference, { answer: { status: 500 }, times: 1 });
    strike(ROUTES.conference, { rateLimit: 300, times: 1 });
    strike(ROUTES.conference, { drop: 'after', times: 1 });
    expect(await post(path, { mute: true })).toMatchObject({ status: 200 });
    expect(there()).toMatchObject({ mute: true });
  });

  test('gets the platform’s own error when that lasts', async () => {
    const { path } = await conference();
    strike(ROUTES.conference, { answer: { status: 503, code: 'call-unavailable', message: 'Come back later.' } });
    expect(await post(path, { mute: true, tag: 'x' })).toMatchObject({ status: 503, message: 'Come back later.' });
    expect(await (await house.call('GET', path)).json()).toMatchObject({ mute: false });
  });

  test('keeps its order while the platform is slow', async () => {
    const { path, there } = await conference();
    strike(ROUTES.conference, { delay: 1_000, times: 1 });
    const first = post(path, { mute: true });
    await until('the platform has the first', () => house.sandbox.faults.list().length === 0);
    const second = post(path, { mute: false });
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(200);
    expect(there()).toMatchObject({ mute: false });
    expect(await (await house.call('GET', path)).json()).toMatchObject({ mute: false });
  });
});

describe('an Idempotency-Key', () => {
  test('makes a repeated request get the first answer, also after the conference’s end', async () => {
    const { path, callIn, there } = await conference();
    const body = { callId: callIn() };
    const first = await post(`${path}/members`, body, 'member-1');
    expect(first.status).toBe(201);
    expect(await post(`${path}/members`, body, 'member-1')).toEqual(first);
    expect(there()?.members).toHaveLength(1);
    await post(path, { state: 'completed' });
    expect(await post(`${path}/members`, body, 'member-1')).toEqual(first);
    expect(await post(`${path}/members`, body, 'member-2')).toMatchObject({ status: 403 });
  });

  test('is refused for another change', async () => {
    const { path } = await conference();
    expect(await post(path, { mute: true }, 'change-1')).toMatchObject({ status: 200 });
    expect(await post(path, { mute: false }, 'change-1')).toMatchObject({ status: 409 });
    expect(await (await house.call('GET', path)).json()).toMatchObject({ mute: true });
  });

  test('lets two requests at once be one', async () => {
    const { path, callIn, there } = await conference();
    strike(ROUTES.members, { delay: 500, times: 1 });
    const body = { callId: callIn() };
    const answers = await Promise.all([1, 2].map(() => post(`${path}/members`, body, 'member-3')));
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(201);
    expect(there()?.members).toHaveLength(1);
  });
});

describe('what the platform refuses', () => {
  test('is answered with its status, code and message, and with the conference’s own id', async () => {
    const { path, conferenceId, there } = await conference();
    strike(ROUTES.conference, { answer: { status: 409, code: 'x-conflict', message: `${there()?.id} is busy` } });
    const answer = await house.call('POST', path, { hold: true });
    expect([answer.status, await answer.json()]).toMatchObject([
      409,
      { code: 'x-conflict', message: `${conferenceId} is busy` },
    ]);
  });

  test('as too many requests carries the time to try again', async () => {
    const { path } = await conference();
    strike(ROUTES.audio, { rateLimit: 60_000 });
    const answer = await house.call('POST', `${path}/audio`, { sentence: 'x' });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now());
  });
});
