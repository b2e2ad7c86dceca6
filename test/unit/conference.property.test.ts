import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { saidBy } from '../../src/catapult/events.ts';
import { outcomeOf } from '../../src/conference/facts/watchers.ts';
import { mayClose } from '../../src/conference/rules/ending.ts';
import { isClosed } from '../../src/conference/state/state.ts';
import { reduceCopy } from './conference-reduce.ts';
import { always, samples } from './conference-world-histories.ts';
import type { Taken } from './conference-world-interpreter.ts';

/*
 * What holds for every conference, whatever happens to it in whatever order: thousands of random histories are lived
 * to their end, and looked at.
 */

const count = <Value>(values: readonly Value[], value: Value) => values.filter((other) => other === value).length;

test('the random histories come to every end, meet orphans, lose events and deliver out of order', () => {
  const worlds = samples();
  const phases = new Set(worlds.map(({ state }) => state.phase));
  expect([...phases].sort()).toEqual(['active', 'cancelled', 'completed', 'created', 'failed']);
  expect(worlds.some(({ state }) => state.orphans.length > 1)).toBe(true);
  expect(worlds.some(({ state }) => state.outbox.deadLetters.length > 0)).toBe(true);
  expect(
    worlds.some(({ delivered }) => delivered.some(({ sequence }, i) => sequence < (delivered[i - 1]?.sequence ?? 0))),
  ).toBe(true);
});

describe('a conference that is told to end', () => {
  const tellsToEnd = ({ before, input, after }: Taken) =>
    input.type === 'cancel' ||
    (input.type === 'change' &&
      input.change.kind === 'conference' &&
      input.change.fields.state === 'completed' &&
      // One that is refused, or was sent before, tells nothing.
      after.changes.nextId > before.changes.nextId);

  test('is closed once everything under way has ended', () => {
    always(({ taken, state }) => {
      if (taken.some(tellsToEnd)) expect(state.phase).toMatch(/^(completed|cancelled|failed)$/);
    });
  });

  test('orders its platform conference completed exactly once, even if that shows later', () => {
    always((world) => {
      const { endRequested, platformId } = world.state;
      if (endRequested === undefined || platformId === undefined) return;
      const ordered = world.effects('complete').map((effect) => effect.platformId);
      expect(count(ordered, platformId)).toBe(1);
    });
  });

  test('keeps the reason it was first told', () => {
    always(({ taken, state }) => {
      if (state.endRequested === undefined) return;
      const first = taken.find(tellsToEnd)?.input.type;
      expect(state.endRequested).toBe(first === 'cancel' ? 'cancelled' : 'ended-via-api');
      expect([state.endRequested, 'cancelled']).toContain(state.reason);
    });
  });
});

describe('a conference that is closed', () => {
  test('is over once everything under way has ended', () => {
    always(({ state }) => expect(mayClose(state)).toBe(isClosed(state)));
  });

  test('never opens again, and keeps its reason and its completed time', () => {
    always(({ taken }) => {
      for (const { before, after } of taken) {
        if (!isClosed(before)) continue;
        const { phase, reason, completedTime } = before;
        expect(after).toMatchObject({ phase, reason, completedTime });
      }
    });
  });

  test('has told the customer of its end exactly once', () => {
    always(({ taken, accepted, state }) => {
      const wasHeard = taken[0]?.before.settings.callbackUrl !== undefined;
      if (!wasHeard) return;
      const statuses = accepted.flatMap(({ event }) => (event.eventType === 'conference' ? [event.status] : []));
      const ends = statuses.filter((status) => status === 'completed' || status === 'failed');
      const mayBeToldByAnswer = state.phase === 'failed' && state.creationAwaited;
      if (!isClosed(state)) expect(ends).toEqual([]);
      else if (!mayBeToldByAnswer || ends.length > 0) {
        expect(ends).toEqual([state.phase === 'failed' ? 'failed' : 'completed']);
      }
    });
  });
});

describe('of the conferences on the platform', () => {
  test('one is adopted for good', () => {
    always(({ taken }) => {
      for (const { before, after } of taken) {
        if (before.platformId !== undefined) expect(after.platformId).toBe(before.platformId);
      }
    });
  });

  test('the first that shows is adopted, unless the conference has closed before', () => {
    always(({ taken }) => {
      const first = taken.find((step) => shownBy(step).length > 0);
      if (first === undefined || isClosed(first.before)) return;
      expect(first.after.platformId).toBe(shownBy(first)[0]);
    });
  });

  test('every other one that shows is ordered completed exactly once, and none that did not show', () => {
    always((world) => {
      const adopted = world.state.platformId;
      const shown = new Set(world.taken.flatMap(shownBy));
      const others = [...shown].filter((id) => id !== adopted).sort();
      const ordered = world.effects('complete').map(({ platformId }) => platformId);
      expect(ordered.filter((id) => id !== adopted).sort()).toEqual(others);
    });
  });

  test('none is left behind: all orders are answered, and creating has ended, before the conference is over', () => {
    always(({ taken }) => {
      const open = new Set<string>();
      for (const { input, effects, after } of taken) {
        if (input.type === 'platform-completed') open.delete(input.platformId);
        for (const effect of effects) if (effect.type === 'complete') open.add(effect.platformId);
        if (open.size > 0 || after.creation !== 'over') expect(mayClose(after)).toBe(false);
      }
    });
  });

  test('creating is asked for once, and stopped once at most', () => {
    always((world) => {
      expect(world.effects('create')).toHaveLength(1);
      expect(world.effects('stop-creating').length).toBeLessThanOrEqual(1);
    });
  });

  /** The platform conferences that an input shows to exist: by an answer, or an event; `completed` only shows the first. */
  function shownBy({ before, input }: Taken): string[] {
    if (input.type === 'creation-succeeded') return [input.platformId];
    if (input.type !== 'callbacks') return [];
    const { opening, receipts } = input.batch;
    let decided = before.platformId !== undefined || isClosed(before);
    return receipts
      .filter(({ sequence }) => sequence > (before.highestSequences[opening] ?? 0))
      .flatMap((receipt) => {
        const event = saidBy(receipt.event);
        const ended = event.eventType === 'conference' && event.status === 'completed';
        if (event.conferenceId === undefined || (ended && decided)) return [];
        decided = true;
        return [event.conferenceId];
      });
  }
});

describe('the events of a conference', () => {
  test('are numbered from 1 as they are accepted, without gap or repetition', () => {
    always((world) => {
      const { accepted, state } = world;
      const recordedOnly = world.effects('log').filter(({ message }) => message.includes('recorded only')).length;
      const sequences = accepted.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      expect(sequences.length + recordedOnly).toBe(state.outbox.nextSequence - 1);
    });
  });

  test('are each delivered or dead in the end, and never both', () => {
    always(({ accepted, delivered, state }) => {
      const ends = [...delivered, ...state.outbox.deadLetters].map(({ sequence }) => sequence);
      expect(ends.sort()).toEqual(accepted.map(({ sequence }) => sequence).sort());
    });
  });

  test('are delivered in the order of their acceptance, lane by lane, when nothing fails', () => {
    always(({ accepted, delivered, isFaultless }) => {
      if (!isFaultless) return;
      for (const lane of new Set(accepted.map((event) => event.lane))) {
        const inLane = (events: typeof accepted) => events.filter((event) => event.lane === lane).map(({ id }) => id);
        expect(inLane(delivered)).toEqual(inLane(accepted));
      }
    });
  });

  test('are all taken in if they have no state, once at least and never more often than they came', () => {
    always(({ taken, accepted, batches }) => {
      if (taken[0]?.before.settings.callbackUrl === undefined) return;
      const receipts = batches.flatMap(({ opening, receipts }) =>
        receipts.map(({ sequence, event }) => ({ receipt: `${opening}:${sequence}`, press: event['press'] })),
      );
      const pressesIn = accepted.flatMap(({ event }) => (event.eventType === 'dtmf' ? [event['press']] : []));
      for (const press of new Set(receipts.flatMap((came) => came.press ?? []))) {
        const came = new Set(receipts.filter((other) => other.press === press).map(({ receipt }) => receipt)).size;
        expect(count(pressesIn, press)).toBeGreaterThanOrEqual(1);
        expect(count(pressesIn, press)).toBeLessThanOrEqual(came);
      }
    });
  });

  test('tell each status of the conference once, and each member’s leaving once', () => {
    always(({ accepted }) => {
      const once = accepted.flatMap(({ event }) => {
        if (event.eventType === 'conference') return [`status ${event.status}`];
        return event.state === 'completed' ? [`left ${event.memberId}`] : [];
      });
      expect(once).toEqual([...new Set(once)]);
    });
  });

  test('show the customer our ids only', () => {
    always(({ accepted }) => expect(JSON.stringify(accepted)).not.toMatch(/platform-\d|platform\.example/));
  });
});

describe('a batch that a gateway sends again', () => {
  test('changes nothing, at once or at any later time', () => {
    always(({ taken, batches, state, now }) => {
      for (const { input, after, context } of taken) {
        if (input.type !== 'callbacks') continue;
        assert.deepEqual(reduceCopy(after, input, context), json({ state: after, effects: [] }));
      }
      const context = { userId: 'u-1', conferenceId: 'conf-1', now, nonce: 'run' };
      for (const batch of batches) {
        const again = reduceCopy(state, { type: 'callbacks', batch }, context);
        assert.deepEqual(again, json({ state, effects: [] }));
      }
    });
  });
});

describe('the state of a conference', () => {
  test('is plain JSON, and a run that starts from its JSON goes on in the same way', () => {
    always(
      ({ taken }) => {
        for (const { before, input, context, after, effects } of taken) {
          assert.deepEqual(oddities(after), []);
          assert.deepEqual(oddities(effects, 'effects'), []);
          const again = reduceCopy(json(before), json(input), context);
          assert.equal(JSON.stringify(again), JSON.stringify({ state: after, effects }));
        }
      },
      { worlds: 60 },
    );
  });

  test('changes only through its own steps: what comes in is left as it is', () => {
    always(
      ({ taken }) => {
        for (const { before, input, context, after, effects } of taken) {
          // A frozen object throws when it is written to.
          const again = reduceCopy(json(before), deepFreeze(json(input)), context);
          assert.deepEqual(again.effects, json(effects));
          assert.equal(again.state.phase, after.phase);
        }
      },
      { worlds: 60 },
    );
  });
});

function json<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** Where a value holds what JSON would lose or change; a field that is undefined is absent in both. */
function oddities(value: unknown, path = 'state'): string[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? [] : [path];
  if (typeof value !== 'object') return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => oddities(item, `${path}[${index}]`));
  if (Object.getPrototypeOf(value) !== Object.prototype) return [path];
  return Object.entries(value).flatMap(([field, item]) =>
    item === undefined ? [] : oddities(item, `${path}.${field}`),
  );
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}

describe('who waits for a conference from outside', () => {
  const tells = ({ effects }: Taken) => effects.flatMap((effect) => (effect.type === 'notify-watcher' ? [effect] : []));

  test('is told in some histories that it has come, and in others that it cannot come any more', () => {
    const words = samples().flatMap(({ taken }) => taken.flatMap(tells).map(({ word }) => word.outcome));
    expect(new Set(words)).toEqual(new Set(['reached', 'over']));
  });

  test('is told once, and what is so', () => {
    always(({ taken }) => {
      const awaitedBy = new Map(
        taken.flatMap(({ input }) => (input.type === 'watch' ? [[input.id, input.awaited] as const] : [])),
      );
      const told = taken.flatMap(tells);
      expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
      for (const { id, word } of told) {
        const awaited = awaitedBy.get(id);
        assert(awaited !== undefined);
        expect(outcomeOf(awaited, word.standing)).toBe(word.outcome);
      }
    });
  });

  test('has been told, or has gone, when the conference is over', () => {
    always(({ taken, state }) => {
      if (!isClosed(state)) return;
      expect(state.watchers).toBeUndefined();
      const told = new Set(taken.flatMap(tells).map(({ id }) => id));
      const gone = new Set(taken.flatMap(({ input }) => (input.type === 'unwatch' ? [input.id] : [])));
      const waited = taken.flatMap(({ input }) => (input.type === 'watch' ? [input.id] : []));
      expect(waited.filter((id) => !told.has(id) && !gone.has(id))).toEqual([]);
    });
  });
});
