import { describe, expect, test } from '@jest/globals';
import { callLane, targetOf } from '../../src/conference/outbox/lanes.ts';
import { CALLS, conference, dial, dialled, lanes, P1 } from './calls-world.ts';
import { callEvent, completed, CUSTOMER, member } from './conference-world-events.ts';
import { dialIdOf, madeBy } from './conference-world-runs.ts';

describe('the events of a call', () => {
  test('with a callbackUrl go there, digits too', () => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS, fallbackUrl: `${CALLS}/2`, callbackHttpMethod: 'GET' });
    const lane = callLane(dialIdOf(call));
    for (const type of ['answer', 'dtmf', 'hangup', 'of a new type']) world.callTells(call, type);
    expect(lanes(world)).toEqual([
      ['answer', lane],
      ['dtmf', lane],
      ['hangup', lane],
      ['of a new type', lane],
    ]);
    expect(targetOf(world.state, lane)).toEqual({
      callbackUrl: CALLS,
      fallbackUrl: `${CALLS}/2`,
      callbackHttpMethod: 'GET',
      callbackTimeout: 10_000,
    });
  });

  test('without one are recorded only; its digits go where the conference’s events go', () => {
    const world = conference();
    const call = dialled(world);
    for (const type of ['answer', 'dtmf', 'timeout', 'hangup', 'of a new type']) world.callTells(call, type);
    expect(lanes(world)).toEqual([['dtmf', 'conference']]);
    expect(world.state.outbox.nextSequence).toBe(6);
  });

  test('have nowhere to go without any callbackUrl, and go to its own where only the call has one', () => {
    const world = conference({});
    const [silent, told] = [dialled(world), dialled(world, { callbackUrl: CALLS })];
    world.callTells(silent, 'dtmf');
    world.callTells(told, 'dtmf');
    expect(lanes(world)).toEqual([['dtmf', callLane(dialIdOf(told))]]);
  });

  test('wait in a lane of their own: a call whose target is down holds up nobody', () => {
    const world = conference();
    const calls = [dialled(world, { callbackUrl: CALLS }), dialled(world, { callbackUrl: `${CALLS}/2` })];
    for (const call of calls) world.callTells(call, 'answer');
    world.event(member(P1, 'member-a'));
    expect([...world.deliveries.keys()].sort()).toEqual(['call run-dial.1', 'call run-dial.2', 'conference']);
    world.settle(0, 'failed');
    expect(world.state.outbox.lanes).toMatchObject({ 'call run-dial.1': { failures: 1 }, conference: { failures: 0 } });
  });

  test('that come on both channels are one', () => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS });
    world.callTells(call, 'answer');
    world.callTells(call, 'answer', 'fallback');
    expect(world.accepted).toHaveLength(1);
  });

  test('of two calls are two, though they say the same and come on two channels', () => {
    const world = conference();
    const calls = [dialled(world, { callbackUrl: CALLS }), dialled(world, { callbackUrl: CALLS })];
    const event = { eventType: 'of a new type', time: '2026-01-01T00:00:00Z' };
    const [first, second] = calls.map(dialIdOf);
    world.event(event, 'primary', first);
    world.event(event, 'fallback', second);
    expect(world.accepted).toHaveLength(2);
  });

  test('before the answer to the dialling, and of a call whose answer was lost, are its own too', () => {
    const world = conference();
    world.ask(dial({ callbackUrl: CALLS }));
    world.callTells(world.lastRun, 'answer');
    world.platformSays('lost');
    world.callTells(world.lastRun, 'hangup');
    expect(lanes(world).map(([, lane]) => lane)).toEqual(['call run-dial.1', 'call run-dial.1']);
  });

  test('of one that the platform refused, and dialled all the same, are not the conference’s', () => {
    const world = conference();
    world.ask(dial({ callbackUrl: CALLS }));
    world.platformSays('refused');
    world.event(callEvent('answer', 'call-unwanted'), 'primary', 'run-dial.1');
    expect(lanes(world)).not.toContainEqual(['answer', 'conference']);
  });

  test('of one that the platform refused do not go to the conference’s callbackUrl, if they wait already', () => {
    const world = conference();
    world.ask(dial({ callbackUrl: CALLS }));
    world.event({ eventType: 'of a new type' }, 'primary', 'run-dial.1');
    world.platformSays('refused');
    for (const { lane } of world.accepted) expect(targetOf(world.state, lane).callbackUrl).toBe(CALLS);
  });

  test.each([
    ['the end of the conference', completed(P1)],
    ['a member', member(P1, 'member-a')],
  ])('do not keep the conference’s own events from being taken: %s', (_what, event) => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS });
    world.event(event, 'primary', dialIdOf(call));
    world.event(event);
    expect(lanes(world)).toContainEqual([event.eventType, 'conference']);
    if (event.status === 'completed') expect(world.state.phase).toBe('completed');
    else expect(world.state.activeMembers).toBe(1);
  });

  test('of another conference on the platform end nothing there', () => {
    const world = conference();
    const call = dialled(world);
    world.event(
      { ...callEvent('answer', madeBy(call)), conferenceId: 'platform-of-someone-else' },
      'primary',
      dialIdOf(call),
    );
    expect(world.effects('complete')).toEqual([]);
  });

  test('carry the call’s tag; without one, none, whatever the conference’s is now', () => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS });
    world.ask({ kind: 'conference', fields: { tag: 'of the conference' } });
    world.event({ ...callEvent('answer', madeBy(call)), tag: 'of the call' }, 'primary', dialIdOf(call));
    world.callTells(call, 'hangup');
    expect(world.accepted.map(({ event }) => event.tag)).toEqual(['of the call', undefined]);
  });

  test('keep a tag of the call that happens to be the one the conference had', () => {
    const world = conference({ callbackUrl: CUSTOMER, tag: 'sales' });
    const call = dialled(world, { callbackUrl: CALLS, tag: 'sales' });
    world.ask({ kind: 'conference', fields: { tag: 'support' } });
    world.event({ ...callEvent('answer', madeBy(call)), tag: 'sales' }, 'primary', dialIdOf(call));
    expect(world.accepted[0]?.event.tag).toBe('sales');
  });
});

describe('a change of the conference’s callbackUrl', () => {
  test('leaves a call’s own where it is', () => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS });
    world.ask({ kind: 'conference', fields: { callbackUrl: 'https://customer.example/other' } });
    expect(targetOf(world.state, callLane(dialIdOf(call)))).toMatchObject({ callbackUrl: CALLS });
    expect(targetOf(world.state, 'conference')).toMatchObject({ callbackUrl: 'https://customer.example/other' });
  });
});
