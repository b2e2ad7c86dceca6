import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { answersTo, givenAnswer } from '../../src/conference/facts/answers.ts';
import type { Input } from '../../src/conference/state/inputs.ts';
import { conference, DIAL, HOLD, KEY, P1, refusal, TAG } from './changes-world.ts';
import { reduceCopy } from './conference-reduce.ts';
import { completed } from './conference-world-events.ts';
import { always } from './conference-world-histories.ts';
import { madeBy } from './conference-world-runs.ts';
import type { World } from './conference-world.ts';

/* A client that does not know whether its change was taken sends it again, with the id that it had. */

const requester = (world: { now: number }, id = 'requester') => ({ id, until: world.now + 10_000 });

describe('a change without a key that its client sends again', () => {
  test('while it is under way is done once, and answered once', () => {
    const world = conference();
    world.askAs(requester(world), DIAL);
    world.askAs(requester(world), DIAL);
    world.platformSays('done');
    expect(world.runs).toHaveLength(1);
    expect(world.answersTo('requester')).toEqual([{ outcome: 'done', id: madeBy(world.lastRun) }]);
  });

  test('after it was done gets its answer, for as long as its caller waits and a second more', () => {
    const world = conference();
    world.askAs(requester(world), DIAL);
    world.platformSays('done');
    const answer = { outcome: 'done', id: madeBy(world.lastRun) };
    world.pass(10_999);
    world.ask(TAG);
    world.askAs(requester(world), DIAL);
    expect(world.runs).toHaveLength(1);
    expect(answersTo(world.state, ['requester'])).toEqual({ requester: answer });
    world.pass(1);
    world.ask(TAG);
    expect(answersTo(world.state, ['requester'])).toEqual({ requester: { outcome: 'unknown' } });
  });

  test('after it was refused gets the refusal, and is not tried again', () => {
    const world = conference();
    world.askAs(requester(world), DIAL, KEY);
    world.platformSays('refused');
    world.askAs(requester(world), DIAL, KEY);
    expect(world.runs).toHaveLength(1);
    expect(answersTo(world.state, ['requester'])).toMatchObject({ requester: { outcome: 'refused' } });
  });

  test('gets its answer when the conference has closed meanwhile', () => {
    const world = conference();
    world.askAs(requester(world), DIAL);
    world.platformSays('done');
    world.event(completed(P1));
    expect(givenAnswer(world.state, 'requester')).toEqual({ outcome: 'done', id: madeBy(world.lastRun) });
    expect(givenAnswer(world.state, 'somebody else')).toBeUndefined();
  });
});

test('the answers of many are told apart, and those who are not answered yet are left out', () => {
  const world = conference();
  world.askAs(requester(world, 'holds'), HOLD);
  world.askAs(requester(world, 'tags'), { kind: 'member', memberId: 'nobody', fields: { mute: true } });
  expect(answersTo(world.state, ['holds', 'tags'])).toMatchObject({ tags: refusal(404, 'no member nobody') });
  expect(answersTo(world.state, ['holds'])).toEqual({});
});

test('two who send the same key each get the answer', () => {
  const world = conference();
  world.askAs(requester(world, 'first'), DIAL, KEY);
  world.askAs(requester(world, 'second'), DIAL, KEY);
  world.platformSays('done');
  const answer = { outcome: 'done', id: madeBy(world.lastRun) };
  expect(answersTo(world.state, ['first', 'second'])).toEqual({ first: answer, second: answer });
});

test('at most 500 answers are held for those who may come for them, beside that to the change that came last', () => {
  const world = conference();
  for (let count = 0; count < 505; count += 1) world.askAs(requester(world, `requester-${count}`), TAG);
  expect(world.state.changes.answers).toHaveLength(501);
  expect(answersTo(world.state, ['requester-3', 'requester-4'])).toEqual({
    'requester-3': { outcome: 'unknown' },
    'requester-4': { outcome: 'done' },
  });
});

/** Says nothing new: what follows it was due all the same. */
const NOTHING: Input = { type: 'change-settled', id: 0, outcome: { outcome: 'lost' } };

test('whatever happens: as long as its caller waits, a change that comes again is not taken in again', () => {
  let came = 0;
  const check = ({ taken }: World) => {
    taken.forEach(({ input }, index) => {
      if (input.type !== 'change' || input.requester === undefined) return;
      for (const { after, context } of taken.slice(index, index + 12)) {
        if (context.now > input.requester.until) return;
        assert.deepEqual(reduceCopy(after, input, context), reduceCopy(after, NOTHING, context));
        came += 1;
      }
    });
  };
  // Each step is taken twice more.
  always(check, { worlds: 100 });
  expect(came).toBeGreaterThan(1_000);
});
