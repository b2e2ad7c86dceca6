import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { CatapultError } from '../../src/catapult/errors.ts';
import { callbackEvent } from '../../src/catapult/events.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { createConferenceRequest, updateConferenceRequest } from '../../src/catapult/requests.ts';

const FROM = '+19195551234';
const create = (fields: object = {}) => parseRequest(createConferenceRequest, { from: FROM, ...fields });
const update = (fields: object) => parseRequest(updateConferenceRequest, fields);

/** The error that a body is answered with. */
function errorOf(body: unknown, schema: z.ZodType = createConferenceRequest): CatapultError['wire'] {
  try {
    parseRequest(schema, body);
  } catch (error) {
    if (error instanceof CatapultError) return error.wire;
    throw error;
  }
  throw new Error(`was taken: ${JSON.stringify(body)}`);
}

describe('a create request', () => {
  test('with `from` alone has the wire’s defaults, and no field that was not given', () => {
    expect(create()).toStrictEqual({
      from: FROM,
      callbackHttpMethod: 'POST',
      callbackTimeout: 10_000,
      profile: 'interpret_digits',
    });
  });

  test('keeps all seven fields', () => {
    const all = {
      from: FROM,
      callbackUrl: 'https://user:password@customer.example/events?a=1#b',
      callbackHttpMethod: 'GET',
      callbackTimeout: 2_000,
      fallbackUrl: 'http://127.0.0.1:8080/fallback',
      profile: 'passthru_digits',
      tag: 'a tag',
    };
    expect(create(all)).toStrictEqual(all);
  });

  test('leaves out fields that the wire does not know', () => {
    expect(create({ conferenceName: 'mine', 'odd name': {} })).toStrictEqual(create());
  });

  test('takes null for absent, in every field', () => {
    const nulls = { callbackUrl: null, callbackHttpMethod: null, callbackTimeout: null, fallbackUrl: null };
    expect(create({ ...nulls, profile: null, tag: null, unknown: null })).toStrictEqual(create());
    expect(errorOf({ from: null }).message).toBe(errorOf({}).message);
  });

  test.each(['get', 'Get', 'GET', 'post', 'Post'])('takes the callbackHttpMethod in any letter case: %s', (method) => {
    expect(create({ callbackHttpMethod: method }).callbackHttpMethod).toBe(method.toUpperCase());
  });

  test.each([
    [1, 1],
    [10_000, 10_000],
    ['2000', 2_000],
    ['1', 1],
    ['10000', 10_000],
  ])('takes a callbackTimeout as a number and as a string: %j', (given, taken) => {
    expect(create({ callbackTimeout: given }).callbackTimeout).toBe(taken);
  });

  test('takes a URL of 2,048 characters and a tag of 1,024, and not one more', () => {
    const url = 'http://customer.example/'.padEnd(2_048, 'x');
    const tag = 't'.repeat(1_024);
    expect(create({ callbackUrl: url, fallbackUrl: url, tag })).toMatchObject({ callbackUrl: url, tag });
    expect(errorOf({ from: FROM, callbackUrl: `${url}x` }).code).toBe('callback-invalid-url');
    expect(errorOf({ from: FROM, fallbackUrl: `${url}x` }).code).toBe('callback-invalid-url');
    expect(errorOf({ from: FROM, tag: `${tag}t` }).code).toBe('validation-error');
  });

  test('takes an empty tag as a tag', () => {
    expect(create({ tag: '' }).tag).toBe('');
  });
});

describe('a wrong field is answered with its name, what it got and what it wants', () => {
  const wants = {
    from: 'an E.164 telephone number such as "+19195551234"',
    callbackUrl: 'an http:// or https:// URL of at most 2048 characters',
    fallbackUrl: 'an http:// or https:// URL of at most 2048 characters',
    callbackHttpMethod: '"GET" or "POST"',
    callbackTimeout: 'a whole number of milliseconds from 1 to 10000',
    profile: '"interpret_digits" or "passthru_digits"',
    tag: 'a string of at most 1024 characters',
  };
  const wrong: [keyof typeof wants, unknown[]][] = [
    [
      'from',
      ['', '19195551234', '+', '+0123', '+1', `+1${'2'.repeat(15)}`, '+1919555abcd', ' +19195551234', 19195551234],
    ],
    ['callbackUrl', ['', 'customer.example', 'ftp://customer.example', 'http://', 'http://a b/', '/path', 7, {}]],
    ['fallbackUrl', ['', 'mailto:me@customer.example', 'http://[::1', 'javascript:alert(1)', ['http://a/'], false]],
    ['callbackHttpMethod', ['', 'PUT', ' GET', 1, true]],
    ['callbackTimeout', [0, -1, 1.5, 10_001, '0', '', '2s', '1.5', '-1', '10001', ' 2000', true, '99999999999']],
    ['profile', ['', 'INTERPRET_DIGITS', 'other', 0]],
    ['tag', [1, {}, [], true]],
  ];

  test.each(wrong.flatMap(([field, values]) => values.map((value) => [field, value] as const)))(
    '%s: %j',
    (field, value) => {
      const { status, category, code, message, details } = errorOf({ from: FROM, [field]: value });
      expect({ status, category }).toEqual({ status: 400, category: 'bad-request' });
      expect(code).toBe(field.endsWith('Url') ? 'callback-invalid-url' : 'validation-error');
      expect(message).toBe(`${field}: got ${JSON.stringify(value)}, wants ${wants[field]}.`);
      expect(details).toEqual([{ name: field, value: JSON.stringify(value) }]);
    },
  );

  test('a missing `from` got nothing', () => {
    expect(errorOf({}).message).toBe(`from: got nothing, wants ${wants.from}.`);
  });

  test('all that is wrong is named at once', () => {
    const { message, details, code } = errorOf({ from: 'me', callbackTimeout: 0, callbackUrl: 'x' });
    expect(details?.map(({ name }) => name).sort()).toEqual(['callbackTimeout', 'callbackUrl', 'from']);
    expect(message).toContain('; ');
    expect(code).toBe('validation-error');
  });

  test('a URL is the code when it is the first thing wrong', () => {
    expect(errorOf({ from: FROM, callbackUrl: 'x', tag: 1 }).code).toBe('callback-invalid-url');
  });

  test('a long value is cut', () => {
    const { message } = errorOf({ from: 'x'.repeat(5_000) });
    expect(message.length).toBeLessThan(250);
    expect(message).toContain('…');
  });

  test.each([[undefined], [null], ['text'], [5], [[]], [[{ from: FROM }]], [true]])(
    'a body that is no object: %j',
    (body) => {
      const { status, code, message } = errorOf(body);
      expect({ status, code }).toEqual({ status: 400, code: 'validation-error' });
      expect(message).toMatch(/^The body: got .+, wants a JSON object\.$/);
    },
  );
});

describe('an update', () => {
  test('of nothing changes nothing: no default comes in', () => {
    expect(update({})).toStrictEqual({});
    expect(update({ callbackTimeout: null, state: null })).toStrictEqual({});
  });

  test('takes the state completed, the callback fields and the tag, by the rules of a create', () => {
    const given = {
      state: 'completed',
      callbackUrl: 'http://a/',
      callbackHttpMethod: 'get',
      callbackTimeout: '5',
      tag: 't',
    };
    expect(update(given)).toStrictEqual({ ...given, callbackHttpMethod: 'GET', callbackTimeout: 5 });
    expect(errorOf({ callbackTimeout: 0 }, updateConferenceRequest).code).toBe('validation-error');
    expect(errorOf({ fallbackUrl: 'x' }, updateConferenceRequest).code).toBe('callback-invalid-url');
  });

  test.each(['active', 'created', 'Completed', '', 1])('cannot set the state %j', (state) => {
    expect(errorOf({ state }, updateConferenceRequest).message).toBe(
      `state: got ${JSON.stringify(state)}, wants "completed", the only state a conference can be set to.`,
    );
  });

  test('cannot change who hosts the conference: `from` is left out', () => {
    expect(update({ from: '+15550000000' })).toStrictEqual({});
  });

  test.each(['hold', 'mute'])('says that it cannot do %s yet, rather than to do nothing', (field) => {
    expect(errorOf({ [field]: true }, updateConferenceRequest).message).toMatch(
      new RegExp(`^${field}: got true, wants`),
    );
  });
});

describe('whatever JSON comes in', () => {
  const schemas = [createConferenceRequest, updateConferenceRequest, callbackEvent];
  const fields = fc.constantFrom(
    ...['from', 'callbackUrl', 'callbackHttpMethod', 'callbackTimeout', 'fallbackUrl', 'profile', 'tag', 'state'],
    ...['eventType', 'conferenceId', 'activeMembers', '__proto__', 'constructor', 'toString'],
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

describe('a callback event', () => {
  const read = (event: object) => parseRequest(callbackEvent, event);

  test('needs an eventType, and may be of a type that we do not know', () => {
    expect(read({ eventType: 'new-thing', anything: { at: ['all'] } })).toMatchObject({
      eventType: 'new-thing',
      anything: { at: ['all'] },
    });
    expect(errorOf({ status: 'created' }, callbackEvent).message).toMatch(/^eventType: got nothing, wants /);
    expect(errorOf({ eventType: '' }, callbackEvent).code).toBe('validation-error');
    expect(errorOf({ eventType: 'x'.repeat(101) }, callbackEvent).code).toBe('validation-error');
  });

  test('is kept whole, but a known field of an odd type counts as absent', () => {
    const odd = JSON.stringify(
      read({ eventType: 'conference', conferenceId: 5, status: {}, time: [], tag: 1, other: 1 }),
    );
    expect(JSON.parse(odd)).toEqual({ eventType: 'conference', other: 1 });
  });

  test('has activeMembers as a number, however it is written', () => {
    expect(read({ eventType: 'conference-member', activeMembers: '3' }).activeMembers).toBe(3);
    expect(read({ eventType: 'conference-member', activeMembers: 'many' }).activeMembers).toBeUndefined();
    expect(read({ eventType: 'conference-member' }).activeMembers).toBeUndefined();
  });
});
