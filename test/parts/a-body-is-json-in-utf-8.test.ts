import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { outsideJson } from '../../src/catapult/outside-text.ts';

let app: FastifyInstance;
let url: string;
beforeAll(async () => {
  app = fastify(wireServerOptions);
  answerErrorsOnTheWire(app);
  app.post('/', ({ body }) => ({ got: body === undefined ? 'nothing' : outsideJson(body) }));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

async function post(body: string | Buffer, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body: Buffer.from(body), headers: { 'content-type': 'application/json', ...headers } };
  const answer = await fetch(url, init);
  return { status: answer.status, body: await answer.json() };
}
const saying = (message: string) => ({ message: expect.stringContaining(message) as unknown });

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset="UTF8"',
  'Application/JSON',
])('UTF-8 is taken, and %s says that it is', async (type) => {
  const answer = await post('{"tag":"Zürich 😀"}', { 'content-type': type });
  expect(answer).toEqual({ status: 200, body: { got: { tag: 'Zürich 😀' } } });
});

test.each(['iso-8859-1', 'utf-16', '"windows-1252"'])('415 for charset=%s, which is named', async (charset) => {
  const type = `application/json; charset=${charset}`;
  const answer = await post(Buffer.from('{"tag":"Zürich"}', 'latin1'), { 'content-type': type });
  expect(answer).toMatchObject({ status: 415, body: saying('wants charset=utf-8') });
  expect(answer.body).toMatchObject({ details: [{ name: 'Content-Type', value: type }] });
});

test('400 for bytes that are no UTF-8', async () => {
  const answer = await post(Buffer.from('{"tag":"Zürich"}', 'latin1'));
  expect(answer).toMatchObject({ status: 400, body: saying('its body is not UTF-8') });
});

test.each(['gzip', 'br', 'x'])('415 for a body that is packed: Content-Encoding %s', async (encoding) => {
  const answer = await post(gzipSync('{"tag":"x"}'), { 'content-encoding': encoding });
  expect(answer).toMatchObject({ status: 415, body: saying(`Content-Encoding: got "${encoding}"`) });
  expect(answer.body).toMatchObject({ details: [{ name: 'Content-Encoding', value: encoding }] });
});

test('415 for another type, or none', async () => {
  for (const type of ['text/plain', 'text/json', 'application/x-www-form-urlencoded', 'json'])
    expect(await post('{}', { 'content-type': type })).toMatchObject({ status: 415, body: saying('application/json') });
  expect(await raw('content-length: 2\r\n\r\n{}')).toMatch(/^HTTP\/1\.1 415 .*wants application\/json/s);
});

test.each([
  ['of no length', 'content-length: 0\r\n\r\n'],
  ['in no chunks', 'transfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['of another type', 'content-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['of no type at all', 'content-type: \r\ncontent-length: 0\r\n\r\n'],
  ['of what is no type', 'content-type: ;;\r\ncontent-length: 0\r\n\r\n'],
  ['of JSON', 'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
])('nothing is no body: %s', async (_name, rest) => {
  expect(await raw(rest)).toMatch(/^HTTP\/1\.1 200 .*\{"got":"nothing"\}/s);
});

test('a field __proto__ is left out, at any depth, and constructor is a field like others', async () => {
  const answer = await post(
    '{"__proto__":{"state":"x"},"a":[{"__proto__":1,"b":2}],"constructor":{"prototype":{"c":3}}}',
  );
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).toBe('{"got":{"a":[{"b":2}],"constructor":{"prototype":{"c":3}}}}');
});

/** What comes back for a POST of these bytes behind the request line and Host. */
async function raw(rest: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  socket.setTimeout(5_000, () => socket.destroy(new Error('no answer within 5 s')));
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${rest}`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
