import { describe, expect, test } from '@jest/globals';
import { usesOwnFields } from '../../src/catapult/field-uses.ts';
import { viewOf } from '../../src/conference/view.ts';
import { initialState } from '../../src/conference/state/state.ts';
import { CONFERENCE, created, CUSTOMER, member, START } from './conference-world-events.ts';
import { P1 } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

/* DEFAULT_MAX_DURATION, or an account's own: for conferences that are created without `maxDuration`. */

function joined(settings: object, defaultMaxDuration: number | undefined): World {
  const world = new World({ callbackUrl: CUSTOMER, ...settings });
  if (defaultMaxDuration !== undefined) world.state.defaultMaxDuration = defaultMaxDuration;
  world.answer(true);
  world.event(created(P1));
  world.event(member(P1, 'a'));
  return world;
}

const endOf = ({ state }: World) => state.deadlines['max-duration'];

describe('a conference', () => {
  test('ends by it, from the first member on', () => {
    const world = joined({}, 600);
    expect(endOf(world)).toBe(START + 600_000);
    world.ringAfter(600_000);
    expect(world.state.endRequested).toBe('max-duration');
  });

  test('has its own where it was asked for, longer or shorter', () => {
    for (const maxDuration of [60, 6_000])
      expect(endOf(joined({ maxDuration }, 600))).toBe(START + maxDuration * 1_000);
  });

  test('lasts as long as it likes where there is none', () => expect(endOf(joined({}, undefined))).toBeUndefined());

  test('is one of Catapult’s all the same: nothing of it is shown, nor told', () => {
    const { state } = joined({}, 600);
    expect(viewOf(state, CONFERENCE).conference).not.toHaveProperty('maxDuration');
    expect(usesOwnFields(state.settings)).toBe(false);
  });
});

test('a new one gets it as its workflow is started', () => {
  const { settings } = new World({}).state;
  expect(initialState(settings, START, { defaultMaxDuration: 600 }).defaultMaxDuration).toBe(600);
  expect(initialState(settings, START)).not.toHaveProperty('defaultMaxDuration');
});
