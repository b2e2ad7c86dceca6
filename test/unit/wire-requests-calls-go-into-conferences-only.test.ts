import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/catapult/parse.ts';
import { callRequest } from '../../src/catapult/requests.ts';
import { errorOf, FROM } from './wire-requests-world.ts';

describe('a call', () => {
  const CALL = { from: FROM, to: '+19195550000', conferenceId: 'conf-1' };
  const dial = (fields: object = {}) => parseRequest(callRequest, { ...CALL, ...fields });
  const wrong = (fields: object) => errorOf({ ...CALL, ...fields }, callRequest).message;
  const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`X-${at}`, 'v']));

  test('has the wire’s defaults, and no field that was not given', () => {
    const defaults = { callTimeout: 60, callbackHttpMethod: 'POST', callbackTimeout: 10_000 };
    expect(dial({ bridgeId: null, sipHeaders: null, tag: null })).toStrictEqual({ ...CALL, ...defaults });
  });

  test('keeps all its fields, in the documented forms', () => {
    const given = {
      ...{ to: 'SIP:room@pbx.example', callTimeout: '300', callbackHttpMethod: 'get', callbackTimeout: '5', tag: 't' },
      ...{ callbackUrl: 'http://a/', fallbackUrl: 'http://b/', sipHeaders: headers(5), transcriptionEnabled: 'true' },
      ...{ recordingEnabled: 'False', recordingMaxDuration: '86400', recordingFileFormat: 'WAV' },
    };
    expect(dial(given)).toStrictEqual({
      ...{ ...CALL, ...given, callTimeout: 300, callbackHttpMethod: 'GET', callbackTimeout: 5 },
      ...{
        transcriptionEnabled: true,
        recordingEnabled: false,
        recordingMaxDuration: 86_400,
        recordingFileFormat: 'wav',
      },
    });
  });

  test('goes into a conference, and nowhere else', () => {
    expect(wrong({ conferenceId: null })).toBe(
      'conferenceId: got nothing, wants the id of a conference: calls are dialled into conferences only.',
    );
    expect(wrong({ bridgeId: 'b' })).toBe('bridgeId: got "b", wants nothing: calls are dialled into conferences only.');
  });

  test.each([
    ['from', [null, '9195551234', 'sip:me@x']],
    ['to', [null, '', 'tel:+1', 'sip:', 'sip:a b', `sip:${'x'.repeat(297)}`, 'https://x']],
    ['conferenceId', ['', 'a b', 5, 'x'.repeat(101)]],
    ['callTimeout', [0, 301, '301', 1.5, 'long']],
    ['callbackTimeout', [0, 10_001]],
    ['callbackUrl', ['x']],
    ['recordingMaxDuration', [0, 86_401, 'x']],
    ['recordingFileFormat', ['ogg', '']],
    ['recordingEnabled', ['maybe']],
    ['transcriptionEnabled', [1]],
    [
      'sipHeaders',
      [headers(6), [], 'X-A: 1', { Via: '1' }, { 'X-': '1' }, { 'X-A': 1 }, { 'X-A': 'a\r\nVia: b' }, { 'X-A\n': '' }],
    ],
  ] as [string, unknown[]][])('has no such %s: %j', (field, values) => {
    for (const value of values)
      expect(wrong({ [field]: value })).toMatch(new RegExp(`^${field}: got .+, wants .+\\.$`));
  });
});
