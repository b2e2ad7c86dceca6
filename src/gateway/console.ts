import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** The console's page, and what belongs to it. */
export interface ConsoleFiles {
  html: Buffer;
  script: Buffer;
  style: Buffer;
}

/** All that the page loads, and all that it asks, comes from here; nobody may put it into a page of theirs. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/**
 * `/console`: a page for people who watch conferences. Anybody may load it: it holds nothing of anybody, and asks the API with the
 * credentials that its reader gives it.
 */
export function serveConsole(app: FastifyInstance, { html, script, style }: ConsoleFiles): void {
  serve(app, '/console', 'text/html; charset=utf-8', html);
  serve(app, '/console/console.js', 'text/javascript; charset=utf-8', script);
  serve(app, '/console/console.css', 'text/css; charset=utf-8', style);
}

function serve(app: FastifyInstance, url: string, type: string, content: Buffer): void {
  const packed = gzipSync(content, { level: 9 });
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  app.get(url, async (request, reply) => {
    reply.headers({ ...HEADERS, etag, vary: 'accept-encoding' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    const takesPacked = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    if (takesPacked) reply.header('content-encoding', 'gzip');
    return reply.type(type).send(takesPacked ? packed : content);
  });
}
