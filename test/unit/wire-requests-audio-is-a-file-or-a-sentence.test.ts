import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/catapult/parse.ts';
import { audioRequest } from '../../src/catapult/requests.ts';
import { errorOf, noSwitches } from './wire-requests-world.ts';

describe('audio', () => {
  const play = (fields: object) => parseRequest(audioRequest, fields);

  test.each([
    [{ fileUrl: 'http://a/b.wav' }],
    [{ fileUrl: '' }],
    [{ sentence: 'x'.repeat(1_000) }],
    [{ sentence: '' }],
    [{ fileUrl: '', sentence: 'x' }],
    [{ fileUrl: 'http://a/', sentence: '' }],
    [{ sentence: 'x', gender: 'male', locale: 'es_MX', voice: 'Luca', loopEnabled: true, tag: 't' }],
  ])('may be %j', (audio) => expect(play(audio)).toStrictEqual(audio));

  test('has the documented spelling, whatever letter case comes in', () => {
    const given = { sentence: 'x', gender: 'MALE', locale: 'EN_uk', voice: 'bERNARD', loopEnabled: 'FALSE' };
    const taken = { sentence: 'x', gender: 'male', locale: 'en_UK', voice: 'Bernard', loopEnabled: false };
    expect(play(given)).toStrictEqual(taken);
  });

  test.each([
    [{}, 'fileUrl: got nothing, wants the URL of a WAV or MP3 file, or a sentence instead.'],
    [{ voice: 'Susan' }, 'fileUrl: got nothing, wants the URL of a WAV or MP3 file, or a sentence instead.'],
    [
      { fileUrl: 'http://a/', sentence: 'x' },
      'sentence: got "x", wants nothing beside a fileUrl: one request plays one of them.',
    ],
  ])('is a file or a sentence: %j is neither', (audio, message) => {
    expect(errorOf(audio, audioRequest)).toMatchObject({ code: 'validation-error', message });
  });

  test.each([
    ['fileUrl', ['a.wav', 'ftp://a/', `http://a/${'x'.repeat(2_048)}`, 1]],
    ['sentence', ['x'.repeat(1_001), 1, {}]],
    ['gender', ['other', '', 1]],
    ['locale', ['en', 'en-US', 'pt_BR', '']],
    ['voice', ['Nobody', '', ['Kate']]],
    ['loopEnabled', noSwitches],
    ['tag', ['t'.repeat(1_025), 1]],
  ] as [string, unknown[]][])('has no such %s: %j', (field, values) => {
    const beside = field === 'sentence' ? { fileUrl: 'http://a/' } : { sentence: 'x' };
    for (const value of values) {
      expect(errorOf({ ...beside, [field]: value }, audioRequest).details).toContainEqual({
        name: field,
        value: expect.any(String) as unknown,
      });
    }
  });
});
