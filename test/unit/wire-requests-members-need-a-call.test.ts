import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/catapult/parse.ts';
import { addMemberRequest, updateMemberRequest } from '../../src/catapult/requests.ts';
import { errorOf, noSwitches, switches } from './wire-requests-world.ts';

describe('a member', () => {
  const add = (fields: object) => parseRequest(addMemberRequest, fields);
  const change = (fields: object) => parseRequest(updateMemberRequest, fields);
  const settings = ['joinTone', 'leavingTone', 'mute', 'hold'];

  test('needs a callId, and no field comes in that was not given', () => {
    expect(add({ callId: 'c-1' })).toStrictEqual({ callId: 'c-1' });
    expect(add({ callId: 'c-1', mute: null, state: 'completed', size: 1 })).toStrictEqual({ callId: 'c-1' });
    expect(errorOf({}, addMemberRequest).message).toMatch(/^callId: got nothing, wants an id/);
  });

  test.each(['', ' ', 'a b', 'é', 'a\n', 'x'.repeat(101), 1, {}, ['c-1'], true])(
    'has no callId that is %j',
    (callId) => {
      expect(errorOf({ callId }, addMemberRequest).code).toBe('validation-error');
    },
  );

  test('may have a callId of 100 characters, of any platform', () => {
    for (const callId of ['x'.repeat(100), 'c/1?#%:~', '__proto__']) expect(add({ callId })).toStrictEqual({ callId });
  });

  test.each(settings)('takes %s as a switch, when it is added and later', (field) => {
    for (const [given, taken] of switches) {
      expect(add({ callId: 'c', [field]: given })).toStrictEqual({ callId: 'c', [field]: taken });
      expect(change({ [field]: given })).toStrictEqual({ [field]: taken });
    }
    for (const given of noSwitches) {
      expect(errorOf({ callId: 'c', [field]: given }, addMemberRequest).details?.[0]?.name).toBe(field);
      expect(errorOf({ [field]: given }, updateMemberRequest).details?.[0]?.name).toBe(field);
    }
  });

  test('is removed by the state completed, and can be set to no other', () => {
    expect(change({ state: 'completed', callId: 'c-2' })).toStrictEqual({ state: 'completed' });
    expect(change({ state: null })).toStrictEqual({});
    expect(errorOf({ state: 'active' }, updateMemberRequest).message).toBe(
      'state: got "active", wants "completed", the only state a member can be set to.',
    );
  });
});
