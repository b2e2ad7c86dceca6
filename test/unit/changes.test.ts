import { describe, expect, test } from '@jest/globals';
import { catapultError } from '../../src/catapult/errors.ts';
import type { Change, RequestKey } from '../../src/workflows/change.ts';
import { keptAnswer } from '../../src/workflows/changes.ts';
import { completed, created, member, platformId, playback, speak } from './lifecycle-world-events.ts';
import { madeBy } from './lifecycle-world-runs.ts';
import { World } from './lifecycle-world.ts';

/* The named rules of changes, one example each. What holds for all histories is in changes.property.test.ts. */

const P1 = platformId(1);
const HOLD: Change = { kind: 'conference', fields: { hold: true } };
const TAG: Change = { kind: 'conference', fields: { tag: 'other' } };
const END: Change = { kind: 'conference', fields: { state: 'completed' } };
const MUTE: Change = { kind: 'member', memberId: 'member-a', fields: { mute: true } };
const REMOVE: Change = { kind: 'member', memberId: 'member-a', fields: { state: 'completed' } };
const SPEAK: Change = { kind: 'audio', audio: { sentence: 'Welcome.' } };
const ADD: Change = { kind: 'add-member', member: { callId: 'call-x' } };
const DIAL: Change = {
  kind: 'dial',
  call: {
    from: '+19195551234',
    to: '+19195550000',
    callTimeout: 60,
    callbackHttpMethod: 'POST',
    callbackTimeout: 10_000,
  },
};
const KEY: RequestKey = { id: 'key-1', fingerprint: 'of this change' };

/** An active conference with one member. */
function conference(settings?: ConstructorParameters<typeof World>[0]): World {
  const world = new World(settings);
  world.answer(true);
  world.event(member(P1, 'member-a'));
  return world;
}

const refusal = (status: number, message: string) => ({
  outcome: 'refused',
  error: { status, message: expect.stringContaining(message) },
});

/** Asks for a change that is answered at once, without the platform. */
function answered(world: World, change: Change, key?: RequestKey) {
  const runs = world.runs.length;
  const answers = world.answersTo(world.ask(change, key));
  expect(world.runs).toHaveLength(runs);
  expect(answers).toHaveLength(1);
  return answers[0];
}

describe('refused without the platform is', () => {
  const toNobody: Change = { kind: 'audio', memberId: 'nobody', audio: { sentence: 'Hello.' } };
  const toOne: Change = { kind: 'audio', memberId: 'member-a', audio: { sentence: 'Hello.' } };

  test.each<[string, Change]>([
    ['changed', { kind: 'member', memberId: 'nobody', fields: { mute: true } }],
    ['removed', { kind: 'member', memberId: 'nobody', fields: { state: 'completed' } }],
    ['spoken to', toNobody],
    ['changed in nothing', { kind: 'member', memberId: 'nobody', fields: {} }],
  ])('a member that there never was: it cannot be %s', (_what, change) => {
    const answer = answered(conference(), change);
    expect(answer).toMatchObject(refusal(404, 'There is no member nobody in this conference.'));
    expect(answer).toMatchObject({ error: { code: 'conference-member-not-found' } });
  });

  test('an id of any length, without saying all of it', () => {
    const change: Change = { kind: 'member', memberId: 'm'.repeat(5_000), fields: { mute: true } };
    expect(JSON.stringify(answered(conference(), change)).length).toBeLessThan(300);
  });

  test.each(['__proto__', 'constructor', 'toString'])('a member named %s, unless there is one', (memberId) => {
    const world = conference();
    const change: Change = { kind: 'member', memberId, fields: { mute: true } };
    expect(answered(world, change)).toMatchObject(refusal(404, 'no member'));
    world.event(member(P1, memberId));
    world.ask(change);
    expect(world.underWay).toHaveLength(1);
  });

  test.each<[string, Change]>([
    ['changed', MUTE],
    ['spoken to', toOne],
    ['removed with other words', { kind: 'member', memberId: 'member-a', fields: { state: 'completed', mute: true } }],
  ])('a member that has left: it cannot be %s', (_what, change) => {
    const world = conference();
    world.event(member(P1, 'member-a', { state: 'completed', time: 5 }));
    expect(answered(world, change)).toMatchObject(refusal(403, 'Member member-a has left the conference.'));
  });

  test.each<[string, Change]>([
    ['a hold', HOLD],
    ['a tag', TAG],
    ['an end with a tag', { kind: 'conference', fields: { state: 'completed', tag: 'late' } }],
    ['a sentence', SPEAK],
    ['a new member', ADD],
    ['a call', DIAL],
  ])('%s when the conference is over', (_what, change) => {
    const world = conference();
    world.event(completed(P1));
    expect(answered(world, change)).toMatchObject({
      outcome: 'refused',
      error: { status: 403, code: 'conference-error', message: expect.stringContaining('is completed') },
    });
  });

  test.each<[string, Change]>([
    ['a hold', HOLD],
    ['a mute', MUTE],
    ['a sentence', SPEAK],
    ['a new member', ADD],
    ['a call', DIAL],
  ])('%s while the conference is ending', (_what, change) => {
    const world = conference();
    world.ask(END);
    expect(answered(world, change)).toMatchObject(refusal(403, 'The conference is being ended'));
  });

  test.each<[string, Change]>([
    ['a hold', HOLD],
    ['a sentence', SPEAK],
    ['a new member', ADD],
    ['a call', DIAL],
  ])('%s before the platform has the conference, for the moment', (_what, change) => {
    expect(answered(new World(), change)).toMatchObject(refusal(503, 'The platform does not have the conference yet'));
  });

  test('a hold with a tag all of it: the tag stays as it was', () => {
    const world = new World();
    answered(world, { kind: 'conference', fields: { hold: true, tag: 'other' } });
    expect(world.state.settings.tag).toBeUndefined();
  });
});

describe('done without the platform is', () => {
  const done = { outcome: 'done' };

  test.each<[string, Change]>([
    ['nothing at all', { kind: 'conference', fields: {} }],
    ['nothing of a member', { kind: 'member', memberId: 'member-a', fields: {} }],
    ['a callbackUrl', { kind: 'conference', fields: { callbackUrl: 'https://customer.example/other' } }],
  ])('%s', (_what, change) => expect(answered(conference(), change)).toEqual(done));

  test('a tag before the platform has the conference, and while it is ending', () => {
    expect(answered(new World(), TAG)).toEqual(done);
    const world = conference();
    world.ask(END);
    expect(answered(world, TAG)).toEqual(done);
    expect(world.state.settings.tag).toBe('other');
  });

  test.each<[string, Change]>([
    ['the end of a conference that is over', END],
    ['nothing at all in a conference that is over', { kind: 'conference', fields: {} }],
    ['the removal of a member when all have left', REMOVE],
  ])('%s', (_what, change) => {
    const world = conference();
    world.event(completed(P1));
    expect(answered(world, change)).toEqual(done);
  });

  test('the removal of a member once the platform has confirmed the end, though it has not told of it yet', () => {
    const world = conference();
    world.ask(END);
    world.confirm(0);
    expect(answered(world, REMOVE)).toEqual(done);
  });

  test('the removal of a member that has left', () => {
    const world = conference();
    world.event(member(P1, 'member-a', { state: 'completed', time: 5 }));
    expect(answered(world, REMOVE)).toEqual(done);
  });
});

describe('a change waits for those before it', () => {
  test('that concern the same member, and for no others', () => {
    const world = conference();
    world.event(member(P1, 'member-b'));
    world.ask(MUTE);
    world.ask(REMOVE);
    world.ask({ kind: 'member', memberId: 'member-b', fields: { mute: true } });
    world.ask(HOLD);
    world.ask(SPEAK);
    world.ask(DIAL);
    expect(world.underWay.map(({ id }) => id)).toEqual([1, 3, 4, 6]);
    const [mute, , hold] = world.underWay;
    if (mute && hold) world.endRun(mute, 'done');
    expect(world.lastRun.id).toBe(2);
    if (hold) world.endRun(hold, 'refused');
    expect(world.lastRun.id).toBe(5);
  });

  test('for 5 s; then it is answered 503 and is not done', () => {
    const world = conference();
    world.ask(MUTE);
    const waits = world.ask(REMOVE);
    world.ringAfter(4_999);
    expect(world.answersTo(waits)).toEqual([]);
    world.ringAfter(1);
    expect(world.answersTo(waits)).toMatchObject([refusal(503, 'this one has not been done')]);
    world.platformSays('done');
    expect(world.runs).toHaveLength(1);
  });

  test('and is refused when its turn comes, if they have made it impossible', () => {
    const world = conference();
    world.ask(REMOVE);
    const waits = world.ask(MUTE);
    world.platformSays('done');
    expect(world.answersTo(waits)).toMatchObject([refusal(403, 'has left')]);
    expect(world.runs).toHaveLength(1);
  });

  test('and is answered once, though its turn comes at the moment when it would be given up', () => {
    const world = conference();
    world.ask(HOLD);
    const waits = world.ask(TAG);
    world.pass(5_000);
    world.platformSays('done');
    expect(world.answersTo(waits)).toEqual([{ outcome: 'done' }]);
  });

  test('but does not run once the conference is closed', () => {
    const world = conference();
    world.ask(HOLD);
    const waits = world.ask(SPEAK);
    world.event(completed(P1));
    world.platformSays('done');
    expect(world.answersTo(waits)).toMatchObject([refusal(403, 'is completed')]);
    expect(world.runs).toHaveLength(1);
  });
});

describe('an answer that is lost', () => {
  test('is replaced by the event that shows the call, within 5 s', () => {
    const world = conference();
    const asker = world.ask(DIAL);
    world.platformSays('lost');
    world.ringAfter(4_999);
    expect(world.answersTo(asker)).toEqual([]);
    world.show(world.lastRun);
    expect(world.answersTo(asker)).toEqual([{ outcome: 'done', id: madeBy(world.lastRun) }]);
  });

  test('is unknown after 5 s without such an event', () => {
    const world = conference();
    const asker = world.ask(DIAL);
    world.platformSays('lost');
    world.ringAfter(5_000);
    expect(world.answersTo(asker)).toEqual([{ outcome: 'unknown' }]);
  });

  test('is unknown 14.5 s after the request at the latest, however long that waited and ran', () => {
    const world = conference();
    world.ask(HOLD);
    const asker = world.ask(SPEAK);
    world.pass(5_000);
    const [hold] = world.underWay;
    if (hold) world.endRun(hold, 'done');
    world.pass(9_000);
    world.platformSays('lost');
    world.ringAfter(499);
    expect(world.answersTo(asker)).toEqual([]);
    world.ringAfter(1);
    expect(world.answersTo(asker)).toEqual([{ outcome: 'unknown' }]);
  });

  test('does not matter when the event has come before', () => {
    const world = conference();
    const asker = world.ask(ADD);
    world.show(world.lastRun);
    expect(world.answersTo(asker)).toEqual([]);
    world.platformSays('lost');
    expect(world.answersTo(asker)).toEqual([{ outcome: 'done', id: madeBy(world.lastRun) }]);
  });

  test('of a call that its event has shown is done, even if the platform then answers with an error', () => {
    const world = conference();
    const asker = world.ask(DIAL, KEY);
    world.show(world.lastRun);
    world.platformSays('refused', catapultError('gateway-unavailable', 'The platform answered 504.').wire);
    expect(world.answersTo(asker)).toEqual([{ outcome: 'done', id: madeBy(world.lastRun) }]);
    world.ask(DIAL, KEY);
    expect(world.runs).toHaveLength(1);
  });

  test('of a member’s adding is replaced by the joining of that call, and by no other’s', () => {
    const world = conference();
    const asker = world.ask(ADD);
    world.platformSays('lost');
    world.event(member(P1, 'member-b'));
    world.event(member(P1, 'member-a', { mute: true, time: 1 }));
    expect(world.answersTo(asker)).toEqual([]);
    world.event(member(P1, 'member-c', { callId: 'call-x' }));
    expect(world.answersTo(asker)).toEqual([{ outcome: 'done', id: 'member-c' }]);
  });

  test('of a member’s adding is replaced by its joining, though its leaving came first', () => {
    const world = conference();
    const asker = world.ask(ADD);
    world.platformSays('lost');
    world.event(member(P1, 'member-c', { callId: 'call-x', state: 'completed', time: 3 }));
    world.event(member(P1, 'member-c', { callId: 'call-x', time: 2 }));
    expect(world.answersTo(asker)).toEqual([{ outcome: 'done', id: 'member-c' }]);
  });

  test.each([
    [{ sentence: 'Welcome.' }, speak(P1, 'started'), speak(P1, 'done')],
    [{ sentence: '' }, speak(P1, 'done'), speak(P1, 'started')],
    [{ fileUrl: 'https://files.example/a.wav' }, playback(P1, 'started'), speak(P1, 'started')],
    [{ fileUrl: '' }, playback(P1, 'done'), playback(P1, 'started')],
    [{ fileUrl: '', sentence: 'Instead.' }, speak(P1, 'started'), playback(P1, 'done')],
    [{ sentence: 'A', tag: 'a' }, speak(P1, 'started', { tag: 'a' }), speak(P1, 'started', { tag: 'b' })],
  ])('of audio %j is replaced by the event that it causes, and by no other', (audio, sign, other) => {
    const world = conference();
    const asker = world.ask({ kind: 'audio', audio });
    world.platformSays('lost');
    world.event(other);
    expect(world.answersTo(asker)).toEqual([]);
    world.event(sign);
    expect(world.answersTo(asker)).toEqual([{ outcome: 'done' }]);
  });

  test('of what all are to hear is not replaced by what one member hears', () => {
    const world = conference();
    const asker = world.ask(SPEAK);
    world.platformSays('lost');
    world.event(speak(P1, 'started', { memberId: 'member-a' }));
    expect(world.answersTo(asker)).toEqual([]);
  });

  test('of a sentence is not replaced by the event of the one before, which came late', () => {
    const world = conference();
    world.ask(SPEAK);
    world.platformSays('done');
    const asker = world.ask({ kind: 'audio', audio: { sentence: 'And now?' } });
    world.event(speak(P1, 'started'));
    world.platformSays('lost');
    expect(world.answersTo(asker)).toEqual([]);
  });
});

describe('a change that is asked for again under its key', () => {
  test('while it is under way gets the same answer', () => {
    const world = conference();
    const askers = [world.ask(DIAL, KEY), world.ask(DIAL, KEY)];
    world.platformSays('done');
    expect(world.effects('answer').map((effect) => effect.askers)).toEqual([askers]);
    expect(world.runs).toHaveLength(1);
  });

  test('gets the answer it had, also when the conference is over', () => {
    const world = conference();
    world.ask(ADD, KEY);
    world.platformSays('done');
    const answer = { outcome: 'done', id: madeBy(world.lastRun) };
    expect(answered(world, ADD, KEY)).toEqual(answer);
    world.event(completed(P1));
    expect(answered(world, ADD, KEY)).toEqual(answer);
  });

  test('and again, after its sign came late, gets the id of what it made', () => {
    const world = conference();
    world.ask(DIAL, KEY);
    world.platformSays('lost');
    world.ringAfter(5_000);
    expect(answered(world, DIAL, KEY)).toEqual({ outcome: 'unknown' });
    world.pass(3_600_000);
    world.show(world.lastRun);
    expect(answered(world, DIAL, KEY)).toEqual({ outcome: 'done', id: madeBy(world.lastRun) });
  });

  test('is tried again if it was refused', () => {
    const world = conference();
    world.ask(DIAL, KEY);
    world.platformSays('refused');
    expect(keptAnswer(world.state, KEY)).toBeUndefined();
    world.ask(DIAL, KEY);
    expect(world.runs).toHaveLength(2);
  });

  test('is tried again if it waited in vain', () => {
    const world = conference();
    world.ask(HOLD);
    world.ask(SPEAK, KEY);
    world.ringAfter(5_000);
    world.platformSays('done');
    world.ask(SPEAK, KEY);
    expect(world.runs).toHaveLength(2);
  });

  test.each<[string, (world: World) => void]>([
    ['done', (world) => world.platformSays('done')],
    ['under way', () => undefined],
    ['waited for', (world) => world.platformSays('lost')],
  ])('is refused with 409 when the key was used for another one, which is %s', (_what, happens) => {
    const world = conference();
    world.ask(DIAL, KEY);
    happens(world);
    const answer = answered(world, SPEAK, { ...KEY, fingerprint: 'of another change' });
    expect(answer).toMatchObject({ error: { status: 409, code: 'conference-update-conflict' } });
    expect(world.state.changes.nextId).toBe(2);
  });

  test('is known among the last 200 that were done', () => {
    const world = conference();
    const key = (n: number) => ({ id: `key-${n}`, fingerprint: 'same' });
    for (let n = 0; n < 205; n += 1) world.ask(TAG, key(n));
    expect(world.state.changes.kept).toHaveLength(200);
    expect(keptAnswer(world.state, key(4))).toBeUndefined();
    expect(keptAnswer(world.state, key(5))).toEqual({ outcome: 'done' });
  });

  test('keeps its member, though the same call is added again', () => {
    const world = conference();
    world.ask(ADD, KEY);
    world.platformSays('done');
    const first = madeBy(world.lastRun);
    world.event(member(P1, first, { callId: 'call-x', state: 'completed', time: 5 }));
    const second = { id: 'key-2', fingerprint: 'of this change' };
    world.ask(ADD, second);
    world.platformSays('lost');
    world.ringAfter(5_000);
    world.show(world.lastRun);
    expect(answered(world, ADD, KEY)).toEqual({ outcome: 'done', id: first });
    expect(answered(world, ADD, second)).toEqual({ outcome: 'done', id: madeBy(world.lastRun) });
  });

  test('that is not known is not taken for done because of another sentence, an hour later', () => {
    const world = conference();
    world.ask(SPEAK, KEY);
    world.platformSays('lost');
    world.ringAfter(5_000);
    world.pass(3_600_000);
    world.ask(SPEAK);
    world.platformSays('done');
    world.event(speak(P1, 'started'));
    expect(answered(world, SPEAK, KEY)).toEqual({ outcome: 'unknown' });
  });
});

describe('what the platform refuses', () => {
  test('is told in its words, with our ids in place of its own, and when to come again', () => {
    const world = conference();
    const asker = world.ask(HOLD);
    const details = [{ name: 'conference', value: `/conferences/${P1}` }];
    const { wire } = catapultError('rate-limit-reached', `Conference ${P1} is busy (${P1}).`, { details });
    world.endRun(world.lastRun, 'refused', wire, 1_767_225_700_000);
    const ours = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
    expect(world.answersTo(asker)).toEqual([
      {
        outcome: 'refused',
        error: {
          ...wire,
          message: `Conference ${ours} is busy (${ours}).`,
          details: [{ name: 'conference', value: `/conferences/${ours}` }],
        },
        retryAt: 1_767_225_700_000,
      },
    ]);
  });

  test('is done all the same if it is to remove a member that has left meanwhile', () => {
    const world = conference();
    const asker = world.ask(REMOVE);
    world.event(member(P1, 'member-a', { state: 'completed', time: 5 }));
    world.platformSays('refused');
    expect(world.answersTo(asker)).toEqual([{ outcome: 'done' }]);
  });

  test('leaves the settings as they were', () => {
    const world = conference();
    world.ask({
      kind: 'conference',
      fields: { hold: true, tag: 'held', callbackUrl: 'https://customer.example/held' },
    });
    const { settings } = world.state;
    world.platformSays('refused');
    expect(world.state.settings).toEqual(settings);
    expect(world.state).toMatchObject({ hold: false });
    expect(world.effects('restart-delivery')).toEqual([]);
  });
});

describe('settings beside what the platform does', () => {
  test('hold once it is done', () => {
    const world = conference();
    world.ask({ kind: 'conference', fields: { hold: true, tag: 'held' } });
    expect(world.state.settings.tag).toBeUndefined();
    world.platformSays('done');
    expect(world.state).toMatchObject({ hold: true, mute: false, settings: { tag: 'held' } });
  });

  test('hold from the moment when the end is asked for, so that its event goes where it should', () => {
    const world = conference();
    const callbackUrl = 'https://customer.example/end';
    world.ask({ kind: 'conference', fields: { state: 'completed', tag: 'ended', callbackUrl, mute: true } });
    expect(world.state).toMatchObject({ phase: 'ending', mute: false, settings: { tag: 'ended', callbackUrl } });
    world.event(completed(P1));
    expect(world.accepted.at(-1)?.event.tag).toBe('ended');
    expect(world.effects('restart-delivery')).toHaveLength(1);
  });

  test('of an end do not come back over what was asked for after it', () => {
    const world = conference();
    world.ask({ kind: 'conference', fields: { state: 'completed', tag: 'ended' } });
    world.ask({ kind: 'conference', fields: { tag: 'later' } });
    world.confirm(0);
    expect(world.state.settings.tag).toBe('later');
  });

  test('hold for the next events', () => {
    const world = new World();
    world.answer(true);
    world.ask(TAG);
    world.event(created(P1));
    expect(world.accepted[0]?.event.tag).toBe('other');
  });
});
