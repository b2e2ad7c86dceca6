import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { basicAuth, parseBasicAuth } from '../../src/catapult/credentials.ts';
import { customerEvent, eventName, isKnownType } from '../../src/catapult/events.ts';
import { withAbsoluteUris, type CallbackEvent } from '../../src/catapult/events.ts';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
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
    expect(forCustomer({ eventType: 'conference-speak' }, 'now')).toMatchObject({ tag: 'now' });
    expect(forCustomer(event)).not.toHaveProperty('tag');
  });

  test('of a call keeps the call’s own tag when the conference has none', () => {
    expect(forCustomer({ eventType: 'hangup', callId: 'c', tag: 'call tag' })).toMatchObject({ tag: 'call tag' });
  });

  test.each(['conference', 'conference-member'])(
    'of type %s has the present tag, also in place of another',
    (eventType) => {
      expect(forCustomer({ eventType, tag: 'old' }, 'now')).toMatchObject({ tag: 'now' });
      expect(forCustomer({ eventType }, 'now')).toMatchObject({ tag: 'now' });
      expect(forCustomer({ eventType, tag: 'old' })).not.toHaveProperty('tag');
    },
  );

  test.each(['conference-playback', 'conference-speak', 'dtmf', 'answer', 'hangup', 'timeout', 'new'])(
    'of type %s keeps a tag of its own',
    (eventType) => {
      const owner = { ...OURS, tag: 'now', platformTag: 'then' };
      expect(customerEvent({ eventType, tag: 'own' }, owner)).toMatchObject({ tag: 'own' });
      expect(customerEvent({ eventType }, owner)).not.toHaveProperty('tag');
    },
  );

  test.each(['conference-playback', 'conference-speak', 'conference-new-thing'])(
    'of type %s has the present tag in place of the one that the platform was given',
    (eventType) => {
      const event = { eventType, tag: 'then' };
      expect(customerEvent(event, { ...OURS, tag: 'now', platformTag: 'then' })).toMatchObject({ tag: 'now' });
      expect(customerEvent(event, { ...OURS, platformTag: 'then' })).not.toHaveProperty('tag');
    },
  );

  test.each(['answer', 'hangup', 'timeout', 'dtmf'])(
    'of type %s, a call’s own, never has the conference’s tag',
    (eventType) => {
      expect(customerEvent({ eventType }, { ...OURS, tag: 'now' })).not.toHaveProperty('tag');
      const event = { eventType, tag: 'same' };
      expect(customerEvent(event, { ...OURS, tag: 'now', platformTag: 'same' })).toMatchObject({ tag: 'same' });
    },
  );

  test('has paths of our own where the ids are in the addresses only', () => {
    const there = 'https://platform.example/v1/users/p';
    const event = {
      eventType: 'conference-speak',
      conferenceUri: `${there}/conferences/theirs`,
      memberUri: `${there}/conferences/theirs/members/member%201/`,
      callUri: `${there}/calls/call%2F1?v=1`,
    };
    expect(forCustomer(event)).toStrictEqual({
      eventType: 'conference-speak',
      conferenceUri: '/v1/users/u%201/conferences/conf-ours',
      memberUri: '/v1/users/u%201/conferences/conf-ours/members/member%201',
      callUri: '/v1/users/u%201/calls/call%2F1',
    });
  });

  test('has the call’s path in `call` too, from its id or from the address', () => {
    const call = 'https://platform.example/v1/users/p/calls/call-1';
    expect(forCustomer({ eventType: 'new', call })).toMatchObject({ call: '/v1/users/u%201/calls/call-1' });
    expect(forCustomer({ eventType: 'new', call, callId: 'c 2' })).toMatchObject({
      call: '/v1/users/u%201/calls/c%202',
    });
  });

  test('keeps what stands in the place of an address and is none', () => {
    const event = { eventType: 'new', callUri: 7, memberUri: null, call: { id: 'c' }, conferenceUri: ['x'] };
    expect(forCustomer(event)).toStrictEqual(event);
  });

  test('of a type that we do not know has our ids and addresses in place of the platform’s', () => {
    const event = {
      eventType: 'conference-recording',
      conferenceId: 'theirs',
      memberId: 'm',
      memberUri: 'https://platform.example/v1/users/p/conferences/theirs/members/m',
    };
    expect(forCustomer(event)).toMatchObject({
      conferenceId: 'conf-ours',
      memberUri: '/v1/users/u%201/conferences/conf-ours/members/m',
    });
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
    call: '/v1/users/u/calls/k',
    path: '/not/an/address',
  };

  test.each(['https://api.example', 'https://api.example/', 'https://api.example//'])('begin with %s', (base) => {
    expect(withAbsoluteUris(event, base)).toStrictEqual({
      ...event,
      conferenceUri: 'https://api.example/v1/users/u/conferences/c',
      call: 'https://api.example/v1/users/u/calls/k',
    });
  });

  test('may lie below a path', () => {
    expect(withAbsoluteUris(event, 'https://api.example/convoke/')).toMatchObject({
      conferenceUri: 'https://api.example/convoke/v1/users/u/conferences/c',
    });
  });
});

describe('a callback’s body', () => {
  test('has no field that the platform did not send, odd ones left aside', () => {
    expect(JSON.stringify(callbackEvent.parse({ eventType: 'dtmf', x: 1 }))).toBe('{"eventType":"dtmf","x":1}');
    expect('conferenceId' in callbackEvent.parse({ eventType: 'dtmf' })).toBe(false);
    expect(JSON.parse(JSON.stringify(callbackEvent.parse({ eventType: 'dtmf', memberId: 7 })))).toEqual({
      eventType: 'dtmf',
    });
  });

  test.each([
    ['conference', true],
    ['timeout', true],
    ['conference-speak', true],
    ['conference-new-thing', false],
    ['constructor', false],
  ])('of type %s is one that we know: %s', (eventType, known) => expect(isKnownType({ eventType })).toBe(known));
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
