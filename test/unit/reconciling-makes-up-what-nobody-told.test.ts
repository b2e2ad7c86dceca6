import { describe, expect, test } from '@jest/globals';
import { RECONCILE_AFTER_MS, SILENCE_MS } from '../../src/conference/budget.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { completed, created, member } from './conference-world-events.ts';
import { conferenceThatIs, P1, told } from './conference-world-examples.ts';
import { A, at, quiet, asked, ofMembers, platformTells } from './reconciling-world.ts';

describe('what the platform knows and nobody was told', () => {
  test('is made up: created, joined, muted, left, in the order in which it happened', () => {
    const world = conferenceThatIs('created');
    world.ringAfter(RECONCILE_AFTER_MS);
    const left = { id: 'member-b', state: 'completed', addedTime: at(1), removedTime: at(3) };
    platformTells(world, 'active', [{ addedTime: at(2), mute: true }, left]);
    expect(told(world)).toEqual(['created']);
    expect(ofMembers(world)).toEqual([
      ['member-b', 'active', 'reconciled'],
      [A, 'active', 'reconciled'],
      ['member-b', 'completed', 'reconciled'],
    ]);
    expect(world.state).toMatchObject({ phase: 'active', activeMembers: 1, watch: { madeUp: 4 } });
    const join = world.accepted.find(({ event }) => event.memberId === A)?.event;
    expect(join).toMatchObject({ mute: true, hold: false, callId: 'call-a', activeMembers: 2, time: at(2) });
    expect(JSON.stringify(world.accepted.map(({ event }) => event))).not.toContain('reconciled');
  });

  test('is not told again when the event comes after all', () => {
    const world = conferenceThatIs('created');
    world.ringAfter(RECONCILE_AFTER_MS);
    platformTells(world, 'active', [{ mute: true }], Date.parse(at(9)));
    const { length } = world.accepted;
    world.event(created(P1));
    world.event({ ...member(P1, A, { mute: false }), time: at(0) });
    world.event({ ...member(P1, A, { mute: true }), time: at(4) });
    expect(world.accepted).toHaveLength(length);
    world.event({ ...member(P1, A, { mute: false }), time: at(10) });
    expect(world.accepted).toHaveLength(length + 1);
    expect(world.state.dedupe.repeated).toBe(3);
  });

  test('is known again by its whole second, also when the leave was made up: events tell their time more exactly', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    world.event({ ...member(P1, 'member-b'), time: at(1.2), activeMembers: 2 });
    world.ringAfter(RECONCILE_AFTER_MS);
    platformTells(
      world,
      'active',
      [{ state: 'completed', mute: true, addedTime: at(0), removedTime: at(3), callId: 'call-of-member-a' }],
      Date.parse(at(9)),
    );
    const { length } = world.accepted;
    world.event({ ...member(P1, A), time: at(0.7) }, 'primary');
    world.event({ ...member(P1, A), time: at(0.7) }, 'fallback');
    world.event({ ...member(P1, A, { mute: true }), time: at(0.9) });
    world.event({ ...member(P1, A, { mute: true, state: 'completed' }), time: at(3.4) });
    expect(world.accepted).toHaveLength(length);
    // Of what happened in between, and left no trace, nobody has been told.
    world.event({ ...member(P1, A), time: at(0.8) });
    expect(world.accepted).toHaveLength(length + 1);
  });

  test('of mute is known again within the second of the platform’s clock, unless something newer came before it', () => {
    const muted = (seconds: number, mute: boolean) => ({ ...member(P1, A, { mute }), time: at(seconds) });
    const asOf = Date.parse(at(20));
    const world = quiet();
    world.take({ type: 'reconcile', why: 'an operator wants it' });
    platformTells(world, 'active', [{ mute: true }], asOf);
    const { length } = world.accepted;
    world.event(muted(20.6, true));
    expect(world.accepted).toHaveLength(length);
    // It happened before, and changes nothing any more.
    world.event(muted(20.4, false));
    world.event(muted(20.8, false));
    world.event(muted(20.9, true));
    expect(world.accepted).toHaveLength(length + 3);
    expect(world.state.members[`member ${A}`]).toMatchObject({ mute: true });
  });

  test('of mute or hold is not believed where something newer has been heard', () => {
    const world = quiet();
    world.take({ type: 'reconcile', why: 'an operator wants it' });
    world.event({ ...member(P1, A, { mute: true }), time: at(20) });
    platformTells(world, 'active', [{ mute: false }], Date.parse(at(15)));
    expect(world.state.members[`member ${A}`]).toMatchObject({ mute: true });
    expect(ofMembers(world).filter(([, , source]) => source === 'reconciled')).toEqual([]);
  });

  test('is known when the event comes after all, with the parts of a second that the resource does not have', () => {
    const world = conferenceThatIs('created');
    world.ringAfter(RECONCILE_AFTER_MS);
    platformTells(world, 'active', [{ mute: true }], Date.parse(at(9)));
    const { length } = world.accepted;
    world.event({ ...member(P1, A, { mute: true }), time: at(0.134) });
    world.event({ ...member(P1, A, { mute: true }), time: at(9.8) });
    expect(world.accepted).toHaveLength(length);
    world.event({ ...member(P1, A, { mute: false }), time: at(10.2) });
    expect(world.accepted).toHaveLength(length + 1);
  });

  test('is asked for again where times do not tell which mute is the last', () => {
    const world = conferenceThatIs('created');
    world.ringAfter(RECONCILE_AFTER_MS);
    platformTells(world, 'active', [{ mute: true }], Date.parse(at(9)));
    world.event(created(P1));
    // It joined, or was muted, in the second in which it joined.
    world.event({ ...member(P1, A, { mute: false }), time: at(0.134) });
    world.ringAfter(RECONCILE_AFTER_MS);
    expect(asked(world)).toBe(2);
    const { length } = world.accepted;
    platformTells(world, 'active', [{ mute: true }], Date.parse(at(30)));
    world.ringAfter(RECONCILE_AFTER_MS);
    expect([asked(world), world.accepted.length]).toEqual([2, length]);

    // In the second in which the platform looked: before or after that.
    world.take({ type: 'reconcile', why: 'an operator wants it' });
    platformTells(world, 'active', [{ mute: false }], Date.parse(at(40)));
    world.event({ ...member(P1, A, { mute: true }), time: at(40.5) });
    expect(world.state.members[`member ${A}`]).toMatchObject({ mute: true });
    world.ringAfter(RECONCILE_AFTER_MS);
    expect(asked(world)).toBe(4);
    platformTells(world, 'active', [{ mute: false }], Date.parse(at(60)));
    expect(world.state.members[`member ${A}`]).toMatchObject({ mute: false });
    expect(world.accepted.at(-1)).toMatchObject({ source: 'reconciled', event: { mute: false } });
  });

  test('ends a conference whose end was lost, and tells who left', () => {
    const world = quiet();
    world.ringAfter(SILENCE_MS.active);
    platformTells(world, 'completed', [{ state: 'completed', removedTime: at(60) }]);
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'last-member-left', activeMembers: 0 });
    expect(told(world)).toEqual(['created', 'completed']);
    expect(ofMembers(world).at(-1)).toEqual([A, 'completed', 'reconciled']);
  });
});

describe('a conference that has ended', () => {
  test('is not over before the platform was asked for a leave that nobody told', () => {
    const world = quiet();
    world.event(completed(P1));
    while (world.deliveries.size > 0) world.settle(0, 'well');
    expect(mayClose(world.state)).toBe(false);
    world.ringAfter(RECONCILE_AFTER_MS);
    platformTells(world, 'completed', [{ state: 'completed', removedTime: at(60) }]);
    while (world.deliveries.size > 0) world.settle(0, 'well');
    expect(ofMembers(world).at(-1)).toEqual([A, 'completed', 'reconciled']);
    expect(mayClose(world.state)).toBe(true);
  });

  test('is not over before the platform was asked for a member whom an event counted, and who came and went unheard', () => {
    const world = quiet();
    world.event({ ...member(P1, A, { mute: true, time: 2 }), activeMembers: 2 });
    world.event({ ...member(P1, A, { state: 'completed', mute: true, time: 4 }), activeMembers: 0 });
    world.event(completed(P1));
    world.ringAfter(RECONCILE_AFTER_MS);
    expect(asked(world)).toBe(1);
    const left = { state: 'completed', mute: true, removedTime: at(4) };
    platformTells(world, 'completed', [
      left,
      { ...left, id: 'member-b', mute: false, addedTime: at(1), removedTime: at(3) },
    ]);
    expect(ofMembers(world).slice(-2)).toEqual([
      ['member-b', 'active', 'reconciled'],
      ['member-b', 'completed', 'reconciled'],
    ]);
    while (world.deliveries.size > 0) world.settle(0, 'well');
    expect(mayClose(world.state)).toBe(true);
  });

  test('is over all the same if the platform cannot be asked', () => {
    const world = quiet();
    world.event(completed(P1));
    world.ringAfter(RECONCILE_AFTER_MS);
    world.read('unreadable');
    while (world.deliveries.size > 0) world.settle(0, 'well');
    expect(mayClose(world.state)).toBe(true);
  });
});
