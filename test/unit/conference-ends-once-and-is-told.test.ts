import { describe, expect, test } from '@jest/globals';
import { stateOf } from '../../src/client/list-query.ts';
import { viewOf } from '../../src/conference/view.ts';
import { completed, created, member } from './conference-world-events.ts';
import { conferenceThatIs, ordered, P1, told } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

describe('ending', () => {
  test('orders the platform’s conference completed once, however often it is asked for', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.change({ state: 'completed' });
    world.take({ type: 'cancel' });
    expect(ordered(world)).toEqual([P1]);
    expect(world.state).toMatchObject({ phase: 'ending', endRequested: 'ended-via-api' });
  });

  test('answers its caller within 8 s, confirmed or not, and goes on', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.ringAfter(7_999);
    expect(world.answers).toEqual([]);
    world.ringAfter(1);
    expect(world.answers).toEqual([{ requester: 'requester-1', answer: { outcome: 'pending' } }]);
    expect(world.dueToo).toEqual([]);
    expect(world.state.phase).toBe('ending');
  });

  test('is shown by GET as in lists, which know the phase alone, also if nobody has joined', () => {
    for (const phase of ['created', 'active'] as const) {
      const world = conferenceThatIs(phase);
      world.change({ state: 'completed' });
      expect(viewOf(world.state, 'conf-1').conference).toMatchObject({ phase: 'ending', state: stateOf.ending });
    }
  });

  test('answers its caller as soon as the platform has confirmed it', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    expect(world.state.platformCompleted).toBe(true);
    expect(world.answers).toEqual([{ requester: 'requester-1', answer: { outcome: 'done' } }]);
  });

  test('makes the `completed` event up when the platform has not sent it 30 s after it confirmed', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    world.ringAfter(29_999);
    expect(world.state.phase).toBe('ending');
    world.ringAfter(1);
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
    expect(world.accepted.at(-1)?.event).toEqual({
      eventType: 'conference',
      status: 'completed',
      conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
      conferenceUri: '/v1/users/u-1/conferences/conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
      createdTime: '2026-01-01T00:00:00Z',
      completedTime: '2026-01-01T00:00:00Z',
    });
  });

  test('makes nothing up when the `completed` event has come in time', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    world.event(completed(P1));
    world.ringAfter(30_000);
    expect(told(world)).toEqual(['completed']);
    expect(world.state.completedTime).toBe('2026-01-01T01:00:00Z');
  });

  test('drops the platform’s own `completed` event when it comes after the one made up', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    world.ringAfter(30_000);
    world.event(completed(P1));
    expect(told(world)).toEqual(['completed']);
    expect(world.state.completedTime).toBe('2026-01-01T00:00:00Z');
  });

  test('by the platform is because the last member left, if there were members', () => {
    const world = conferenceThatIs('active');
    world.event(member(P1, 'member-a', { state: 'completed', time: 60 }));
    world.event(completed(P1));
    expect(world.state).toMatchObject({
      phase: 'completed',
      reason: 'last-member-left',
      completedTime: '2026-01-01T01:00:00Z',
    });
    expect(ordered(world)).toEqual([]);
  });

  test('by the platform without a member is as if by its API', () => {
    const world = conferenceThatIs('created');
    world.event(completed(P1));
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
  });

  test('has the reason it was told first, whatever the members do meanwhile', () => {
    const world = conferenceThatIs('active');
    world.take({ type: 'cancel' });
    world.event(member(P1, 'member-a', { state: 'completed', time: 60 }));
    world.event(completed(P1));
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'cancelled' });
  });
});

describe('a `completed` event', () => {
  test('is not lost when it comes before the platform’s conference is known', () => {
    const world = new World();
    world.answer(false);
    world.event(completed(P1));
    world.event(created(P1), 'fallback');
    world.stopped();
    expect(told(world).sort()).toEqual(['completed', 'created']);
    expect(world.state.phase).toBe('completed');
  });
});
