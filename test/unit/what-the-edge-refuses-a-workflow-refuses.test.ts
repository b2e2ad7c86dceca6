import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRequest } from '../../src/catapult/parse.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { whyUnfitChange, whyUnfitRequest } from '../../src/conference/facts/bounds.ts';
import { scheduleIdOf, triggeredIdOf } from '../../src/conference/state/ids.ts';
import { wrongFields } from '../support/bad/values.ts';
import { everyCreateField } from '../support/every-field.ts';

/*
 * What is started or signalled past a gateway is held to the same bounds, in plain code in place of schemas: whatever a field cannot be at the
 * edge it cannot be here, and whatever comes through the edge is taken.
 */

const NOW = Date.parse('2026-01-01T00:00:00Z');
const from = '+19195551234';
const to = '+19195550001';
const callId = 'c-1';
const callbacks = { callbackHttpMethod: 'POST', callbackTimeout: 10_000 };

/** By what is asked for: what is right of it, and what is wrong with it. */
const asked = {
  create: [parseRequest(createConferenceRequest, { from }), (one: object) => whyUnfitRequest(one, NOW)],
  change: [{}, (fields: object) => whyUnfitChange({ kind: 'conference', fields }, NOW)],
  join: [{ callId }, (member: object) => whyUnfitChange({ kind: 'add-member', member }, NOW)],
  changeMember: [{}, (fields: object) => whyUnfitChange({ kind: 'member', memberId: 'm-1', fields }, NOW)],
  play: [{ sentence: 'x' }, (audio: object) => whyUnfitChange({ kind: 'audio', audio }, NOW)],
  dial: [{ from, to, callTimeout: 60, ...callbacks }, (call: object) => whyUnfitChange({ kind: 'dial', call }, NOW)],
} as const;

/** A workflow knows no time zones: a name that is none is refused at the edge alone, and shown only. The others are no part of a change. */
const LEFT_OUT = ['timeZone', 'conferenceId', 'bridgeId'];

describe.each(Object.entries(asked))('%s', (name, [right, why]) => {
  const wrong = Object.entries(wrongFields[name as keyof typeof asked]).filter(([field]) => !LEFT_OUT.includes(field));

  test('what is right is taken', () => {
    expect(why(right)).toBeUndefined();
  });

  test.each(wrong)('%s', (field, values: fc.Arbitrary<unknown>) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(why({ ...right, [field]: value })).toMatch(/wants /);
      }),
      { numRuns: 300 },
    );
  });
});

test('a request with every field is taken, as the edge leaves it', () => {
  expect(whyUnfitRequest({ ...everyCreateField, startAt: '2026-01-31T12:00:00Z' }, NOW)).toBeUndefined();
});

test('a field of a later version is left alone', () => {
  expect(whyUnfitRequest({ ...asked.create[0], music: 'waltz' }, NOW)).toBeUndefined();
  // A conference of a schedule has its time from its id.
  const reminded = { ...asked.create[0], reminders: [{ before: 60 }] };
  expect(
    whyUnfitRequest(reminded, NOW, triggeredIdOf(scheduleIdOf(new Uint8Array(17)), new Uint8Array(17))),
  ).toBeUndefined();
  expect(whyUnfitRequest(reminded, NOW)).toContain('reminders: wants a startAt');
});

function deep(levels: number): object {
  let value = {};
  for (let level = 0; level < levels; level += 1) value = { deeper: value };
  return value;
}

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'it wants an object'],
  ['a list', [], 'it wants an object'],
  ['no number', {}, 'from: wants an E.164 telephone number such as "+19195551234"'],
  ['half a character', { ...asked.create[0], tag: '\ud800' }, 'it wants well-formed text'],
  ['a zero character in a name', { ...asked.create[0], ['\0']: 1 }, 'it wants well-formed text'],
  ['too deep', { ...asked.create[0], x: deep(10_000) }, 'in 20 levels at most'],
  ['too long', { ...asked.create[0], x: 'y'.repeat(200_000) }, 'it wants 131072 bytes'],
  ['a reminder of nothing', { ...asked.create[0], reminders: [{ before: 60 }] }, 'reminders: wants a startAt'],
  ['in two years', { ...asked.create[0], startAt: '2028-01-01T00:00:00Z' }, 'a year ahead at most'],
  [
    'the second of two people',
    { ...asked.create[0], participants: [everyCreateField.participants[0], { to }] },
    'participants[1].callTimeout: wants a whole number of seconds from 1 to 300',
  ],
])('%s', (_what, request, why) => {
  expect(whyUnfitRequest(request, NOW)).toContain(why);
});

test('a change of no kind is none', () => {
  expect(whyUnfitChange({ kind: 'constructor' }, NOW)).toMatch(/^kind: wants conference, member, audio/);
  expect(whyUnfitChange({ kind: 'audio', audio: {} }, NOW)).toBe('audio: wants a fileUrl, or a sentence');
});
