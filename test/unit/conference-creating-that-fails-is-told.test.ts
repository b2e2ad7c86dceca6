import { describe, expect, test } from '@jest/globals';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { created, REFUSAL, SILENCE } from './conference-world-events.ts';
import { ordered, P1, told } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

describe('a refusal', () => {
  test('of the first attempt is final at once', () => {
    const world = new World();
    world.refuse('refusal');
    expect(world.state).toMatchObject({ phase: 'failed', reason: 'creation-failed', error: REFUSAL });
  });

  test('of a later attempt waits 10 s for the `created` event of an earlier one, and adopts it', () => {
    const world = new World();
    world.answer(false);
    world.refuse('refusal');
    world.ringAfter(9_999);
    expect(world.state.phase).toBe('creating');
    world.event(created(P1));
    world.ringAfter(1);
    expect(world.state).toMatchObject({ phase: 'created', platformId: P1 });
    expect(world.dueToo).toEqual([]);
    expect(world.state.error).toBeUndefined();
  });

  test('of a later attempt is final after 10 s without such an event', () => {
    const world = new World();
    world.answer(false);
    world.refuse('refusal');
    world.ringAfter(10_000);
    expect(world.state).toMatchObject({ phase: 'failed', reason: 'creation-failed', error: REFUSAL });
  });

  test('that is final does not keep what shows on the platform after it', () => {
    const world = new World();
    world.refuse('refusal');
    world.event(created(P1));
    expect(ordered(world)).toEqual([P1]);
    expect(world.state).toMatchObject({ phase: 'failed' });
    expect(mayClose(world.state)).toBe(false);
  });

  test('is not told by callback to a caller who still waits for the answer', () => {
    const world = new World();
    world.take({ type: 'creation-awaited' });
    world.pass(7_999);
    world.refuse('refusal');
    expect(world.state.phase).toBe('failed');
    expect(told(world)).toEqual([]);
  });

  test('is told by callback when 8 s have passed: the caller may have gone with a 202', () => {
    const world = new World();
    world.take({ type: 'creation-awaited' });
    world.pass(8_000);
    world.refuse('refusal');
    expect(told(world)).toEqual(['failed']);
  });

  test('is told by callback when nobody waited, with our ids and the platform’s own words', () => {
    const world = new World();
    world.refuse('refusal');
    const { status: _status, ...error } = REFUSAL;
    expect(world.accepted.map(({ event }) => event)).toEqual([
      {
        eventType: 'conference',
        status: 'failed',
        conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
        conferenceUri: '/v1/users/u-1/conferences/conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
        completedTime: '2026-01-01T00:00:00Z',
        error: { ...error, details: [] },
      },
    ]);
  });

  test('may come after the conference was adopted by its event, and means nothing then', () => {
    const world = new World();
    world.answer(false);
    world.event(created(P1));
    world.refuse('refusal');
    expect(world.state).toMatchObject({ phase: 'created', creation: 'over' });
    expect(world.dueToo).toEqual([]);
    expect(world.state.error).toBeUndefined();
  });
});

describe('no answer within the time for creating', () => {
  test('fails the conference 10 s later, as unavailable', () => {
    const world = new World();
    world.refuse('timeout');
    expect(world.state.phase).toBe('creating');
    world.ringAfter(10_000);
    expect(world.state).toMatchObject({ phase: 'failed', error: SILENCE });
    expect(told(world)).toEqual(['failed']);
  });
});
