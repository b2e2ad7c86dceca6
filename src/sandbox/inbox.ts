import type { FastifyInstance } from 'fastify';
import { MAX_INBOXES, MAX_INBOX_REQUESTS } from './budget.ts';
import { present } from '../catapult/present.ts';

interface Received {
  at: string;
  method: string;
  query: unknown;
  headers: Record<string, unknown>;
  body?: unknown;
}

/**
 * Inboxes to try callbacks with: any request to `/sandbox/inbox/{name}` is kept and answered 200;
 * `GET /sandbox/inbox/{name}?list` shows what came, oldest first.
 */
export function serveInboxes(app: FastifyInstance, _options: object, done: () => void): void {
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, parsed) =>
    parsed(null, jsonOrText(String(body))),
  );
  const inboxes = new Map<string, Received[]>();
  app.all<{ Params: { name: string }; Querystring: Record<string, unknown> }>(
    '/sandbox/inbox/:name',
    (request, reply) => {
      const { name } = request.params;
      if (request.method === 'GET' && 'list' in request.query) return reply.send(inboxes.get(name) ?? []);
      const inbox = inboxes.get(name) ?? [];
      inboxes.set(name, inbox);
      inbox.push({
        at: new Date().toISOString(),
        method: request.method,
        query: request.query,
        headers: request.headers,
        ...present({ body: request.body }),
      });
      if (inbox.length > MAX_INBOX_REQUESTS) inbox.shift();
      const [oldest] = inboxes.keys();
      if (inboxes.size > MAX_INBOXES && oldest !== undefined) inboxes.delete(oldest);
      return reply.send();
    },
  );
  done();
}

/** An inbox refuses nobody: what is no JSON is kept as it came. */
function jsonOrText(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
