import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { basicAuth, parseBasicAuth } from '../../src/catapult/credentials.ts';
import { customerEvent, eventName, withAbsoluteUris, type CallbackEvent } from '../../src/catapult/events.ts';
import { callbackUrl } from '../../src/catapult/fields.ts';
import { idFromLocation } from '../../src/catapult/paths.ts';
import { wireTime, withoutUserinfo } from '../../src/catapult/resources.ts';

const OURS = { userId: 'u 1', conferenceId: 'conf-ours' };
const forCustomer = (event: CallbackEvent, tag?: string) => customerEvent(event, { ...OURS, tag });

describe('an event for the customer', () => {
  test('has our conference id and paths of our own in place of the platform’s', () => {
    const event = {
      eventType: 'conference-member',
      conferenceId: 'theirs',
      conferenceUri: 'https://platform.example/v1/users/p/conferences/theirs',
      memberId: 'member 1',
      memberUri: 'https://platform.example/v1/users/p/conferences/theirs/members/member%201',
      callId: 'call-1',
      callUri: 'https://platform.example/v1/users/p/calls/call-1',
      state: 'active',
    };
    expect(forCustomer(event)).toStrictEqual({
      eventType: 'conference-member',
      conferenceId: 'conf-ours',
      conferenceUri: '/v1/users/u%201/conferences/conf-ours',
      memberId: 'member 1',
      memberUri: '/v1/users/u%201/conferences/conf-ours/members/member%201',
      callId: 'call-1',
      callUri: '/v1/users/u%201/calls/call-1',
      state: 'active',
    });
  });

  test('has no field that the platform’s event did not have', () => {
    const event = { eventType: 'dtmf', callId: 'call-1', dtmfDigit: '5' };
    expect(forCustomer(event)).toStrictEqual(event);
  });

  test('of a type that we do not know is passed on whole', () => {
    const event = { eventType: 'conference-new-thing', conferenceId: 'theirs', payload: { a: [1, null, 'b'] } };
    expect(forCustomer(event)).toStrictEqual({ ...event, conferenceId: 'conf-ours' });
  });

  test('has the tag that the conference has now, whatever the platform was given', () => {
    const event = { eventType: 'conference', conferenceId: 'theirs', tag: 'old' };
    expect(forCustomer(event, 'now')).toMatchObject({ tag: 'now' });
    expect(forCustomer({ eventType: 'dtmf' }, 'now')).toMatchObject({ tag: 'now' });
    expect(forCustomer(event)).not.toHaveProperty('tag');
  });

  test('of a call keeps the call’s own tag when the conference has none', () => {
    expect(forCustomer({ eventType: 'hangup', callId: 'c', tag: 'call tag' })).toMatchObject({ tag: 'call tag' });
  });

  test('does not change the event it is made from', () => {
    const event = Object.freeze({ eventType: 'conference', conferenceId: 'theirs', tag: 't' });
    expect(forCustomer(event, 'other').conferenceId).toBe('conf-ours');
    expect(event.conferenceId).toBe('theirs');
  });
});

describe('the addresses in an event', () => {
  const event: CallbackEvent = {
    eventType: 'conference',
    conferenceUri: '/v1/users/u/conferences/c',
    fileUri: 'https://elsewhere.example/file',
    memberUri: 7,
    path: '/not/an/address',
  };

  test.each(['https://api.example', 'https://api.example/', 'https://api.example//'])('begin with %s', (base) => {
    expect(withAbsoluteUris(event, base)).toStrictEqual({
      ...event,
      conferenceUri: 'https://api.example/v1/users/u/conferences/c',
    });
  });

  test('may lie below a path', () => {
    expect(withAbsoluteUris(event, 'https://api.example/convoke/')).toMatchObject({
      conferenceUri: 'https://api.example/convoke/v1/users/u/conferences/c',
    });
  });
});

describe('an event’s name', () => {
  test.each([
    [{ eventType: 'conference', status: 'created' }, 'conference created'],
    [{ eventType: 'conference-member', state: 'active' }, 'conference-member active'],
    [{ eventType: 'conference-playback', status: 'done', state: 'odd' }, 'conference-playback done'],
    [{ eventType: 'dtmf' }, 'dtmf'],
  ])('%j is %s', (event, name) => expect(eventName(event)).toBe(name));
});

describe('the id at the end of a Location', () => {
  test.each([
    ['https://platform.example/v1/users/u/conferences/conf-1', 'conf-1'],
    ['/v1/users/u/conferences/conf-1', 'conf-1'],
    ['/v1/users/u/conferences/conf-1/', 'conf-1'],
    ['/v1/users/u/conferences/conf-1//', 'conf-1'],
    ['/v1/users/u/conferences/conf-1?version=2', 'conf-1'],
    ['/v1/users/u/conferences/conf-1/?a=/b#/c', 'conf-1'],
    ['/v1/users/u/conferences/conf%201', 'conf 1'],
    ['conf-1', 'conf-1'],
  ])('of %s is %s', (location, id) => expect(idFromLocation(location)).toBe(id));

  test.each([undefined, '', '/', '?conf-1'])('of %j is none', (location) => {
    expect(idFromLocation(location)).toBeUndefined();
  });

  test('is read from anything that a platform may send, without an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '/', '%', '2', '?', '#', 'é')), (parts) => {
        expect(() => idFromLocation(parts.join(''))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

describe('a URL as others may see it', () => {
  test.each([
    ['https://user:secret@customer.example/events', 'https://customer.example/events'],
    ['http://user@customer.example', 'http://customer.example'],
    ['HTTP://user:p@ss@customer.example:8080/?q=1', 'HTTP://customer.example:8080/?q=1'],
    ['https://customer.example/events/me@home', 'https://customer.example/events/me@home'],
    ['https://customer.example?mail=me@home', 'https://customer.example?mail=me@home'],
    ['https://customer.example#me@home', 'https://customer.example#me@home'],
  ])('%s is %s', (url, shown) => expect(withoutUserinfo(url)).toBe(shown));

  test('never shows the password of any URL that the wire takes', () => {
    const parts = fc.constantFrom('/', '//', '\\', ':', '@', '?', '#', 'user', '%40', '[', 'customer.example');
    const url = fc
      .tuple(fc.constantFrom('http://', 'https://', 'HTTPS://'), fc.array(parts, { maxLength: 3 }), fc.array(parts))
      .map(([scheme, before, behind]) => `${scheme}${before.join('')}u:sesame@h${behind.join('')}`);
    fc.assert(
      fc.property(url, (candidate) => {
        fc.pre(callbackUrl.safeParse(candidate).success && new URL(candidate).password.includes('sesame'));
        expect(withoutUserinfo(candidate)).not.toContain('sesame');
      }),
      { numRuns: 2_000, maxSkipsPerRun: 10_000 },
    );
  });
});

describe('an instant on the wire', () => {
  test('has no fractions of a second, and is UTC', () => {
    expect(wireTime(0)).toBe('1970-01-01T00:00:00Z');
    expect(wireTime(Date.UTC(2026, 1, 3, 4, 5, 6, 999))).toBe('2026-02-03T04:05:06Z');
  });
});

describe('Basic auth', () => {
  test('is the base64 of token and secret', () => {
    expect(basicAuth({ token: 't-local', secret: 's-local' })).toBe('Basic dC1sb2NhbDpzLWxvY2Fs');
  });

  test('gives back what was put in: colons in the secret, letters of any language', () => {
    const letters = fc.constantFrom('a', ':', 'é', '会', '🦊', ' ', '%', '"', '\\');
    const text = fc.array(letters).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        text.filter((token) => !token.includes(':')),
        text,
        (token, secret) => expect(parseBasicAuth(basicAuth({ token, secret }))).toEqual({ token, secret }),
      ),
    );
  });

  test('is known in any letter case and with any spaces', () => {
    const credentials = { token: 't-local', secret: 's-local' };
    for (const scheme of ['basic ', 'BASIC ', 'Basic   ']) {
      expect(parseBasicAuth(`${scheme}dC1sb2NhbDpzLWxvY2Fs `)).toEqual(credentials);
    }
  });

  test.each([undefined, '', 'Basic', 'Basic ', 'Bearer dC1sb2NhbDpzLWxvY2Fs', 'Basic !!!', 'Basic dA=', 'Basic dA=='])(
    'is none in %j',
    (header) => expect(parseBasicAuth(header)).toBeUndefined(),
  );
});
