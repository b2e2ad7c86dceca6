import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exactText, parseExactly, withNumbersKept, writeExactly } from '../../src/catapult/exact-numbers.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { callbackRequest } from '../../src/delivery/request.ts';

/** What a customer gets of an event that comes as this text, and goes through the journal and Temporal as JSON. */
function through(text: string, method: 'GET' | 'POST' = 'POST'): string {
  const kept = JSON.stringify(withNumbersKept(parseRequest(callbackEvent, parseExactly(text))));
  const event = JSON.parse(kept) as CallbackEvent;
  const { url, body } = callbackRequest('http://customer.example/', method, { event });
  return body ?? url.search;
}

describe('an unknown number of an event', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '18446744073709551615',
    '[1,12345678901234567890,{"deep":[98765432109876543210]}]',
    '{"id":12345678901234567890,"text":"12345678901234567890"}',
  ])('%s goes on as it came', (value) => {
    const text = `{"eventType":"new","at":${value},"last":1}`;
    expect(through(text)).toBe(text);
  });

  test('goes on so by GET too', () => {
    const text = '{"eventType":"new","n":12345678901234567890,"list":[12345678901234567890]}';
    expect(through(text, 'GET')).toBe('?eventType=new&n=12345678901234567890&list=%5B12345678901234567890%5D');
  });

  test('in a field that we know counts as absent, as any number there', () => {
    expect(through('{"eventType":"new","tag":12345678901234567890}')).toBe('{"eventType":"new"}');
  });
});

test.each([
  '"\\u000012345678901234567890"',
  '"\\u0000-1"',
  '"\\\\u000012"',
  '"\\"\\u00001\\""',
  '"a\\"12345678901234567890"',
])('the text %s is not taken for a number', (value) => {
  const text = `{"eventType":"new","n":12345678901234567890,"text":${value}}`;
  expect(through(text)).toBe(text.replace(/(?<!\\)\\u0000/g, '\ufffd'));
});

test('an eventType that is a large number is refused in words', () => {
  const read = () => parseRequest(callbackEvent, parseExactly('{"eventType":12345678901234567890}'));
  expect(read).toThrow('eventType: got 12345678901234567890, wants');
});

test('any JSON is read as JSON.parse reads it, and written as JSON.stringify writes it', () => {
  const withBigTokens = fc.tuple(fc.json(), fc.bigInt({ min: 10n ** 16n, max: 10n ** 30n }));
  fc.assert(
    fc.property(withBigTokens, ([json, large]) => {
      const text = `{"large":${large},"json":${json}}`;
      const kept = JSON.parse(JSON.stringify(withNumbersKept(parseExactly(text)))) as { large: string; json: unknown };
      expect(exactText(kept.large)).toBe(String(large));
      const { json: others } = JSON.parse(text.replaceAll('\\u0000', '\\ufffd')) as { json: unknown };
      expect(JSON.parse(writeExactly(kept))).toEqual({ large: Number(large), json: others });
    }),
  );
});
