import { describe, expect, test } from '@jest/globals';
import { catapultError } from '../../src/catapult/errors.ts';
import { conference, HOLD, P1, REMOVE } from './changes-world.ts';
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
