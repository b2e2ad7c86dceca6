import { describe, expect, test } from '@jest/globals';
import { created, member } from './conference-world-events.ts';
import { conferenceThatIs, ordered, P1, P2 } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

describe('creating', () => {
  test('an answer makes the conference created, and nothing is left to do', () => {
    const world = conferenceThatIs('created');
    expect(world.state).toMatchObject({ platformId: P1, creation: 'over', completing: [] });
    expect(world.dueToo).toEqual([]);
    expect(world.effects('stop-creating')).toEqual([]);
  });

  test('a `created` event that comes before the answer is enough: creating is stopped', () => {
    const world = new World();
    world.event(created(P1));
    expect(world.state).toMatchObject({ phase: 'created', platformId: P1, creation: 'stopping' });
    expect(world.effects('stop-creating')).toHaveLength(1);
    world.stopped();
    expect(world.state).toMatchObject({ phase: 'created', creation: 'over' });
    expect(world.dueToo).toEqual([]);
  });

  test('the answer of a second attempt, after the `created` event of the first, is completed at once', () => {
    const world = new World();
    world.answer(false);
    world.event(created(P1));
    world.answer(true);
    expect(world.state.platformId).toBe(P1);
    expect(ordered(world)).toEqual([P2]);
    expect(world.state.phase).toBe('created');
  });

  test('the event of an orphan is not told to the customer', () => {
    const world = conferenceThatIs('created');
    world.event(created(P2));
    world.event(member(P2, 'member-b'));
    expect(world.accepted).toEqual([]);
    expect(world.state.activeMembers).toBe(0);
  });

  test('the created time is the platform’s as soon as it is told', () => {
    const world = conferenceThatIs('created');
    expect(world.state.createdTime).toBe('2026-01-01T00:00:00Z');
    world.event(created(P1));
    expect(world.state.createdTime).toBe('2026-01-01T00:00:01Z');
  });
});
