import { describe, expect, test } from '@jest/globals';
import { create, errorOf, FROM } from './wire-requests-world.ts';

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

  test('takes null for absent, in the fields of a participant too', () => {
    const to = '+19195550001';
    const nulls = { from: null, tag: null, mute: null, callTimeout: null, maxAttempts: null };
    expect(create({ participants: [{ to, ...nulls }] })).toStrictEqual(create({ participants: [{ to }] }));
    expect(errorOf({ from: '+19195551234', participants: [null] }).message).toMatch(/^participants\[0\]: got null/);
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
