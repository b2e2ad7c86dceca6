import { describe, expect, test } from '@jest/globals';
import { RECONCILE_AFTER_MS } from '../../src/conference/budget.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { CALLS, conference, dial, dialled, lanes, P1 } from './calls-world.ts';
import { completed, created } from './conference-world-events.ts';
import type { World } from './conference-world.ts';

/** With all that is told of the conference itself. */
function ends(world: World): void {
  world.event(created(P1));
  world.event(completed(P1));
}

describe('when a conference ends', () => {
  test('it is over at once if its calls have hung up', () => {
    const world = conference({});
    const call = dialled(world);
    world.callTells(call, 'hangup');
    ends(world);
    expect(mayClose(world.state)).toBe(true);
  });

  test('it waits for the hangups of its calls, and is over with the last', () => {
    const world = conference({});
    const calls = [dialled(world), dialled(world)];
    ends(world);
    for (const call of calls) {
      expect(mayClose(world.state)).toBe(false);
      world.callTells(call, 'hangup');
    }
    expect(mayClose(world.state)).toBe(true);
  });

  test('it waits for them 30 s at most', () => {
    const world = conference({});
    dialled(world);
    ends(world);
    world.ringAfter(29_999);
    expect(mayClose(world.state)).toBe(false);
    world.ringAfter(1);
    expect(mayClose(world.state)).toBe(true);
  });

  test('it is not over before the platform was asked for the member that an answered call became, and nobody told of', () => {
    const world = conference({});
    const call = dialled(world);
    world.callTells(call, 'answer');
    world.callTells(call, 'hangup');
    ends(world);
    expect(mayClose(world.state)).toBe(false);
    world.ringAfter(RECONCILE_AFTER_MS);
    expect(world.effects('read-platform')).toHaveLength(1);
    world.read();
    expect(mayClose(world.state)).toBe(true);
  });

  test('a hangup that comes in that time still reaches the call’s callbackUrl', () => {
    const world = conference();
    const call = dialled(world, { callbackUrl: CALLS });
    ends(world);
    world.pass(29_000);
    world.callTells(call, 'hangup');
    expect(lanes(world).at(-1)).toEqual(['hangup', 'call run-dial.1']);
    expect(mayClose(world.state)).toBe(false);
    while (world.deliveries.size > 0) world.settle(0, 'well');
    expect(mayClose(world.state)).toBe(true);
  });

  test('it is not over while somebody still waits for an answer', () => {
    const world = conference({});
    world.ask(dial());
    ends(world);
    world.ringAfter(30_000 - 24_000);
    world.callTells(world.lastRun, 'hangup');
    expect(world.underWay).toHaveLength(1);
    expect(mayClose(world.state)).toBe(false);
  });
});

describe('a call that is refused', () => {
  test('after the conference’s end leaves nothing to wait for', () => {
    const world = conference({});
    world.ask(dial());
    ends(world);
    world.platformSays('refused');
    expect(mayClose(world.state)).toBe(true);
  });

  test('is forgotten, and nobody waits for its hangup', () => {
    const world = conference({});
    world.ask(dial());
    world.platformSays('refused');
    expect(world.state.calls).toEqual({});
    ends(world);
    expect(mayClose(world.state)).toBe(true);
  });
});
