import { describe, expect, test } from '@jest/globals';
import { initialState } from '../../src/conference/state/state.ts';
import { created, CUSTOMER, member, SETTINGS, START } from './conference-world-events.ts';
import { P1, told } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

/* What came due while no worker ran, and what many events say that are taken at once. */

const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();

describe('a scheduled conference of which nobody took care', () => {
  const scheduled = { callbackUrl: CUSTOMER, startAt: at(600), reminders: [{ before: 300 }, { before: 60 }] };

  test('tells every reminder that came due, in order, and then begins', () => {
    const world = new World(scheduled);
    world.ringAfter(700_000);
    expect(world.accepted.map(({ event }) => event['before'])).toEqual([300, 60]);
    expect(world.state.phase).toBe('creating');
  });

  test('does so also if nobody did from the moment on in which it was asked for', () => {
    const world = new World(scheduled);
    world.state = initialState({ ...SETTINGS, ...scheduled }, START);
    world.now = START + 700_000;
    world.take({ type: 'opened' });
    world.take({ type: 'clock' });
    expect(world.accepted.map(({ event }) => event['before'])).toEqual([300, 60]);
    expect(world.state.phase).toBe('creating');
  });

  test('tells that the platform refused it: whoever asked for it was answered long before', () => {
    const world = new World(scheduled);
    world.take({ type: 'creation-awaited' });
    world.ringAfter(600_000);
    world.refuse('refusal');
    expect(world.state).toMatchObject({ phase: 'failed', reason: 'creation-failed' });
    expect(told(world).at(-1)).toBe('failed');
  });
});

describe('events that are taken at once', () => {
  const open = (fields: object) => {
    const world = new World({ callbackUrl: CUSTOMER, ...fields });
    world.answer(true);
    world.event(created(P1));
    return world;
  };
  const join = (id: string, time = 0) => ({ event: member(P1, id, { callId: `call-${id}`, time }) });
  const leave = (id: string, time = 0) => ({
    event: member(P1, id, { callId: `call-${id}`, state: 'completed', time }),
  });

  test('show who was left alone', () => {
    const world = open({ aloneTimeout: 60 });
    world.callbacks('journal-0', [join('a'), join('b', 1), leave('b', 2)]);
    expect(world.state.deadlines.alone).toBe(world.now + 60_000);
  });

  test('show that one was not alone for a moment', () => {
    const world = open({ aloneTimeout: 60 });
    world.callbacks('journal-0', [join('a'), join('b', 1), leave('b', 2)]);
    world.ringAfter(50_000);
    world.callbacks('journal-0', [join('c', 50), leave('c', 50)]);
    expect(world.state.deadlines.alone).toBe(world.now + 60_000);
  });

  test('count from the first join, but not from a time at which there was no conference', () => {
    const world = open({ maxDuration: 600 });
    world.callbacks('journal-0', [join('a', -1_000_000)]);
    expect(world.state.deadlines['max-duration']).toBe(START + 600_000);
  });
});

describe('the warning', () => {
  const spoken = (world: World) =>
    world.runs.flatMap(({ change }) => (change.kind === 'audio' ? [change.audio.sentence] : []));

  test.each([
    [300_000, ['This conference ends in 5 minutes.']],
    [540_000, ['This conference ends in 1 minute.']],
    [580_000, ['This conference ends in 20 seconds.']],
    [600_000, []],
  ])('that comes after %d ms says how long is left', (after, sentences) => {
    const world = new World({ callbackUrl: CUSTOMER, maxDuration: 600, maxDurationWarning: 300 });
    world.answer(true);
    world.event(member(P1, 'a'));
    world.now = START + after;
    world.take({ type: 'clock' });
    expect(spoken(world)).toEqual(sentences);
  });
});
