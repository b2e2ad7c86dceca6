import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { describeWire } from '../catapult/openapi/description.ts';
import { docsPage } from './docs/page.ts';
import { STYLE } from './docs/style.ts';

/** The page may load nothing, run nothing and send nothing; its style is the one that we wrote. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/openapi.json` and `/docs`: what the wire is, for programs and for people. Anybody may read them. */
export function serveDescription(app: FastifyInstance, publicUrl = '/'): void {
  const description = describeWire(publicUrl);
  const [whole, page] = [JSON.stringify(description), docsPage(description)];
  app.get('/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(whole));
  app.get('/docs', async (_request, reply) =>
    reply
      .headers({
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
      .type('text/html; charset=utf-8')
      .send(page),
  );
}
