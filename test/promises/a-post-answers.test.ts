import { describe, expect } from '@jest/globals';
import { conferencePath, conferencesPath } from '../../src/catapult/paths.ts';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import { USER, workflowOf, type House } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';

const FROM = { from: '+19195551234' };
const CREATE = conferencesPath(USER);

/** Happens to all of the platform's create calls, unless `times` says how many. */
const strike = (house: House, fault: RequestFault) =>
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, ...fault });

describe('a create call is answered', () => {
  inHouse('201 with an empty body and an absolute Location, once the platform has the conference', async (house) => {
    const answer = await house.call('POST', CREATE, FROM);
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe('');
    const location = answer.headers.get('location') ?? '';
    expect(location).toMatch(new RegExp(`^${house.url}${CREATE}/conf-[a-z2-7]{26}$`));
    const read = await house.call('GET', new URL(location).pathname);
    expect(read.status).toBe(200);
    expect(read.headers.get('content-type')).toContain('application/json');
    expect(await read.json()).toMatchObject({ ...FROM, state: 'created', activeMembers: 0, callbackTimeout: 10_000 });
    expect(house.sandbox.platform.list()).toHaveLength(1);
  });

  inHouse("with the platform's own refusal: status, category, code and message", async (house) => {
    const refusal = { category: 'authorization', code: 'number-access-denied', message: 'The number is not yours.' };
    strike(house, { answer: { status: 401, ...refusal } });
    const answer = await house.call('POST', CREATE, { ...FROM, callbackUrl: house.customer.url('/callback') });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ ...refusal, details: [{ name: 'userId', value: USER }] });
    expect(house.sandbox.platform.list()).toEqual([]);
    expect(house.customer.received).toEqual([]);
  });

  inHouse.concurrent(
    '202 with the Location when the platform takes longer than 10 s, and the conference comes',
    async (house) => {
      strike(house, { answer: { status: 503 }, times: 6 });
      const answer = await house.call('POST', CREATE, { ...FROM, callbackUrl: house.customer.url('/callback') });
      expect(answer.status).toBe(202);
      const path = new URL(answer.headers.get('location') ?? '').pathname;
      expect(await (await house.call('GET', path)).json()).toMatchObject({ phase: 'creating', state: 'created' });
      const [created] = await house.customer.until('/callback', 1, 30_000);
      expect(created?.body).toMatchObject({ status: 'created' });
      expect(await (await house.call('GET', path)).json()).toMatchObject({ phase: 'created' });
    },
  );

  inHouse.concurrent(
    '202 with the Location when no worker runs to go on, and the conference comes when one does',
    async (house) => {
      strike(house, { answer: { status: 503 }, times: 1 });
      const answer = await house.call('POST', CREATE, { ...FROM, callbackUrl: house.customer.url('/callback') });
      expect(answer.status).toBe(202);
      await house.startWorker();
      const [created] = await house.customer.until('/callback', 1);
      expect(answer.headers.get('location')).toBe(created?.body['conferenceUri']);
    },
    { worker: false },
  );
});

describe('with an Idempotency-Key', () => {
  const key = { 'idempotency-key': 'order-4711' };

  inHouse('the same request again is the same conference, also at once and after its end', async (house) => {
    const answers = await Promise.all([1, 2, 3].map(() => house.call('POST', CREATE, FROM, key)));
    const location = answers[0]?.headers.get('location') ?? '';
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ headers }) => headers.get('location')))).toEqual(new Set([location]));

    const id = location.split('/').pop() ?? '';
    await house.call('POST', conferencePath(USER, id), { state: 'completed' });
    await workflowOf(house, id).result();
    const late = await house.call('POST', CREATE, { ...FROM, callbackTimeout: '10000' }, key);
    expect([late.status, late.headers.get('location')]).toEqual([201, location]);
    expect(house.sandbox.platform.list()).toHaveLength(1);
  });

  inHouse(
    'a scheduled conference is answered as it was at first, though it has been cancelled since',
    async (house) => {
      const later = { ...FROM, startAt: new Date(Date.now() + 3_600_000).toISOString() };
      const headers = { 'idempotency-key': 'order-4713' };
      const first = await house.call('POST', CREATE, later, headers);
      const id = first.headers.get('location')?.split('/').pop() ?? '';
      await house.call('POST', conferencePath(USER, id), { state: 'completed' });
      await workflowOf(house, id).result();
      const again = await house.call('POST', CREATE, later, headers);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.headers.get('location')).toBe(first.headers.get('location'));
    },
  );

  inHouse('a refusal is repeated too', async (house) => {
    const refusal = { code: 'conference-error', message: 'no' };
    strike(house, { answer: { status: 403, ...refusal }, times: 1 });
    const details = [{ name: 'userId', value: USER }];
    for (let turn = 0; turn < 2; turn++) {
      const answer = await house.call('POST', CREATE, FROM, { 'idempotency-key': 'refused-once' });
      expect([answer.status, await answer.json()]).toEqual([403, { category: 'forbidden', ...refusal, details }]);
    }
  });

  inHouse('another request is a conflict', async (house) => {
    await house.call('POST', CREATE, FROM, { 'idempotency-key': 'order-4712' });
    const answer = await house.call('POST', CREATE, { from: '+19195550000' }, { 'idempotency-key': 'order-4712' });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ category: 'conflict', code: 'duplicate-conference' });
  });
});

describe('a change is answered', () => {
  inHouse('200 when the platform has confirmed the end, and again when it is repeated', async (house) => {
    const path = conferencePath(USER, await house.create());
    for (let turn = 0; turn < 2; turn++) {
      expect((await house.call('POST', path, { state: 'completed' })).status).toBe(200);
      expect(await (await house.call('GET', path)).json()).toMatchObject({ state: 'completed' });
    }
  });

  inHouse('403 conference-error when the conference is over', async (house) => {
    const id = await house.create();
    await house.call('POST', conferencePath(USER, id), { state: 'completed' });
    await workflowOf(house, id).result();
    const answer = await house.call('POST', conferencePath(USER, id), { tag: 'late' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ category: 'forbidden', code: 'conference-error' });
  });

  inHouse.concurrent(
    '202 when the end is not confirmed within 10 s; the conference ends all the same',
    async (house) => {
      const id = await house.create();
      strike(house, { on: { route: '/conferences/:conferenceId' }, answer: { status: 503 } });
      expect((await house.call('POST', conferencePath(USER, id), { state: 'completed' })).status).toBe(202);
      expect(await (await house.call('GET', conferencePath(USER, id))).json()).toMatchObject({ phase: 'ending' });
      house.sandbox.faults.endAll();
      await workflowOf(house, id).result();
      expect(house.sandbox.platform.list().map(({ state }) => state)).toEqual(['completed']);
    },
  );
});
