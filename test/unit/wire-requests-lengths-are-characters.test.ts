import { describe, expect, test } from '@jest/globals';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { audioRequest } from '../../src/catapult/requests.ts';
import { create, errorOf, FROM } from './wire-requests-world.ts';

/** One character, and two units of UTF-16. */
const EMOJI = '😀';
const withEmoji = (length: number, start = '') => start + EMOJI.repeat(length - start.length);

describe('a length is counted in characters, whatever they take', () => {
  test('of a tag: 1024', () => {
    expect(create({ tag: withEmoji(1_024) }).tag).toBe(withEmoji(1_024));
    expect(errorOf({ from: FROM, tag: withEmoji(1_025) }).message).toMatch(/^tag: got/);
  });

  test('of a URL: 2048', () => {
    const url = (length: number) => withEmoji(length, 'http://customer.example/');
    expect(create({ callbackUrl: url(2_048) }).callbackUrl).toBe(url(2_048));
    expect(errorOf({ from: FROM, callbackUrl: url(2_049) }).code).toBe('callback-invalid-url');
    expect(parseRequest(audioRequest, { fileUrl: url(2_048) }).fileUrl).toBe(url(2_048));
  });

  test('of a sentence: 1000', () => {
    expect(parseRequest(audioRequest, { sentence: withEmoji(1_000) }).sentence).toBe(withEmoji(1_000));
    expect(errorOf({ sentence: withEmoji(1_001) }, audioRequest).message).toMatch(/^sentence: got/);
  });

  test('of a platform’s eventType: 100', () => {
    expect(parseRequest(callbackEvent, { eventType: withEmoji(100) }).eventType).toBe(withEmoji(100));
    expect(errorOf({ eventType: withEmoji(101) }, callbackEvent).message).toMatch(/^eventType: got/);
  });
});
