import { describe, expect, test } from '@jest/globals';
import { catapultError } from '../../src/catapult/errors.ts';
import { answersTo } from '../../src/conference/facts/answers.ts';
import { conference, DIAL, HOLD, P1, REMOVE } from './changes-world.ts';
import { member } from './conference-world-events.ts';

describe('what the platform refuses', () => {
  test('is told in its words, with our ids in place of its own, and when to come again', () => {
    const world = conference();
    const requester = world.ask(HOLD);
    const details = [{ name: 'conference', value: `/conferences/${P1}` }];
    const { wire } = catapultError('rate-limit-reached', `Conference ${P1} is busy (${P1}).`, { details });
    world.endRun(world.lastRun, 'refused', wire, 1_767_225_700_000);
    const ours = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
    expect(world.answersTo(requester)).toEqual([
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

  test('is told of each, however many are refused at once and however much is said of them', () => {
    const world = conference();
    const details = Array.from({ length: 20 }, (_, index) => ({ name: `detail ${index}`, value: 'x'.repeat(300) }));
    const requesters = Array.from({ length: 60 }, () => world.ask(DIAL));
    const runs = world.runs.slice(-requesters.length);
    const { wire } = catapultError('conference-error', 'Not now.', { details });
    for (const run of runs) world.endRun(run, 'refused', wire);
    // In one task, at whose end those who wait are answered.
    const answers = Object.values(answersTo(world.state, requesters));
    expect(answers).toEqual(requesters.map(() => ({ outcome: 'refused', error: { ...wire, message: 'Not now.' } })));
  });

  test('is done all the same if it is to remove a member that has left meanwhile', () => {
    const world = conference();
    const requester = world.ask(REMOVE);
    world.event(member(P1, 'member-a', { state: 'completed', time: 5 }));
    world.platformSays('refused');
    expect(world.answersTo(requester)).toEqual([{ outcome: 'done' }]);
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
