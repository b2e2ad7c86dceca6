import { describe, expect, test } from '@jest/globals';
import { member } from './conference-world-events.ts';
import { conferenceThatIs, P1 } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

describe('members', () => {
  test('the conference is active from the first member on, and stays so when members leave', () => {
    const world = conferenceThatIs('active');
    world.event(member(P1, 'member-b'));
    expect(world.state.activeMembers).toBe(2);
    world.event(member(P1, 'member-a', { state: 'completed', time: 5 }));
    world.event(member(P1, 'member-b', { state: 'completed', time: 5 }));
    expect(world.state).toMatchObject({ phase: 'active', activeMembers: 0 });
  });

  test('a conference adopted by a member’s event is active', () => {
    const world = new World();
    world.event(member(P1, 'member-a'));
    expect(world.state).toMatchObject({ phase: 'active', platformId: P1, activeMembers: 1 });
  });

  test('an event that was overtaken is told, but changes nothing', () => {
    const world = conferenceThatIs('active');
    world.event(member(P1, 'member-a', { state: 'completed', time: 60 }));
    world.event(member(P1, 'member-a', { mute: true, time: 30 }));
    expect(world.state.activeMembers).toBe(0);
    expect(world.accepted).toHaveLength(3);
  });
});
