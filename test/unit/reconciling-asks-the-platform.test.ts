import { describe, expect, test } from '@jest/globals';
import { RECONCILE_AFTER_MS, MISSING_AGAIN_AFTER_MS, SILENCE_MS } from '../../src/conference/budget.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { created, member } from './conference-world-events.ts';
import { conferenceThatIs, P1, told } from './conference-world-examples.ts';
import { A, quiet, asked, ofMembers } from './reconciling-world.ts';

describe('the platform is asked', () => {
  test('after 10 minutes without an event in a conference with members, then after 20, 40, …; an event begins anew', () => {
    const world = quiet();
    world.ringAfter(SILENCE_MS.active - 1);
    expect(asked(world)).toBe(0);
    world.ringAfter(1);
    expect(asked(world)).toBe(1);
    world.read();
    world.ringAfter(2 * SILENCE_MS.active - 1);
    expect(asked(world)).toBe(1);
    world.ringAfter(1);
    expect(asked(world)).toBe(2);
    world.read();
    world.event(member(P1, A, { mute: true, time: 5 }));
    world.ringAfter(SILENCE_MS.active);
    expect(asked(world)).toBe(3);
  });

  test('after 6 hours without an event in one that nobody has joined', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    world.ringAfter(SILENCE_MS.created - 1);
    expect(asked(world)).toBe(0);
    world.ringAfter(1);
    expect(asked(world)).toBe(1);
  });

  test('at once when somebody wants it, and not twice at the same time', () => {
    const world = quiet();
    world.take({ type: 'reconcile', why: 'an operator wants it' });
    world.take({ type: 'reconcile', why: 'another one wants it' });
    expect(asked(world)).toBe(1);
    world.read();
    // Who asked meanwhile may know of something that came after the question.
    expect(asked(world)).toBe(2);
    world.read();
    expect(asked(world)).toBe(2);
  });

  test('when an event counts others than are known, unless what is missing comes within 15 s', () => {
    const world = quiet();
    world.event({ ...member(P1, 'member-b', { time: 1 }), activeMembers: 3 });
    world.ringAfter(RECONCILE_AFTER_MS - 1);
    world.event({ ...member(P1, 'member-c', { time: 1 }), activeMembers: 3 });
    world.ringAfter(1);
    expect(asked(world)).toBe(0);
    world.event({ ...member(P1, 'member-d', { time: 2 }), activeMembers: 5 });
    world.ringAfter(RECONCILE_AFTER_MS);
    expect(asked(world)).toBe(1);
  });

  test('again where it could not be asked: whoever wanted it still does', () => {
    const world = quiet();
    world.take({ type: 'reconcile', why: 'the gateway was away' });
    world.read('unreadable');
    world.ringAfter(2 * RECONCILE_AFTER_MS);
    expect(asked(world)).toBe(2);
    world.read();
    world.ringAfter(4 * RECONCILE_AFTER_MS);
    expect(asked(world)).toBe(2);
  });

  test('ever more rarely while it settles nothing', () => {
    const world = conferenceThatIs('active');
    world.ringAfter(RECONCILE_AFTER_MS);
    world.read('unreadable');
    world.ringAfter(2 * RECONCILE_AFTER_MS - 1);
    expect(asked(world)).toBe(1);
    world.ringAfter(1);
    expect(asked(world)).toBe(2);
  });
});

describe('a platform that does not know the conference', () => {
  test('is asked once more after 30 s; then the conference has ended as platform-lost, and who was there has left', () => {
    const world = quiet();
    world.ringAfter(SILENCE_MS.active);
    world.read('missing');
    expect(world.state.phase).toBe('active');
    world.ringAfter(MISSING_AGAIN_AFTER_MS - 1);
    expect(asked(world)).toBe(1);
    world.ringAfter(1);
    world.read('missing');
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'platform-lost' });
    expect(told(world)).toEqual(['created', 'completed']);
    expect(ofMembers(world).at(-1)).toEqual([A, 'completed', 'reconciled']);
    while (world.deliveries.size > 0) world.settle(0, 'well');
    expect(mayClose(world.state)).toBe(true);
  });

  test('has made a mistake if anything is heard of the conference meanwhile', () => {
    const world = quiet();
    world.ringAfter(SILENCE_MS.active);
    world.read('missing');
    world.event(member(P1, A, { mute: true, time: 9 }));
    world.ringAfter(MISSING_AGAIN_AFTER_MS);
    expect(asked(world)).toBe(1);
    expect(world.state.phase).toBe('active');
  });
});
