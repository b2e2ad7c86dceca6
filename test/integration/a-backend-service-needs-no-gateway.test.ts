import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CatapultError } from '../../src/catapult/errors.ts';
import { ConferenceClient, connectToTemporal, type ConferenceIds } from '../../src/client/index.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

let house: House;
let service: ConferenceClient;
beforeAll(async () => {
  house = await openHouse();
  ({ service } = house);
});
afterAll(() => house.close());

const from = '+19195551234';
const open = (fields: object = {}) =>
  service.create(USER, { from, callbackUrl: house.customer.url('/client'), ...fields });

/** What a call is refused with: by its code, as a service tells errors apart. */
async function refusalOf(call: Promise<unknown>): Promise<CatapultError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  if (!(error instanceof CatapultError)) throw new Error(`was answered ${JSON.stringify(error)}`);
  expect(error.advice).toMatch(/\.$/);
  return error;
}

describe('a service with a connection to Temporal', () => {
  test('creates, dials, speaks, changes and ends, and reads what came of it', async () => {
    const tag = randomUUID();
    const conference = await open({ tag });
    expect(conference).toEqual({
      userId: USER,
      conferenceId: expect.stringMatching(/^conf-/) as unknown,
      outcome: 'created',
    });
    const { callId } = await service.dial(conference, { from, to: '+19195550001' });
    const active = await service.waitFor(conference, 'active', { signal: AbortSignal.timeout(30_000) });
    expect(active).toMatchObject({ id: conference.conferenceId, phase: 'active' });
    const [member] = await service.members(conference);
    expect(member).toMatchObject({ state: 'active', callId });
    const ids = { ...conference, memberId: member?.id ?? '' };
    expect(await service.changeMember(ids, { mute: true })).toEqual({ outcome: 'done' });
    expect(await service.member(ids)).toMatchObject({ mute: true });
    expect(await service.speak(conference, { sentence: 'Welcome.', voice: 'Kate' })).toEqual({ outcome: 'done' });
    expect(await service.play(ids, { fileUrl: 'https://example.com/a.wav' })).toEqual({ outcome: 'done' });
    expect(await service.change(conference, { tag: `${tag}-2` })).toEqual({ outcome: 'done' });
    await until('the list shows the new tag', async () => {
      const found = [];
      for await (const { id } of service.list(USER, { tag: `${tag}-2`, from })) found.push(id);
      return found.join() === conference.conferenceId;
    });
    await service.end(conference);
    const ended = await service.waitFor(conference, 'completed', { signal: AbortSignal.timeout(30_000) });
    expect(ended).toMatchObject({ phase: 'completed', state: 'completed', reason: 'ended-via-api' });
    const { events } = await service.eventsPage(conference, { size: 1 });
    await service.redeliver(conference, events[0]?.id ?? '');
    expect((await refusalOf(service.redeliver(conference, 'evt-x'))).code).toBe('resource-not-found');
  });

  test('asks again under a key and gets the first answer; another request under it is refused', async () => {
    const idempotencyKey = randomUUID();
    const first = await service.create(USER, { from }, { idempotencyKey });
    expect(await service.create(USER, { from }, { idempotencyKey })).toEqual(first);
    const other = await refusalOf(service.create(USER, { from, tag: 'x' }, { idempotencyKey }));
    expect([other.code, other.status]).toEqual(['duplicate-conference', 409]);
    const to = '+19195550002';
    const dialled = await service.dial(first, { from, to }, { idempotencyKey });
    expect(await service.dial(first, { from, to }, { idempotencyKey })).toEqual(dialled);
    expect((await refusalOf(service.end(first, { idempotencyKey }))).code).toBe('conference-update-conflict');
    await service.end(first);
  });

  const nobody: ConferenceIds = { userId: USER, conferenceId: `conf-${'a'.repeat(26)}` };
  const calls: [string, (ids: ConferenceIds) => Promise<unknown>][] = [
    ['get', (ids) => service.get(ids)],
    ['members', (ids) => service.members(ids)],
    ['member', (ids) => service.member({ ...ids, memberId: 'm' })],
    ['change', (ids) => service.change(ids, { tag: 'x' })],
    ['end', (ids) => service.end(ids)],
    ['changeMember', (ids) => service.changeMember({ ...ids, memberId: 'm' }, { mute: true })],
    ['addMember', (ids) => service.addMember(ids, { callId: 'c' })],
    ['dial', (ids) => service.dial(ids, { from, to: '+19195550001' })],
    ['play', (ids) => service.play(ids, { fileUrl: 'https://example.com/a.wav' })],
    ['speak', (ids) => service.speak(ids, { sentence: 'x' })],
    ['eventsPage', (ids) => service.eventsPage(ids)],
    ['events', (ids) => service.events(ids).next()],
    ['waitFor', (ids) => service.waitFor(ids, 'active')],
  ];

  test.each(calls)('%s of a conference that there is not is a typed 404', async (_name, call) => {
    for (const ids of [nobody, { ...nobody, conferenceId: "x' OR 1=1" }]) {
      const error = await refusalOf(call(ids));
      expect([error.code, error.status]).toEqual(['conference-not-found', 404]);
    }
  });

  test.each(calls)(
    '%s for an account that is not known is a typed 401, before Temporal is asked',
    async (_name, call) => {
      const error = await refusalOf(call({ ...nobody, userId: 'u-stranger' }));
      expect([error.code, error.status]).toEqual(['user-access-denied', 401]);
    },
  );

  test('no conference is opened or listed for an account that is not known', async () => {
    expect((await refusalOf(service.create('u-stranger', { from }))).code).toBe('user-access-denied');
    expect((await refusalOf(service.list('u-stranger').next())).code).toBe('user-access-denied');
    const call = service.redeliverDead('u-stranger', { from: 0, to: 1 });
    expect((await refusalOf(call)).code).toBe('user-access-denied');
  });

  test('fields and options that are wrong are named', async () => {
    const wrong = await refusalOf(service.create(USER, { from: '5551234', tag: 'x' }));
    expect(wrong).toMatchObject({
      code: 'validation-error',
      status: 400,
      details: [{ name: 'from', value: '"5551234"' }],
    });
    expect((await refusalOf(service.create(USER, { from, callbackUrl: 'ftp://x' }))).code).toBe('callback-invalid-url');
    for (const timeoutMs of [0, -1, 1.5, 10_001, Infinity])
      expect((await refusalOf(service.get(nobody, { timeoutMs }))).message).toMatch('timeoutMs: got');
    expect((await refusalOf(service.create(USER, { from }, { idempotencyKey: 'a b' }))).code).toBe('validation-error');
  });

  test('a member of a conference that has ended is refused by code and status', async () => {
    const conference = await open();
    await service.end(conference);
    await service.waitFor(conference, 'completed');
    const refused = await refusalOf(service.dial(conference, { from, to: '+19195550001' }));
    expect([refused.code, refused.status]).toEqual(['conference-error', 403]);
  });

  test('waitFor tells of a conference that can reach the phase no more', async () => {
    const conference = await open();
    const waiting = service.waitFor(conference, 'active');
    await workflowOf(house, conference.conferenceId).terminate('a test');
    expect(await waiting).toMatchObject({ phase: 'terminated' });
  });
});

describe('waiting ends', () => {
  test('with the signal, at once and with its reason, whatever is waited for', async () => {
    const conference = await open();
    const reason = new Error('the request is over');
    const calls = [
      (signal: AbortSignal) => service.waitFor(conference, 'active', { signal }),
      async (signal: AbortSignal) => {
        for await (const { sequence } of service.events(conference, { signal })) expect(sequence).toBeGreaterThan(0);
      },
    ];
    for (const call of calls) {
      const controller = new AbortController();
      const over = call(controller.signal).catch((error: unknown) => error);
      controller.abort(reason);
      expect(await over).toBe(reason);
      expect(await call(AbortSignal.abort(reason)).catch((error: unknown) => error)).toBe(reason);
    }
    for (const call of [
      service.get(conference, { signal: AbortSignal.abort(reason) }),
      service.change(conference, { tag: 'x' }, { signal: AbortSignal.abort(reason) }),
      service.create(USER, { from }, { signal: AbortSignal.abort(reason) }),
    ])
      expect(await call.catch((error: unknown) => error)).toBe(reason);
    await service.end(conference);
  });

  test('with the time-out, without a worker: a create is pending, a change and a read are a 503 that says why', async () => {
    const away = await openHouse({ worker: false });
    try {
      const conference = await away.service.create(USER, { from }, { timeoutMs: 500 });
      expect(conference.outcome).toBe('pending');
      for (const call of [
        away.service.get(conference, { timeoutMs: 500 }),
        away.service.change(conference, { tag: 'x' }, { timeoutMs: 500 }),
      ]) {
        const error = await refusalOf(call);
        expect([error.code, error.status]).toEqual(['gateway-unavailable', 503]);
      }
      const waiting = away.service.waitFor(conference, 'created', { signal: AbortSignal.timeout(60_000) });
      await away.startWorker();
      expect(await waiting).toMatchObject({ phase: 'created' });
      await away.service.end(conference);
    } finally {
      await away.close();
    }
  });

  test('with the time-out, without Temporal: a create says where the conference may be', async () => {
    const { client, close } = connectToTemporal({ address: '127.0.0.1:1' }, 'default');
    const alone = new ConferenceClient(client, { accounts: new Set([USER]) });
    const error = await refusalOf(alone.create(USER, { from }, { timeoutMs: 700 }));
    expect([error.code, error.status]).toEqual(['gateway-unavailable', 503]);
    expect(error.headers['location']).toMatch(/^\/v1\/users\/u-local\/conferences\/conf-/);
    await close();
  });
});
