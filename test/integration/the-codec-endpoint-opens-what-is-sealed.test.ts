import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import { conferencePath } from '../../src/catapult/paths.ts';
import { Seal } from '../../src/client/sealing.ts';
import { createCodec } from '../../src/codec.ts';
import { findProgram } from '../../src/dev/programs.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { required } from '../support/temporal.ts';

const run = promisify(execFile);
const TOKEN = randomBytes(32).toString('hex');
const UI = 'https://temporal.example';
const payloadKeys = new Map([['k1', randomBytes(32)]]);
const seal = new Seal(payloadKeys);

let codec: FastifyInstance;
let url: string;
beforeAll(async () => {
  codec = createCodec(seal, { token: TOKEN, origins: [UI] });
  url = await codec.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => codec.close());

async function shown(value: unknown, by = seal) {
  const [sealed = {}] = await by.encode([defaultPayloadConverter.toPayload(value)]);
  const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  const metadata = Object.fromEntries(Object.entries(sealed.metadata ?? {}).map(([name, one]) => [name, text(one)]));
  return { metadata, data: text(sealed.data) };
}
interface Asked {
  body?: object;
  headers?: Record<string, string>;
  method?: string;
}
const ask = (path: string, { body = { payloads: [] }, headers = {}, method = 'POST' }: Asked = {}) =>
  fetch(url + path, {
    ...{ method, headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers } },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  });
const decode = `/${TOKEN}/decode`;

describe('by the real Temporal CLI', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ payloadKeys });
  });
  afterAll(() => house.close());

  test('a history is read with it, and not without', async () => {
    const id = await house.create({ from: '+19195550142', tag: 'a tag to read' });
    await house.call('POST', conferencePath(USER, id), { state: 'completed' });
    await workflowOf(house, id).result();
    const { path } = await findProgram('temporal', { configuredPath: process.env['TEMPORAL_CLI_PATH'] });
    const workflowId = conferenceWorkflowId({ userId: USER, conferenceId: id });
    const address = required('TEST_TEMPORAL_ADDRESS');
    const show = async (...more: string[]) => {
      const parameters = ['workflow', 'show', '--address', address, '--workflow-id', workflowId, '--output', 'json'];
      return (await run(path, [...parameters, ...more], { maxBuffer: 64 * 1024 * 1024 })).stdout;
    };
    const readable = (history: string) => {
      const data = [...history.matchAll(/"data": "([^"]*)"/g)].map(([, one = '']) => Buffer.from(one, 'base64'));
      const all = Buffer.concat(data);
      return [all.includes('+19195550142'), all.includes('a tag to read')];
    };
    expect(readable(await show('--codec-endpoint', `${url}/${TOKEN}`))).toEqual([true, true]);
    expect(readable(await show())).toEqual([false, false]);
  });
});

test('a page of the UI may ask it, and is told so before it asks', async () => {
  const asks = { origin: UI, 'access-control-request-method': 'POST' };
  const before = await ask(decode, { method: 'OPTIONS', headers: asks });
  expect([before.status, Object.fromEntries(before.headers)]).toMatchObject([
    204,
    {
      'access-control-allow-origin': UI,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, x-namespace, authorization',
    },
  ]);
  const headers = { origin: UI, 'x-namespace': 'default' };
  const answer = await ask(decode, { body: { payloads: [await shown('a text')] }, headers });
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, UI]);
  const [opened] = ((await answer.json()) as { payloads: { data: string }[] }).payloads;
  expect(Buffer.from(opened?.data ?? '', 'base64').toString()).toBe('"a text"');
});

test('a page from elsewhere is refused, whatever it knows', async () => {
  for (const origin of ['https://evil.example', 'null', `${UI}.evil.example`, 'http://temporal.example']) {
    const answer = await ask(decode, { headers: { origin } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    expect((await ask(decode, { method: 'OPTIONS', headers: { origin } })).status).toBe(403);
  }
});

test('without the token nothing is opened', async () => {
  const body = { payloads: [await shown('a text')] };
  for (const path of [
    '/decode',
    '//decode',
    `/${TOKEN.slice(1)}/decode`,
    `/${TOKEN}x/decode`,
    `/${'0'.repeat(64)}/decode`,
  ]) {
    const answer = await ask(path, { body });
    expect([path, answer.status]).toEqual([path, 404]);
    expect(await answer.text()).not.toContain(Buffer.from('"a text"').toString('base64'));
  }
});

test('what has no key here, and what is not sealed, is shown as it is; what is no payload is refused', async () => {
  const other = await shown('of another key', new Seal(new Map([['k2', randomBytes(32)]])));
  const plain = { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: 'InBsYWluIg==' };
  const answer = await ask(decode, { body: { payloads: [other, plain] } });
  expect(await answer.json()).toEqual({ payloads: [other, plain] });
  for (const body of [{}, [], { payloads: 1 }, { payloads: [{ data: '*' }] }, { payloads: [{ metadata: { a: 1 } }] }])
    expect((await ask(decode, { body })).status).toBe(400);
});
