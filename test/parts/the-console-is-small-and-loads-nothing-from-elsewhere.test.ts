import { get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { bundleConsole } from '../../src/console/bundle.ts';
import { serveConsole } from '../../src/gateway/console.ts';

const MOST_BYTES = 60_000;
const FILES = ['/console', '/console/console.js', '/console/console.css'];

let app: FastifyInstance;
let address: string;
beforeAll(async () => {
  app = fastify();
  serveConsole(app, await bundleConsole(new URL('../../src/console/', import.meta.url)));
  address = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

/** As it came, packed where it was. */
async function ask(path: string, headers: Record<string, string>) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(address + path, { headers }, resolve).on('error', reject);
  });
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode, headers: answer.headers, bytes };
}

const packed = async (path: string) => await ask(path, { 'accept-encoding': 'gzip' });

test(`all of it is at most ${MOST_BYTES} bytes as it is sent`, async () => {
  const sizes = await Promise.all(FILES.map(async (path) => (await packed(path)).bytes.length));
  expect(Math.min(...sizes)).toBeGreaterThan(100);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(MOST_BYTES);
});

test.each(FILES)('%s may load and ask what is of its own origin alone, and is in no page of others', async (path) => {
  const { headers } = await packed(path);
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  const sources = [...policy.matchAll(/(?:script|style|connect)-src ([^;]+)/g)].map(([, source]) => source);
  expect(sources).toEqual(["'self'", "'self'", "'self'"]);
  expect(headers['set-cookie']).toBeUndefined();
});

test('the page names no other place', async () => {
  const texts = await Promise.all(FILES.map(async (path) => gunzipSync((await packed(path)).bytes).toString()));
  // Names of namespaces are no addresses that anybody asks.
  const urls = texts
    .flatMap((text) => text.match(/https?:\/\/[\w.-]+/g) ?? [])
    .filter((one) => !one.includes('w3.org'));
  expect(urls).toEqual([]);
});

test('it is sent once, and plain to whoever takes nothing else', async () => {
  const first = await ask('/console', {});
  expect(first.bytes.toString()).toContain('<!doctype html>');
  expect((await ask('/console', { 'if-none-match': String(first.headers.etag) })).status).toBe(304);
});
