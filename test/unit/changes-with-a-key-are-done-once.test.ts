import { describe, expect, test } from '@jest/globals';
import { keptAnswer } from '../../src/conference/facts/answers.ts';
import { ADD, answered, conference, DIAL, HOLD, KEY, P1, SPEAK, TAG } from './changes-world.ts';
import { completed, member, speak } from './conference-world-events.ts';
import { madeBy } from './conference-world-runs.ts';
import type { World } from './conference-world.ts';

describe('a change that is asked for again under its key', () => {
  test('while it is under way gets the same answer', () => {
    const world = conference();
    const requesters = [world.ask(DIAL, KEY), world.ask(DIAL, KEY)];
    world.platformSays('done');
    expect(world.answers.map(({ requester }) => requester)).toEqual(requesters);
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

  test('and again, after its confirmation came late, gets the id of what it made', () => {
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
    expect(world.state.changes.keptAnswers).toHaveLength(200);
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
