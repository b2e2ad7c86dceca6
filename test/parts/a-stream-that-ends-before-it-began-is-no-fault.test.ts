import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { fastify } from 'fastify';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import { serveRoutes } from '../../src/catapult/server/serve.ts';
import { unlessAborted } from '../../src/client/call.ts';
import { timePasses } from '../support/until.ts';

/* Who follows is answered when Temporal has been asked, which may take a while: the client may leave meanwhile, or the gateway stop. */

const EVENTS = '/v1/users/u/conferences/conf-x/events?follow=true';
const headers = { authorization: basicAuth({ token: 't', secret: 's' }) };

/** A server on which every stream is waited for, until somebody is gone; and what it has logged. */
async function waitingServer() {
  const logged: string[] = [];
  const app = fastify({
    ...wireServerOptions,
    logger: { level: 'warn', stream: { write: (line: string) => void logged.push(line) } },
  });
  answerErrorsOnTheWire(app);
  let tell: (gone: AbortSignal) => void;
  const asked = new Promise<AbortSignal>((resolve) => (tell = resolve));
  serveRoutes(app, {
    authenticate: () => true,
    handlers: {
      async listEvents({ caller: { gone } }) {
        if (gone !== undefined) tell(gone);
        return await unlessAborted(gone, new Promise<never>(() => undefined));
      },
    },
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, url, logged, asked };
}

test('a client that leaves before it has an answer is not logged as a fault of ours', async () => {
  const { app, url, logged, asked } = await waitingServer();
  try {
    const leaving = new AbortController();
    const answer = fetch(url + EVENTS, { headers, signal: leaving.signal });
    const left = expect(answer).rejects.toThrow();
    const gone = await asked;
    const noticed = once(gone, 'abort');
    leaving.abort();
    await Promise.all([left, noticed]);
    await timePasses('what is logged comes with the end of the handler', 50);
    expect(logged).toEqual([]);
  } finally {
    await app.close();
  }
});

test('a client that still waits when the server stops is told to come again', async () => {
  const { app, url, asked } = await waitingServer();
  const answer = fetch(url + EVENTS, { headers });
  await asked;
  await app.close();
  const { status } = await answer;
  expect(status).toBe(503);
});
