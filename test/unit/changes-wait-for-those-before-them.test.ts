import { describe, expect, test } from '@jest/globals';
import { conference, DIAL, HOLD, MUTE, P1, refusal, REMOVE, SPEAK, TAG } from './changes-world.ts';
import { completed, member } from './conference-world-events.ts';

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
