import { describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/conference/state/changes.ts';
import { ADD, answered, conference, DIAL, END, HOLD, MUTE, P1, refusal, REMOVE, SPEAK, TAG } from './changes-world.ts';
import { completed, member } from './conference-world-events.ts';
import { World } from './conference-world.ts';

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
