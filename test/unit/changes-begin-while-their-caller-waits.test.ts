import { describe, expect, test } from '@jest/globals';
import { CLOCKS_DIFFER_MS } from '../../src/conference/budget.ts';
import { answered, conference, DIAL, END, HOLD, KEY, MUTE, P1, refusal, REMOVE, SPEAK, TAG } from './changes-world.ts';
import { ordered } from './conference-world-examples.ts';

const TOO_LATE = refusal(503, 'too late to be answered in time, so it has not been done');

describe('a change that comes when its caller has gone', () => {
  test.each([
    ['hold', HOLD],
    ['tag', TAG],
    ['mute', MUTE],
    ['removal', REMOVE],
    ['audio', SPEAK],
    ['dial', DIAL],
  ])('is refused, and not done: %s', (_what, change) => {
    const world = conference();
    const settings = world.state.settings;
    world.askAs({ id: 'late', until: world.now - 1 }, change);
    expect(world.answersTo('late')).toMatchObject([TOO_LATE]);
    expect(world.runs).toEqual([]);
    expect(world.state.settings).toEqual(settings);
  });

  test('is refused from a second before the caller’s time on, as clocks differ', () => {
    const world = conference();
    world.askAs({ id: 'late', until: world.now + CLOCKS_DIFFER_MS }, DIAL);
    world.askAs({ id: 'in time', until: world.now + CLOCKS_DIFFER_MS + 1 }, DIAL);
    expect(world.answersTo('late')).toMatchObject([TOO_LATE]);
    expect(world.runs).toHaveLength(1);
  });

  test('is done if it is an end', () => {
    const world = conference();
    world.askAs({ id: 'late', until: world.now - 3_600_000 }, END);
    expect(ordered(world)).toEqual([P1]);
  });

  test('gets the answer that there is under its key', () => {
    const world = conference();
    world.ask(DIAL, KEY);
    world.platformSays('done');
    world.askAs({ id: 'late', until: world.now - 1 }, DIAL, KEY);
    expect(world.answersTo('late')).toMatchObject([{ outcome: 'done' }]);
  });
});

describe('a change that waits for its turn', () => {
  test('is given up a second before its caller’s time', () => {
    const world = conference();
    world.ask(MUTE);
    world.askAs({ id: 'short', until: world.now + 3_000 }, REMOVE);
    world.ringAfter(1_999);
    expect(world.answersTo('short')).toEqual([]);
    world.ringAfter(1);
    expect(world.answersTo('short')).toMatchObject([refusal(503, 'has not been done')]);
  });

  test('is not begun when its turn comes after its caller’s time, as after an outage', () => {
    const world = conference();
    world.ask(MUTE);
    const waits = world.ask(REMOVE);
    // Nothing happens for an hour, the alarm included.
    world.now += 3_600_000;
    world.platformSays('done');
    expect(world.answersTo(waits)).toMatchObject([TOO_LATE]);
    expect(world.runs).toHaveLength(1);
  });
});

test('what the conference itself asks for has no caller, and is not refused as late', () => {
  const world = conference();
  world.take({ type: 'change', change: DIAL });
  expect(world.runs).toHaveLength(1);
});

test('more than 200 changes at once, or very long ones, are refused and have not been done; an end is not', () => {
  const world = conference();
  for (let count = 0; count < 200; count += 1) world.ask(DIAL);
  expect(world.underWay).toHaveLength(200);
  expect(answered(world, DIAL)).toMatchObject(refusal(503, 'Too many changes are under way'));
  const other = conference();
  for (let count = 0; count < 4; count += 1) other.ask({ kind: 'audio', audio: { sentence: 'x'.repeat(60_000) } });
  expect(answered(other, { kind: 'audio', audio: { sentence: 'x'.repeat(60_000) } })).toMatchObject(
    refusal(503, 'Too many changes are under way'),
  );
  other.ask(END);
  expect(ordered(other)).toEqual([P1]);
});
