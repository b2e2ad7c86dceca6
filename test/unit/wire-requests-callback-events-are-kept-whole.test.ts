import { describe, expect, test } from '@jest/globals';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { errorOf } from './wire-requests-world.ts';

describe('a callback event', () => {
  const read = (event: object) => parseRequest(callbackEvent, event);

  test('needs an eventType, and may be of a type that we do not know', () => {
    expect(read({ eventType: 'new-thing', anything: { at: ['all'] } })).toMatchObject({
      eventType: 'new-thing',
      anything: { at: ['all'] },
    });
    expect(errorOf({ status: 'created' }, callbackEvent).message).toMatch(/^eventType: got nothing, wants /);
    expect(errorOf({ eventType: '' }, callbackEvent).code).toBe('validation-error');
    expect(errorOf({ eventType: 'x'.repeat(101) }, callbackEvent).code).toBe('validation-error');
  });

  test('is kept whole, but a known field of an odd type counts as absent', () => {
    const odd = JSON.stringify(
      read({ eventType: 'conference', conferenceId: 5, status: {}, time: [], tag: 1, other: 1 }),
    );
    expect(JSON.parse(odd)).toEqual({ eventType: 'conference', other: 1 });
  });

  test('has activeMembers as a number, however it is written', () => {
    expect(read({ eventType: 'conference-member', activeMembers: '3' }).activeMembers).toBe(3);
    expect(read({ eventType: 'conference-member', activeMembers: 'many' }).activeMembers).toBeUndefined();
    expect(read({ eventType: 'conference-member' }).activeMembers).toBeUndefined();
  });
});
