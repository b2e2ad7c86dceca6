import { describe, expect, test } from '@jest/globals';
import { callLane, targetOf } from '../../src/workflows/lanes.ts';
import { isOver } from '../../src/workflows/state.ts';
import type { Change, DialRequest } from '../../src/workflows/change.ts';
import { callEvent, completed, CUSTOMER, member, platformId, SILENCE } from './lifecycle-world-events.ts';
import { dialIdOf, madeBy, type PlatformRun } from './lifecycle-world-runs.ts';
import { World } from './lifecycle-world.ts';

/* Dialled calls and their events, one example for each rule. What holds for all histories is in calls.property.test.ts. */

const P1 = platformId(1);
const CALLS = 'https://customer.example/calls';
const dial = (fields: Partial<DialRequest> = {}): Change => ({
  kind: 'dial',
  call: {
    ...{ from: '+19195551234', to: '+19195550000', callTimeout: 60 },
    ...{ callbackHttpMethod: 'POST', callbackTimeout: 10_000 },
    ...fields,
  },
});

function conference(settings?: ConstructorParameters<typeof World>[0]): World {
  const world = new World(settings);
  world.answer(true);
  return world;
}

function dialled(world: World, fields: Partial<DialRequest> = {}): PlatformRun {
  world.ask(dial(fields));
  world.platformSays('done');
  return world.lastRun;
}

const lanes = ({ accepted }: World) => accepted.map(({ event, lane }) => [event.eventType, lane]);

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

describe('when a conference ends', () => {
  test('it is over at once if its calls have hung up', () => {
    const world = conference({});
    const call = dialled(world);
    world.callTells(call, 'hangup');
    world.event(completed(P1));
    expect(isOver(world.state)).toBe(true);
  });

  test('it waits for the hangups of its calls, and is over with the last', () => {
    const world = conference({});
    const calls = [dialled(world), dialled(world)];
    world.event(completed(P1));
    for (const call of calls) {
      expect(isOver(world.state)).toBe(false);
      world.callTells(call, 'hangup');
    }
    expect(isOver(world.state)).toBe(true);
  });

  test('it waits for them 30 s at most', () => {
    const world = conference({});
    dialled(world);
    world.event(completed(P1));
    world.ringAfter(29_999);
    expect(isOver(world.state)).toBe(false);
    world.ringAfter(1);
    expect(isOver(world.state)).toBe(true);
  });

  test('a hangup that comes in that time still reaches the call’s callbackUrl', () => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS });
    world.event(completed(P1));
    world.pass(29_000);
    world.callTells(call, 'hangup');
    expect(lanes(world).at(-1)).toEqual(['hangup', 'call run-dial.1']);
    expect(isOver(world.state)).toBe(false);
    world.settle(0, 'well');
    world.settle(0, 'well');
    expect(isOver(world.state)).toBe(true);
  });

  test('it is not over while somebody still waits for an answer', () => {
    const world = conference({});
    world.ask(dial());
    world.event(completed(P1));
    world.ringAfter(30_000 - 24_000);
    world.callTells(world.lastRun, 'hangup');
    expect(world.underWay).toHaveLength(1);
    expect(isOver(world.state)).toBe(false);
  });
});

describe('a call that is refused', () => {
  test('after the conference’s end leaves nothing to wait for', () => {
    const world = conference({});
    world.ask(dial());
    world.event(completed(P1));
    world.platformSays('refused');
    expect(isOver(world.state)).toBe(true);
  });

  test('is forgotten, and nobody waits for its hangup', () => {
    const world = conference({});
    world.ask(dial());
    world.platformSays('refused');
    expect(world.state.calls).toEqual({});
    world.event(completed(P1));
    expect(isOver(world.state)).toBe(true);
  });
});

describe('the calls remembered', () => {
  test('are 100, those forgotten first that are over', () => {
    const world = conference({});
    const [first, second] = [dialled(world), dialled(world)];
    world.callTells(second, 'hangup');
    for (let n = 2; n <= 100; n += 1) dialled(world);
    expect(Object.keys(world.state.calls)).toHaveLength(100);
    expect(world.state.calls).toHaveProperty([dialIdOf(first)]);
    expect(world.state.calls).not.toHaveProperty([dialIdOf(second)]);
  });

  test('take their lanes with them', () => {
    const world = conference();
    for (let n = 0; n < 110; n += 1) {
      world.callTells(dialled(world, { callbackUrl: CALLS }), 'hangup');
      world.settle(0, 'well');
    }
    expect(Object.keys(world.state.calls)).toHaveLength(100);
    expect(Object.keys(world.state.outbox.lanes)).toHaveLength(100);
  });

  test('do not forget one whose events wait, nor the one that is dialled now', () => {
    const world = conference();
    for (let n = 0; n < 100; n += 1) world.callTells(dialled(world, { callbackUrl: CALLS }), 'hangup');
    world.ask(dial({ callbackUrl: CALLS }));
    expect(world.state.calls).toHaveProperty([dialIdOf(world.lastRun)]);
    world.callTells(world.lastRun, 'answer');
    expect(lanes(world).at(-1)).toEqual(['answer', callLane(dialIdOf(world.lastRun))]);
    expect(world.accepted).toHaveLength(101);
  });

  test('do not forget one that is up because others could not be dialled', () => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS });
    for (let n = 0; n < 120; n += 1) {
      world.ask(dial());
      world.platformSays('refused', SILENCE);
    }
    world.callTells(call, 'hangup');
    expect(lanes(world)).toEqual([['hangup', callLane(dialIdOf(call))]]);
  });

  test('do not forget one that rings because the events of others wait', () => {
    const world = conference();
    for (let n = 0; n < 100; n += 1) world.callTells(dialled(world, { callbackUrl: CALLS }), 'hangup');
    const ringing = dialled(world, { callbackUrl: CALLS });
    dialled(world, { callbackUrl: CALLS });
    world.callTells(ringing, 'answer');
    expect(lanes(world).at(-1)).toEqual(['answer', callLane(dialIdOf(ringing))]);
  });

  test('and all else that a conference carries stay within 1 MB', () => {
    const world = conference();
    const url = `${CALLS}/`.padEnd(2_048, 'x');
    for (let n = 0; n < 100; n += 1) {
      dialled(world, { callbackUrl: url, fallbackUrl: url });
    }
    const body = { eventType: 'of a new type', text: 'x'.repeat(60_000) };
    for (let n = 0; n < 20; n += 1) world.event({ ...body, n }, 'primary', 'run.1');
    expect(JSON.stringify(world.state).length).toBeLessThan(1_048_576);
  });
});
