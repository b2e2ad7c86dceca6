import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { callbackUrl } from '../../src/catapult/fields.ts';
import { parseBasicAuth } from '../../src/catapult/credentials.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { callbackRequest, type CallbackRequest } from '../../src/delivery/request.ts';

const URL_OF_CUSTOMER = 'https://customer.example/events';
const EVENT: CallbackEvent = {
  eventType: 'conference-member',
  conferenceId: 'conf-1',
  conferenceUri: 'https://api.example/v1/users/u/conferences/conf-1',
  activeMembers: 2,
  mute: false,
  tag: "it's 100 % & more + 会議",
};
const secret = `whsec_${Buffer.from('a secret of at least 24 bytes').toString('base64')}`;
const signing = { id: 'evt-1-7', sequence: 7, secrets: [secret] };

/** What a receiver checks: the signature over what was sent. @throws unless it fits. */
function verify({ headers }: CallbackRequest, payload: string): void {
  new Webhook(secret).verify(payload, headers, { jsonParse: false });
}

/** What stands behind the URL's own query: the event's fields. */
const eventQuery = ({ url }: CallbackRequest) => url.search.slice(url.search.indexOf('eventType='));

describe('by POST', () => {
  test('the body is exactly the event, as JSON', () => {
    const { url, method, headers, body } = callbackRequest(URL_OF_CUSTOMER, 'POST', { event: EVENT });
    expect({ url: url.href, method, body }).toEqual({
      url: URL_OF_CUSTOMER,
      method: 'POST',
      body: JSON.stringify(EVENT),
    });
    expect(headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': expect.stringMatching(/^BandwidthAPI\/v1 \(/) as unknown,
    });
  });

  test('an absent field is left out, never null', () => {
    const { body } = callbackRequest(URL_OF_CUSTOMER, 'POST', { event: { eventType: 'dtmf', tag: undefined } });
    expect(body).toBe('{"eventType":"dtmf"}');
  });

  test('the URL keeps its own query', () => {
    const { url } = callbackRequest(`${URL_OF_CUSTOMER}?a=1&b=%20`, 'POST', { event: EVENT });
    expect(url.href).toBe(`${URL_OF_CUSTOMER}?a=1&b=%20`);
  });

  test('the signature fits the body, and no other', () => {
    const sent = callbackRequest(URL_OF_CUSTOMER, 'POST', { event: EVENT, signing });
    expect(() => verify(sent, sent.body ?? '')).not.toThrow();
    expect(() => verify(sent, `${sent.body} `)).toThrow();
    expect(sent.headers['webhook-id']).toBe('evt-1-7');
    expect(sent.headers['convoke-sequence']).toBe('7');
  });

  test('the id is part of what is signed', () => {
    const sent = callbackRequest(URL_OF_CUSTOMER, 'POST', { event: EVENT, signing });
    sent.headers['webhook-id'] = 'evt-1-8';
    expect(() => verify(sent, sent.body ?? '')).toThrow();
  });
});

describe('by GET', () => {
  test('the event’s fields are the query, and there is no body', () => {
    const sent = callbackRequest(URL_OF_CUSTOMER, 'GET', { event: EVENT });
    expect(sent.method).toBe('GET');
    expect(sent.body).toBeUndefined();
    expect(sent.headers).not.toHaveProperty('content-type');
    expect(Object.fromEntries(sent.url.searchParams)).toEqual({ ...EVENT, activeMembers: '2', mute: 'false' });
  });

  test.each([
    ['?room=1', 'room=1&'],
    ['?room=1&a=%26', 'room=1&a=%26&'],
    ['?', ''],
    ['', ''],
  ])('the fields come behind the query %s that the URL has', (query, before) => {
    const { url } = callbackRequest(`${URL_OF_CUSTOMER}${query}`, 'GET', {
      event: { eventType: 'dtmf', dtmfDigit: '#' },
    });
    expect(url.search).toBe(`?${before}eventType=dtmf&dtmfDigit=%23`);
  });

  test('absent fields are left out, and objects are JSON', () => {
    const event = { eventType: 'new', tag: undefined, nothing: null, error: { code: 'c' } };
    const { url } = callbackRequest(URL_OF_CUSTOMER, 'GET', { event });
    expect([...url.searchParams]).toEqual([
      ['eventType', 'new'],
      ['error', '{"code":"c"}'],
    ]);
  });

  test('the signature fits the query of the event’s fields as it is sent, whatever is in them', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.constantFrom('', '?own=1'), (tag, query) => {
        const event = { eventType: 'dtmf', tag };
        const sent = callbackRequest(`${URL_OF_CUSTOMER}${query}`, 'GET', { event, signing });
        expect(() => verify(sent, eventQuery(sent))).not.toThrow();
        expect(() => verify(sent, sent.url.search)).toThrow();
      }),
    );
  });
});

describe('without a key to sign with', () => {
  test.each(['GET', 'POST'] as const)('there are no headers of a signature: %s', (method) => {
    const { headers } = callbackRequest(URL_OF_CUSTOMER, method, { event: EVENT });
    expect(Object.keys(headers).filter((name) => /^(webhook|convoke)-/.test(name))).toEqual([]);
  });
});

describe('the user and password of a URL', () => {
  const authOf = (address: string) => {
    const { url, headers } = callbackRequest(address, 'POST', { event: EVENT });
    return { left: url.href, credentials: parseBasicAuth(headers['authorization']) };
  };

  test('become Basic auth, percent-decoded, and leave the URL', () => {
    expect(authOf('https://us%40er:p%3Aass%20%C3%A9@customer.example/events')).toEqual({
      left: URL_OF_CUSTOMER,
      credentials: { token: 'us@er', secret: 'p:ass é' },
    });
  });

  test('may be a user alone, or a password alone', () => {
    expect(authOf('https://user@customer.example/').credentials).toEqual({ token: 'user', secret: '' });
    expect(authOf('https://:pass@customer.example/').credentials).toEqual({ token: '', secret: 'pass' });
  });

  test('are none in a URL without them', () => {
    expect(callbackRequest(URL_OF_CUSTOMER, 'POST', { event: EVENT }).headers).not.toHaveProperty('authorization');
  });

  test('of every URL that the wire takes make a request: a bare % stands for itself', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '%', '%41', '%zz', ':', 'é')), (userinfo) => {
        const address = `http://${userinfo.join('')}@customer.example/`;
        fc.pre(callbackUrl.safeParse(address).success);
        expect(() => callbackRequest(address, 'POST', { event: EVENT })).not.toThrow();
      }),
    );
  });
});
