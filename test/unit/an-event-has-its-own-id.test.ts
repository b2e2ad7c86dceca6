import { expect, test } from '@jest/globals';
import { eventIdOf, sequenceOf } from '../../src/conference/state/ids.ts';

/* Whoever has taken an event drops what comes with the same `webhook-id`: no other event may have it, not after a Reset either. */

const CONFERENCE = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
const joined = { eventType: 'conference-member', memberId: 'member-a' };

test('the same event at the same place has the same id, another event or place another one', () => {
  const id = eventIdOf(CONFERENCE, 3, joined);
  expect(eventIdOf(CONFERENCE, 3, { ...joined })).toBe(id);
  expect(eventIdOf(CONFERENCE, 3, { ...joined, memberId: 'member-b' })).not.toBe(id);
  expect(eventIdOf(CONFERENCE, 4, joined)).not.toBe(id);
});

test('its place can be read in it, for the conference that it is of', () => {
  const id = eventIdOf(CONFERENCE, 3, joined);
  expect(sequenceOf(id, CONFERENCE)).toBe(3);
  expect(sequenceOf(id, 'conf-bbbbbbbbbbbbbbbbbbbbbbbbbb')).toBeUndefined();
  for (const wrong of ['evt-1', `evt-${CONFERENCE.slice(5)}-3`, `${id}x`, id.replace('-3-', '-03-')])
    expect(sequenceOf(wrong, CONFERENCE)).toBeUndefined();
});
