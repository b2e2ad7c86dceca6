import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { openStage, paths, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test('it refuses connections for a while, the controls too, and then goes on as before', async () => {
  const conferenceId = await stage.create();
  expect(await stage.ask('POST', '/sandbox/faults', { refuseFor: 3_000 })).toMatchObject({ status: 201 });
  const get = () => stage.ask('GET', paths.conference(conferenceId));
  await expect(get()).rejects.toThrow('fetch failed');
  await expect(stage.ask('GET', '/sandbox/faults')).rejects.toThrow('fetch failed');
  await stage.pass(2_999);
  await expect(get()).rejects.toThrow('fetch failed');
  await stage.pass(1);
  expect((await get()).status).toBe(200);
});

test('refusing breaks the connections that there are; a test opens the doors again', async () => {
  const socket = connect(Number(new URL(stage.url).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  // Only a connection that has been used is one of the server's.
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  const broken = new Promise((resolve) => socket.once('close', resolve));
  stage.sandbox.doors.refuseFor(60_000);
  await broken;
  await expect(stage.ask('GET', '/healthz')).rejects.toThrow('fetch failed');
  stage.sandbox.doors.refuseFor(0);
  expect((await stage.ask('GET', '/healthz')).status).toBe(200);
});

test('it forgets conferences, members, calls, and what was about to happen; phones and faults stay', async () => {
  const conferenceId = await stage.create();
  const { callId } = await stage.join(conferenceId);
  await stage.dial(conferenceId);
  await stage.pass(0);
  stage.sandbox.faults.add({ callbacks: 'lose', event: 'nothing' });
  stage.sandbox.platform.phone('+19195550009').soundsBusy();
  expect((await stage.ask('POST', '/sandbox/faults', { forget: true })).status).toBe(201);

  expect((await stage.ask('GET', paths.conference(conferenceId))).body['code']).toBe('conference-not-found');
  expect(stage.sandbox.platform.call(callId)).toBeUndefined();
  expect(stage.sandbox.platform.list()).toEqual([]);
  expect(stage.sandbox.platform.calls()).toEqual([]);
  await stage.pass(60_000);
  expect(stage.told('/call')).toEqual([]);
  expect(stage.told('/conference')).toEqual(['conference created', 'conference-member active']);
  expect(stage.sandbox.faults.list()).toHaveLength(1);
  expect(stage.sandbox.platform.phones.list()[0]).toMatchObject({ number: '+19195550009', answers: 'busy' });
});

test('it forgets callbacks that wait behind one under way', async () => {
  let answerIt: () => void = () => undefined;
  stage.customer.answer('/conference', (response) => {
    answerIt = () => response.end();
  });
  await stage.join(await stage.create());
  await stage.customer.until('/conference', 1);
  stage.sandbox.platform.forget();
  answerIt();
  // By the time that another one's callback is through, the one behind would have been sent.
  await stage.create({ callbackUrl: stage.customer.url('/other') });
  await stage.pass(0);
  expect(stage.told('/other')).toEqual(['conference created']);
  expect(stage.told('/conference')).toEqual(['conference created']);
});

test('it forgets callbacks that a fault holds back', async () => {
  stage.sandbox.faults.add({ callbacks: 'delay', delay: 5_000 });
  await stage.create();
  stage.sandbox.platform.forget();
  await stage.pass(10_000);
  expect(stage.told('/conference')).toEqual([]);
});
