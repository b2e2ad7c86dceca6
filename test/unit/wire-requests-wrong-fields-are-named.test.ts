import { describe, expect, test } from '@jest/globals';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { eventsQuery } from '../../src/catapult/queries.ts';
import { errorOf, FROM } from './wire-requests-world.ts';

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

  test('what is wanted is said in the words of the wire where the whole thing is something else', () => {
    const { message } = errorOf({ from: FROM, startAt: '2020-01-01T00:00:00Z', reminders: [1], participants: ['x'] });
    expect(message).toContain('reminders[0]: got 1, wants an object such as {"before": 3600}');
    expect(message).toContain('participants[0]: got "x", wants an object such as {"to": "+19195551234"}');
    expect(errorOf({ size: ['1', '2'] }, eventsQuery).message).toContain('wants one number from 1 to 100');
    expect(errorOf({ eventType: '' }, callbackEvent).message).toContain('wants a text of 1 to 100 characters');
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
