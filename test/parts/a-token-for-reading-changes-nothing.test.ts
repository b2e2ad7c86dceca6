import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { basicAuth } from '../../src/catapult/credentials.ts';
import type { Route } from '../../src/catapult/route.ts';
import { pathsOf, routeNames, routes } from '../../src/catapult/routes.ts';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/server/answers.ts';
import type { Service } from '../../src/catapult/server/handlers.ts';
import { serveRoutes } from '../../src/catapult/server/serve.ts';

/* Every route of the table, asked with a token that may only read; whoever is let in meets a handler that fails in its own way. */

let app: FastifyInstance;
let url: string;
beforeAll(async () => {
  app = fastify(wireServerOptions);
  answerErrorsOnTheWire(app);
  const reached = () => Promise.reject(new Error('reached'));
  const handlers = Object.fromEntries(routeNames.map((name) => [name, reached])) as Service['handlers'];
  serveRoutes(app, { authenticate: () => 'read', handlers });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

/** What nobody but an operator may ask is closed to every account's token. */
const ofAccounts = routeNames.filter((name) => (routes[name] as Route).operatorOnly !== true);

test.each(ofAccounts.flatMap((name) => pathsOf(routes[name]).map((path) => [routes[name].method, path] as const)))(
  '%s %s',
  async (method, path) => {
    const answer = await fetch(`${url}/v1/users/u${path.replace(/:\w+/g, 'x')}`, {
      method,
      headers: { authorization: basicAuth({ token: 't', secret: 's' }) },
    });
    // 400 is for the query, and 500 the handler’s: both come after who may.
    expect(method === 'GET' ? [400, 500] : [401]).toContain(answer.status);
    if (method !== 'GET') expect(await answer.text()).toContain('the token may only read');
  },
);
