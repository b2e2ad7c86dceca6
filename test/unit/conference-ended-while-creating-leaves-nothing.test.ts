import { describe, expect, test } from '@jest/globals';
import { completed } from './conference-world-events.ts';
import { ordered, P1, told } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

describe('told to complete while it is being created', () => {
  function endedWhileCreating(): World {
    const world = new World();
    world.change({ state: 'completed' });
    expect(world.state).toMatchObject({ phase: 'ending', endRequested: 'ended-via-api', creation: 'stopping' });
    expect(world.effects('stop-creating')).toHaveLength(1);
    return world;
  }

  test('a conference that an attempt makes all the same is completed, and ends as one that was ended', () => {
    const world = endedWhileCreating();
    world.answer(true);
    expect(ordered(world)).toEqual([P1]);
    expect(world.state.phase).toBe('ending');
    world.confirm(0);
    world.event(completed(P1));
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
  });

  test('it is cancelled when nothing shows on the platform for 10 s, and the customer is told', () => {
    const world = endedWhileCreating();
    world.stopped();
    world.ringAfter(9_999);
    expect(world.state.phase).toBe('ending');
    world.ringAfter(1);
    expect(world.state).toMatchObject({ phase: 'cancelled', reason: 'cancelled' });
    expect(world.dueToo).toEqual([]);
    expect(told(world)).toEqual(['completed']);
  });

  test('a refusal then ends it too, without an error', () => {
    const world = endedWhileCreating();
    world.refuse('refusal');
    expect(world.state).toMatchObject({ phase: 'cancelled', reason: 'cancelled' });
    expect(world.state.error).toBeUndefined();
  });
});
