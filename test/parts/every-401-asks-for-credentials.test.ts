import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { answerErrorsOnTheWire, wireServerOptions } from '../../src/catapult/answers.ts';
import { CatapultError, catapultError, type WireError } from '../../src/catapult/errors.ts';

const ofThePlatform = (code: string): WireError => ({
  ...{ status: 401, category: 'authorization', code, message: 'The number is not yours.' },
});

let app: FastifyInstance;
beforeEach(() => {
  app = fastify(wireServerOptions);
});
afterEach(() => app.close());

test.each([
  ['ours', catapultError('user-access-denied', 'Authorization: got none.').wire],
  ['the platform’s, for a number', ofThePlatform('number-access-denied')],
  ['the platform’s, without a number', ofThePlatform('no-allocated-number')],
])('every 401 has WWW-Authenticate: %s', async (_name, wire) => {
  answerErrorsOnTheWire(app);
  app.get('/', () => {
    throw new CatapultError(wire);
  });
  const answer = await fetch(await app.listen({ host: '127.0.0.1', port: 0 }));
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
  const { status: _status, ...body } = wire;
  expect(await answer.json()).toEqual({ ...body, details: [] });
});
