import { describe, expect, test } from '@jest/globals';
import { callLane } from '../../src/conference/outbox/lanes.ts';
import { carried, makeRoom } from '../../src/conference/carry.ts';
import { CALLS, conference, dial, dialled, lanes } from './calls-world.ts';
import { SILENCE } from './conference-world-events.ts';
import { dialIdOf } from './conference-world-runs.ts';

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
    const run = { workflowId: 'conference/u/c', runId: 'run' };
    makeRoom(world.state, run, { conferenceId: 'c', now: world.now });
    const next = carried(world.state, run);
    expect(JSON.stringify(next).length).toBeLessThanOrEqual(1_048_576);
  });
});
