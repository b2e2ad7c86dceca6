import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Bandwidth from 'node-bandwidth';
import { openHouse, USER, type House } from '../support/house.ts';
import { describeConvoke } from '../support/two-servers.ts';

const run = promisify(execFile);

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const withCallbacks = () => ({
  from: '+12345678901',
  callbackUrl: house.customer.url('/callback'),
  callbackTimeout: '2000',
  fallbackUrl: house.customer.url('/fallback'),
});

describeConvoke("curl: the page's examples", () => {
  const curl = async (path: string, body: object) => {
    const options = ['-s', '-i', '-X', 'POST', `${house.url}${path}`, '-u', 't-local:s-local'];
    const { stdout } = await run('curl', [
      ...options,
      '-H',
      'Content-type: application/json',
      '-d',
      JSON.stringify(body),
    ]);
    const [head = '', text] = stdout.split('\r\n\r\n');
    return { head, text, path: /^location: http:\/\/[^/]+(\/.*)$/im.exec(head)?.[1]?.trim() };
  };

  test.each([
    ['1: a conference call', '/conferences', () => ({ from: '+12345678901' }), 'interpret_digits'],
    ["2: with callback, 2 seconds callback's timeout, and fallback", '/', withCallbacks, 'interpret_digits'],
    ['3: … and profile', '/', () => ({ ...withCallbacks(), profile: 'passthru_digits' }), 'passthru_digits'],
  ])('example %s', async (_name, path, body, profile) => {
    const answer = await curl(`/v1/users/${USER}${path}`, body());
    expect(answer.head).toMatch(/^HTTP\/1\.1 201 Created/);
    expect(answer.text).toBe('');
    expect(answer.path).toMatch(/^\/v1\/users\/u-local\/conferences\/conf-[a-z2-7]{26}$/);
    const conference: unknown = await (await house.call('GET', answer.path ?? '')).json();
    const sent: { from: string; callbackTimeout?: string } = body();
    expect(conference).toMatchObject({ ...sent, profile, callbackTimeout: Number(sent.callbackTimeout ?? 10_000) });
  });

  test('the events of example 2 come over callbackUrl', async () => {
    const before = house.customer.at('/callback').length;
    await curl(`/v1/users/${USER}/`, withCallbacks());
    const received = await house.customer.until('/callback', before + 1);
    expect(received.at(-1)?.body).toMatchObject({ eventType: 'conference', status: 'created' });
  });
});

describeConvoke('node-bandwidth, unchanged', () => {
  const bandwidth = () =>
    new Bandwidth({ userId: USER, apiToken: 't-local', apiSecret: 's-local', baseUrl: house.url });

  test('creates, reads and ends a conference with promises', async () => {
    const { Conference } = bandwidth();
    const { id } = await Conference.create({ from: '+12345678901', callbackTimeout: 2000 });
    expect(await Conference.get(id)).toMatchObject({ id, state: 'created', callbackTimeout: 2000 });
    await Conference.update(id, { tag: 'renamed' });
    expect(await Conference.get(id)).toMatchObject({ tag: 'renamed' });
    await Conference.update(id, { state: 'completed' });
    expect(await Conference.get(id)).toMatchObject({ state: 'completed' });
  });

  test('creates a conference with a callback', async () => {
    const { Conference } = bandwidth();
    const conference = await new Promise<{ id: string }>((resolve, reject) => {
      void Conference.create({ from: '+12345678901', profile: 'passthru_digits' }, (error, created) => {
        if (error) reject(error);
        else resolve(created);
      });
    });
    expect(await Conference.get(conference.id)).toMatchObject({ profile: 'passthru_digits' });
  });

  test('gets errors as it knows them', async () => {
    const { Conference } = bandwidth();
    await expect(Conference.create({ from: 'nobody' })).rejects.toMatchObject({ statusCode: 400 });
    await expect(Conference.get('conf-unknown')).rejects.toThrow(/conf-unknown/);
  });
});
