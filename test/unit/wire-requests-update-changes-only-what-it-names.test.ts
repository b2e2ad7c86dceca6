import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/catapult/parse.ts';
import { updateConferenceRequest } from '../../src/catapult/requests.ts';
import { errorOf, noSwitches, switches } from './wire-requests-world.ts';

const update = (fields: object) => parseRequest(updateConferenceRequest, fields);

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

  test.each(['hold', 'mute'])('takes %s as a switch, in both forms and any letter case', (field) => {
    for (const [given, taken] of switches) expect(update({ [field]: given })).toStrictEqual({ [field]: taken });
    for (const given of noSwitches) {
      expect(errorOf({ [field]: given }, updateConferenceRequest).message).toBe(
        `${field}: got ${JSON.stringify(given)}, wants true or false.`,
      );
    }
  });
});
