import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { outsideJson, outsideText, markdownLine } from '../../src/catapult/outside-text.ts';
import { callbackEvent, parseErrorAnswer, platformMember } from '../../src/catapult/from-platform.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { idFromLocation } from '../../src/catapult/paths.ts';
import { addMemberRequest, audioRequest, createConferenceRequest } from '../../src/catapult/requests.ts';
import { errorOf } from './wire-requests-world.ts';

/** As a text ends that somebody cut at a length. */
const HALF = '\ud83d';
const MENDED = '\ufffd';

describe('a text', () => {
  test.each([
    [HALF, 10, MENDED],
    [`${HALF}${HALF} \ude00!`, 10, `${MENDED}${MENDED} ${MENDED}!`],
    ['a\0b', 10, `a${MENDED}b`],
    ['😀😀😀', 2, '😀😀'],
    ['x😀', 1, 'x'],
    ['as it is', 8, 'as it is'],
  ])('%j of at most %d characters is %j', (text, length, mended) => {
    expect(outsideText(text, length)).toBe(mended);
  });

  test('of whatever units is well-formed and within its length; what is well-formed stays as it is', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
    fc.assert(
      fc.property(units, fc.nat(30), (codes, length) => {
        const text = String.fromCharCode(...codes);
        const mended = outsideText(text, length);
        expect(mended).not.toMatch(/[\0\p{Cs}]/u);
        expect(Array.from(mended).length).toBe(Math.min(Array.from(text).length, length));
        expect(outsideText(mended, length)).toBe(mended);
      }),
    );
  });
});

test('JSON is mended at any depth, names too, and numbers are left alone', () => {
  const given = { [HALF]: [HALF, { deep: `${HALF}\0` }], number: 1.5, no: null, yes: true };
  expect(outsideJson(given)).toEqual({
    [MENDED]: [MENDED, { deep: MENDED + MENDED }],
    number: 1.5,
    no: null,
    yes: true,
  });
});

describe('at the edge', () => {
  test('an event of the platform is mended, and told on', () => {
    const event = { eventType: `odd ${HALF}`, memberId: HALF, tag: HALF, [`x${HALF}`]: { y: [HALF] }, count: 7 };
    expect(parseRequest(callbackEvent, event)).toMatchObject({
      ...{ eventType: `odd ${MENDED}`, memberId: MENDED, tag: MENDED },
      ...{ [`x${MENDED}`]: { y: [MENDED] }, count: 7 },
    });
  });

  test('a customer’s tag, sentence and file are mended', () => {
    expect(parseRequest(createConferenceRequest, { from: '+19195551234', tag: HALF }).tag).toBe(MENDED);
    const url = `http://files.example/${HALF}.wav`;
    const participants = [{ to: '+19195551235', tag: HALF }];
    expect(parseRequest(createConferenceRequest, { from: '+19195551234', participants }).participants).toMatchObject([
      { tag: MENDED },
    ]);
    expect(parseRequest(audioRequest, { sentence: HALF }).sentence).toBe(MENDED);
    expect(parseRequest(audioRequest, { fileUrl: url }).fileUrl).not.toContain(HALF);
  });

  test('what is wrong is quoted in whole characters', () => {
    const { message, details } = errorOf({ callId: '😀'.repeat(200) }, addMemberRequest);
    expect([message, JSON.stringify(details)].join()).not.toMatch(/\p{Cs}|\\ud/u);
  });

  test('a platform’s error is mended and bounded in every field', () => {
    const long = `${HALF}${'x'.repeat(5_000)}`;
    const error = parseErrorAnswer(403, {
      ...{ category: long, code: long, message: long },
      details: Array.from({ length: 100 }, () => ({ name: long, value: long })),
    });
    expect(JSON.stringify(error)).not.toMatch(/\\ud/);
    expect(error.message).toMatch(/^\ufffdx{999}$/);
    expect([error.category.length, error.code.length, error.details?.length]).toEqual([100, 100, 5]);
    expect(error.details?.[0]?.value).toHaveLength(100);
  });

  test('an id of a Location is mended; one that is too long is none, since half of it is another one’s', () => {
    expect(idFromLocation(`/v1/users/u/conferences/a${HALF}`)).toBe(`a${MENDED}`);
    expect(idFromLocation(`/v1/users/u/conferences/a%00`)).toBe(`a${MENDED}`);
    expect(idFromLocation(`/v1/users/u/conferences/${'a'.repeat(301)}`)).toBeUndefined();
    const member = { id: 'm', state: 'active', call: `/v1/users/u/calls/${HALF}` };
    expect(platformMember.parse(member).callId).toBe(MENDED);
  });
});

test('in the Temporal UI a text is one line that Markdown takes for text, within the 400 bytes of a summary', () => {
  expect(markdownLine('# a\n\n[link](x) <b> `c` *d*\u202e')).toBe('# a  \\[link\\](x) \\<b\\> \\`c\\` \\*d\\* ');
  for (const text of ['😀', '*', '\n']) expect(Buffer.byteLength(markdownLine(text.repeat(500)))).toBeLessThan(340);
});

test.each(['.', '..', '', 'x'.repeat(301)])('%j is no id of a platform, wherever it comes', (id) => {
  const ids = { conferenceId: id, memberId: id, callId: id };
  const event = callbackEvent.parse({ eventType: 'dtmf', ...ids });
  expect([event.conferenceId, event.memberId, event.callId]).toEqual([undefined, undefined, undefined]);
  const member = { id: 'member-1', state: 'active' };
  expect(platformMember.safeParse({ ...member, id }).success).toBe(false);
  expect(platformMember.parse({ ...member, callId: id }).callId).toBeUndefined();
  expect(idFromLocation(`https://platform/v1/users/u/calls/${id}`)).toBe(id === '' ? 'calls' : undefined);
  expect(idFromLocation(`/v1/users/u/calls/${encodeURIComponent(id).replaceAll('.', '%2e')}`)).toBe(
    id === '' ? 'calls' : undefined,
  );
});
