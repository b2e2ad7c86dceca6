import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  callsPath,
  conferencePath,
  conferencesPath,
  eventsPath,
  memberPath,
  membersPath,
} from '../../src/catapult/paths.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';

/** As a text ends that was cut at a length; a failure of Temporal with it, if it is short, ends whoever takes it up. */
const HALF = '\ud83d';
const MENDED = '\ufffd';

let house: House;
let conferenceId: string;
beforeAll(async () => {
  house = await openHouse();
  conferenceId = await house.create({ callbackUrl: house.customer.url('/words') });
  await sendEvents(house, conferenceId, [{ eventType: 'conference-member', memberId: 'm-1', state: 'active' }]);
});
afterAll(() => house.close());

const requests: [string, () => [path: string, body: object]][] = [
  ['a create', () => [conferencesPath(USER), { from: '+19195551234' }]],
  ['a hold of all', () => [conferencePath(USER, conferenceId), { hold: true }]],
  ['a mute', () => [memberPath(USER, conferenceId, 'm-1'), { mute: true }]],
  ['an added member', () => [membersPath(USER, conferenceId), { callId: 'c-1' }]],
  ['a dial', () => [callsPath(USER), { from: '+19195551234', to: '+19195550001', conferenceId }]],
  ['a sentence', () => [`${conferencePath(USER, conferenceId)}/audio`, { sentence: `Hello ${HALF}` }]],
];

test.each(requests)(
  '%s that is refused in broken words gets them mended, and the worker goes on',
  async (_what, of) => {
    const answer = { status: 403, category: `a${HALF}`, code: `b${HALF}`, message: HALF };
    house.sandbox.faults.add({ on: { method: 'POST' }, times: 1, answer });
    const refused = await house.call('POST', ...of());
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { category: `a${MENDED}`, code: `b${MENDED}`, message: MENDED },
    ]);
    await house.create();
  },
);

test('events with broken words in every field are taken, told and shown, and the worker goes on', async () => {
  const broken = { tag: HALF, [`x${HALF}`]: { y: [HALF] }, time: HALF, callId: `c${HALF}`, cause: HALF, zero: '\0' };
  await sendEvents(house, conferenceId, [
    { eventType: `odd ${HALF}`, ...broken },
    { eventType: 'conference-member', memberId: `m${HALF}`, state: 'active', memberUri: `http://p/${HALF}`, ...broken },
    { eventType: 'hangup', callUri: HALF, ...broken },
  ]);
  const told = (await house.customer.until('/words', 5)).map(({ body }) => body);
  expect(told).toContainEqual(expect.objectContaining({ eventType: `odd ${MENDED}`, [`x${MENDED}`]: { y: [MENDED] } }));
  expect(told).toContainEqual(expect.objectContaining({ eventType: 'hangup', cause: MENDED, zero: MENDED }));
  const shown = await house.call('GET', eventsPath(USER, conferenceId));
  expect(await shown.text()).not.toMatch(/\\ud|\\u0000/);

  // Its id is part of a path: ours, and the platform's.
  house.sandbox.faults.add({ on: { method: 'POST' }, times: 1, answer: { status: 404, message: HALF } });
  const muted = await house.call('POST', memberPath(USER, conferenceId, `m${MENDED}`), { mute: true });
  expect([muted.status, await muted.json()]).toMatchObject([404, { message: MENDED }]);
  await house.create();
});
