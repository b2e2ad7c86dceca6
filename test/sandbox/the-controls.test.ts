import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FROM, openStage, paths, SOMEBODY, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test('phones: set, listed before the numbers that need no set-up, and deleted', async () => {
  const put = await stage.ask('PUT', '/sandbox/phones/+19195550001', { answers: 'yes', hangsUpAfter: 50, times: 2 });
  const set = { number: '+19195550001', answers: 'yes', after: 300, hangsUpAfter: 50, times: 2 };
  expect(put).toMatchObject({ status: 200, body: set });
  const conferenceId = await stage.create();
  await stage.dial(conferenceId, '+19195550001');
  const { body: phones } = await stage.ask('GET', '/sandbox/phones');
  expect(phones).toHaveLength(7);
  expect(phones).toMatchObject([
    { ...set, times: 1 },
    { number: '+15550001001', does: 'is busy', answers: 'busy' },
    ...Array<object>(5).fill({}),
  ]);
  expect((await stage.ask('DELETE', '/sandbox/phones/+19195550001')).status).toBe(204);
  expect((await stage.ask('GET', '/sandbox/phones')).body).toHaveLength(6);
});

test('phones: a number that needs no set-up does what is set, until that is deleted', async () => {
  await stage.ask('PUT', '/sandbox/phones/+15550001001', { answers: 'yes' });
  const { body: phones } = await stage.ask('GET', '/sandbox/phones');
  expect(phones).toHaveLength(6);
  expect(phones).toMatchObject([{ number: '+15550001001', answers: 'yes' }, ...Array<object>(5).fill({})]);
  const conferenceId = await stage.create();
  await stage.dial(conferenceId, '+15550001001');
  await stage.pass(300);
  await stage.ask('DELETE', '/sandbox/phones/+15550001001');
  await stage.dial(conferenceId, '+15550001001');
  await stage.pass(300);
  expect(stage.told('/call')).toEqual(['answer', 'hangup']);
});

test('calls: made from outside, listed, keys pressed, hung up', async () => {
  const { status, body } = await stage.ask('POST', '/sandbox/calls', { from: SOMEBODY });
  expect(status).toBe(201);
  const callId = String(body['callId']);
  expect(callId).toMatch(/^c-/);
  const conferenceId = await stage.create();
  await stage.ask('POST', paths.members(conferenceId), { callId });
  const dialled = await stage.dial(conferenceId);
  const { body: calls } = await stage.ask('GET', '/sandbox/calls');
  expect(calls).toMatchObject([
    { callId, direction: 'in', from: SOMEBODY, state: 'active', conferenceId },
    { callId: dialled, direction: 'out', from: FROM, to: SOMEBODY, state: 'ringing', conferenceId },
  ]);
  expect((await stage.ask('POST', `/sandbox/calls/${callId}`, { digits: '0' })).status).toBe(200);
  expect(stage.sandbox.platform.list()[0]?.members).toMatchObject([{ mute: true }]);

  await stage.ask('POST', `/sandbox/calls/${dialled}`, { state: 'completed' });
  const hungUp = await stage.ask('POST', `/sandbox/calls/${callId}`, { state: 'completed' });
  expect(hungUp.body).toMatchObject({ state: 'completed', cause: 'NORMAL_CLEARING' });
  expect(hungUp.body).not.toHaveProperty('memberId');
  expect(stage.sandbox.platform.list()[0]?.state).toBe('completed');
  expect(stage.sandbox.platform.call(dialled)?.cause).toBe('CALL_REJECTED');
});

test('callbacks: how many are still to be sent', async () => {
  stage.sandbox.faults.add({ callbacks: 'delay', delay: 1_000 });
  await stage.create();
  expect((await stage.ask('GET', '/sandbox/callbacks')).body).toEqual({ waiting: 1 });
  await stage.pass(1_000);
  expect((await stage.ask('GET', '/sandbox/callbacks')).body).toEqual({ waiting: 0 });
});

test('conferences: all that exists, with members, and callbacks with their attempts', async () => {
  const conferenceId = await stage.create({ tag: 'weekly' });
  const { callId, memberId } = await stage.join(conferenceId);
  await stage.pass(0);
  expect((await stage.ask('GET', '/sandbox/conferences')).body).toMatchObject([
    {
      id: conferenceId,
      state: 'active',
      activeMembers: 1,
      tag: 'weekly',
      members: [{ id: memberId, callId, state: 'active' }],
      callbacks: [
        { event: { eventType: 'conference', status: 'created' }, attempts: [{ url: 'callbackUrl', ok: true }] },
        { event: { eventType: 'conference-member', memberId }, attempts: [{ result: '200' }] },
      ],
    },
  ]);
});

test('calls: what was sent to a call’s own callbackUrl is listed with it', async () => {
  await stage.dial(await stage.create());
  await stage.pass(300);
  expect((await stage.ask('GET', '/sandbox/calls')).body).toMatchObject([
    { callbacks: [{ event: { eventType: 'answer' }, attempts: [{ ok: true }] }] },
  ]);
});

test('faults: added with their seed, listed with their hits, ended', async () => {
  const fault = { on: { method: 'GET' }, answer: { status: 503 }, seed: 4_294_967_295 };
  const added = await stage.ask('POST', '/sandbox/faults', fault);
  expect(added).toMatchObject({ status: 201, body: { ...fault, hits: 0 } });
  await stage.ask('POST', '/sandbox/faults', { callbacks: 'delay' });
  await stage.ask('GET', paths.conference('conf-x'));
  const { body: faults } = await stage.ask('GET', '/sandbox/faults');
  expect(faults).toMatchObject([
    { ...fault, hits: 1 },
    { callbacks: 'delay', hits: 0 },
  ]);
  expect((await stage.ask('DELETE', '/sandbox/faults')).status).toBe(204);
  expect((await stage.ask('GET', '/sandbox/faults')).body).toEqual([]);
});

test('settings: what is given changes, the rest stays', async () => {
  const changed = await stage.ask('POST', '/sandbox/settings', { fileDuration: 500 });
  const settings = { conferenceRateLimit: false, callRateLimit: false, fileDuration: 500, characterDuration: 60 };
  expect(changed).toMatchObject({ status: 200, body: settings });
  expect((await stage.ask('GET', '/sandbox/settings')).body).toEqual(settings);
});

const wrong: [string, string, object, RegExp][] = [
  ['PUT', '/sandbox/phones/12', {}, /^number: got "12", wants an E.164/],
  ['PUT', '/sandbox/phones/+19195550001', { answers: 'maybe' }, /^answers: got "maybe", wants "yes", "busy"/],
  ['PUT', '/sandbox/phones/+19195550001', { after: -1, times: 0 }, /^after: got -1.*; times: got 0/],
  [
    'PUT',
    '/sandbox/phones/+19195550001',
    { hangsUpAfter: '5' },
    /^hangsUpAfter: got "5", wants a whole number of milliseconds/,
  ],
  ['POST', '/sandbox/calls', { from: 'me' }, /^from: got "me"/],
  ['POST', '/sandbox/calls/CALL', {}, /^digits: got nothing/],
  ['POST', '/sandbox/calls/CALL', { digits: '12a' }, /^digits: got "12a", wants keys/],
  ['POST', '/sandbox/calls/CALL', { state: 'active' }, /^state: got "active"/],
  ['POST', '/sandbox/faults', {}, /^answer: got nothing, wants one effect/],
  ['POST', '/sandbox/faults', { drop: 'after', delay: 5 }, /wants one effect/],
  ['POST', '/sandbox/faults', { drop: 'never' }, /^drop: got "never"/],
  ['POST', '/sandbox/faults', { answer: { status: 99 } }, /^answer.status: got 99, wants a status/],
  [
    'POST',
    '/sandbox/faults',
    { answer: { status: 400, headers: { 'a b': 'c' } } },
    /^answer.headers.a b: got .*, wants headers/,
  ],
  [
    'POST',
    '/sandbox/faults',
    { on: { route: '/nowhere' }, delay: 5 },
    /^on.route: got .*, wants a route of \/conferences, /,
  ],
  ['POST', '/sandbox/faults', { probability: 2, delay: 5 }, /^probability: got 2/],
  ['POST', '/sandbox/faults', { seed: 1.5, delay: 5 }, /^seed: got 1.5/],
  ['POST', '/sandbox/faults', { callbacks: 'eat' }, /^callbacks: got "eat"/],
  ['POST', '/sandbox/faults', { refuseFor: 'ever' }, /^refuseFor: got "ever"/],
  ['POST', '/sandbox/faults', { forget: 'you' }, /^forget: got "you", wants true/],
  [
    'POST',
    '/sandbox/faults',
    { drop: 'after', tims: 1 },
    /^body: got {"drop":"after","tims":1}, wants no field tims\.$/,
  ],
  [
    'POST',
    '/sandbox/faults',
    { drop: 'after', on: { methd: 'GET' } },
    /^on: got {"methd":"GET"}, wants no field methd/,
  ],
  ['POST', '/sandbox/faults', { answer: { status: 503, body: '' } }, /^answer: got .*, wants no field body/],
  [
    'POST',
    '/sandbox/faults',
    { answer: { status: 503, headers: { x: 'a\n' } } },
    /^answer.headers.x: got .*, wants headers whose/,
  ],
  ['POST', '/sandbox/faults', { callbacks: 'lose', drop: 'after' }, /wants no field drop/],
  ['POST', '/sandbox/faults', { refuseFor: 1, forget: true }, /wants no field forget/],
  ['POST', '/sandbox/faults', { forget: true, times: 1 }, /wants no field times/],
  ['PUT', '/sandbox/phones/+19195550001', { afer: 5 }, /wants no field afer/],
  ['POST', '/sandbox/calls', { form: '+19195550004' }, /wants no field form/],
  ['POST', '/sandbox/calls/CALL', { state: 'completed', digit: '1' }, /wants no field digit/],
  ['POST', '/sandbox/settings', { fileDuraton: 5 }, /wants no field fileDuraton/],
  ['POST', '/sandbox/settings', { fileDuration: '1 s' }, /^fileDuration: got "1 s"/],
];

test.each(wrong)('%s %s with %j is a 400 that says what is wrong', async (method, path, body, message) => {
  const { id } = stage.sandbox.platform.callIn();
  const answer = await stage.ask(method, path.replace('CALL', id), body);
  expect(answer).toMatchObject({ status: 400, body: { category: 'bad-request', code: 'validation-error' } });
  expect(answer.body['message']).toMatch(message);
  expect(stage.sandbox.faults.list()).toEqual([]);
});

test('a call that is not there, and keys of one that is over, are refused in the wire’s shape', async () => {
  expect(await stage.ask('POST', '/sandbox/calls/c-x', { digits: '1' })).toMatchObject({
    status: 404,
    body: { code: 'resource-not-found' },
  });
  const call = stage.sandbox.platform.callIn();
  call.hangUp();
  expect(await stage.ask('POST', `/sandbox/calls/${call.id}`, { digits: '1' })).toMatchObject({
    status: 403,
    body: { code: 'call-id-not-found' },
  });
});
