import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CatapultError } from '../../src/catapult/errors.ts';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { routes, type Route } from '../../src/catapult/routes.ts';
import { create, FROM } from './wire-requests-world.ts';

describe('whatever JSON comes in', () => {
  const asked = Object.values<Route>(routes).flatMap(({ body, query }) => [body ?? [], query ?? []].flat());
  const schemas = [...asked, callbackEvent];
  const fields = fc.constantFrom(
    ...new Set(schemas.flatMap(({ shape }) => Object.keys(shape))),
    ...['__proto__', 'constructor', 'toString'],
  );
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(fields, fc.jsonValue()));

  test('is taken, or answered as a 400 of the wire', () => {
    fc.assert(
      fc.property(fc.constantFrom(...schemas), body, (schema, given) => {
        const json: unknown = JSON.parse(JSON.stringify(given));
        try {
          parseRequest(schema, json);
        } catch (error) {
          expect(error).toBeInstanceOf(CatapultError);
          expect(error).toHaveProperty('wire.status', 400);
          expect(error).toHaveProperty('wire.message', expect.stringMatching(/: got .*, wants .*\.$/s));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('%s in more levels than anybody can look through are refused', (_what, open, close) => {
    const json: unknown = JSON.parse(`${open.repeat(10_000)}1${close.repeat(10_000)}`);
    for (const schema of schemas)
      expect(() => parseRequest(schema, json)).toThrow('wants objects and lists in at most 20 levels');
  });

  test('what is taken is taken again, and is the same', () => {
    const request = fc.record(
      {
        from: fc.constant(FROM),
        callbackUrl: fc.webUrl(),
        callbackTimeout: fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }).map(String)),
        callbackHttpMethod: fc.constantFrom('get', 'POST', 'pOsT'),
        tag: fc.string(),
      },
      { requiredKeys: ['from'] },
    );
    fc.assert(
      fc.property(request, (given) => {
        const taken = create(given);
        expect(create(taken)).toStrictEqual(taken);
      }),
    );
  });
});
