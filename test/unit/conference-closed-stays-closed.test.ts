import { describe, expect, test } from '@jest/globals';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { completed, created, member } from './conference-world-events.ts';
import { conferenceThatIs, ordered, P1, told } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

describe('closed', () => {
  test('a conference takes no change any more', () => {
    const world = conferenceThatIs('created');
    world.event(completed(P1));
    const { settings } = world.state;
    world.change({ tag: 'too late', state: 'completed' });
    world.take({ type: 'cancel' });
    expect(world.state.settings).toEqual(settings);
    expect(world.dueToo).toEqual([]);
    expect(ordered(world)).toEqual([]);
  });

  test('a conference is over only when its events are delivered', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    world.event(completed(P1));
    expect(mayClose(world.state)).toBe(false);
    world.settle(0, 'well');
    world.settle(0, 'well');
    expect(mayClose(world.state)).toBe(true);
  });

  test('a conference still tells of late events, but has no members', () => {
    const world = conferenceThatIs('active');
    world.event(completed(P1));
    world.event(member(P1, 'member-b'));
    expect(world.accepted.at(-1)?.event).toMatchObject({ memberId: 'member-b', state: 'active' });
    expect(world.state).toMatchObject({ phase: 'completed', activeMembers: 0 });
  });

  test('a conference is not closed anew by a `completed` event that does not say of which conference', () => {
    const world = new World();
    world.change({ state: 'completed' });
    world.refuse('refusal');
    expect(world.state.phase).toBe('cancelled');
    const { conferenceId: _conferenceId, ...withoutId } = completed(P1);
    world.event(withoutId);
    expect(world.state).toMatchObject({ phase: 'cancelled', reason: 'cancelled' });
    expect(told(world)).toEqual(['completed']);
  });
});
