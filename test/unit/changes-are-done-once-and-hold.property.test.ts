import { describe, expect, test } from '@jest/globals';
import { keptAnswer } from '../../src/conference/facts/answers.ts';
import type { ChangeAnswer } from '../../src/conference/state/changes.ts';
import type { Input } from '../../src/conference/state/inputs.ts';
import { isClosed } from '../../src/conference/state/state.ts';
import { answerTo, runsIn } from './changes-world-answers.ts';
import { always } from './conference-world-histories.ts';
import { isOnce, madeBy } from './conference-world-runs.ts';
import type { Taken } from './conference-world-interpreter.ts';
import type { World } from './conference-world.ts';

/* What holds for what is asked of a conference under a key, and for what is done, whatever happens meanwhile. */

type ChangeInput = Extract<Input, { type: 'change' }>;

describe('a change with a key', () => {
  /** Follows what each key stands for: it is free again when its change was refused, or is an end that nobody confirmed. */
  function followKeys({ taken }: World, see: (step: Taken, known: Map<string, string>) => void): void {
    const known = new Map<string, string>();
    const askedUnder = new Map<string, string>();
    for (const step of taken) {
      see(step, known);
      const { input } = step;
      const isNew = input.type === 'change' && input.key !== undefined && !known.has(input.key.id);
      if (isNew && input.key !== undefined) {
        known.set(input.key.id, input.key.fingerprint);
        if (input.requester !== undefined) askedUnder.set(input.requester.id, input.key.id);
      }
      for (const { requester, answer } of step.answered) {
        const key = askedUnder.get(requester);
        if (key !== undefined && (answer.outcome === 'refused' || answer.outcome === 'pending')) known.delete(key);
      }
    }
  }

  test('is given to the platform once at most, unless it was refused; then when it is asked for again', () => {
    always((world) => {
      const given = new Map<string, number>();
      for (const { input, effects } of world.taken) {
        for (const id of runsIn(effects)) {
          const key = world.runs.find((run) => run.id === id)?.key?.id;
          if (key === undefined) continue;
          expect(given.has(key)).toBe(false);
          given.set(key, id);
        }
        if (input.type !== 'change-settled' || input.outcome.outcome !== 'refused') continue;
        for (const [key, id] of given) if (id === input.id) given.delete(key);
      }
    });
  });

  test('is refused with 409, and nothing is done, when the key was used for another change', () => {
    always((world) => {
      followKeys(world, ({ before, input, answered, after }, known) => {
        if (input.type !== 'change' || input.key === undefined) return;
        const first = known.get(input.key.id);
        if (first === undefined || first === input.key.fingerprint) return;
        expect(answerTo(input.requester, { answered })).toMatchObject({
          outcome: 'refused',
          error: { status: 409, code: 'conference-update-conflict' },
        });
        expect(after.changes.nextId).toBe(before.changes.nextId);
      });
    });
  });

  test('that is known is not taken in again: it gets the answer there is, or waits for the same one', () => {
    always((world) => {
      followKeys(world, ({ before, input, answered, after }, known) => {
        if (input.type !== 'change' || input.key === undefined) return;
        if (known.get(input.key.id) !== input.key.fingerprint) return;
        expect(after.changes.nextId).toBe(before.changes.nextId);
        const kept = keptAnswer(before, input.key);
        const waits = after.changes.open.some(({ requesters }) =>
          requesters.some(({ id }) => id === input.requester?.id),
        );
        if (kept !== undefined) expect(answerTo(input.requester, { answered })).toEqual(kept);
        else expect(waits || answerTo(input.requester, { answered }) !== undefined).toBe(true);
      });
    });
  });

  test('keeps its answer, but for one that is not known: that becomes done, and stays so', () => {
    always(({ taken }) => {
      for (const { before, after } of taken) {
        for (const { key, answer } of before.changes.keptAnswers) {
          const now = keptAnswer(after, key);
          if (answer.outcome === 'done') expect(now).toEqual(answer);
          else expect(['unknown', 'done']).toContain(now?.outcome);
        }
      }
    });
  });

  test('is known to be done once its event shows it, however late, with the id of what it made', () => {
    always((world) => {
      for (const run of world.runs) {
        const { change, key, outcome, isShown } = run;
        if (key === undefined || !isShown || !isOnce(change)) continue;
        if (outcome === 'refused') continue;
        // Of two changes for the same call either may have made the member, and two sentences sound the same.
        const isAlone = change.kind !== 'add-member' || addingsOf(world, change.member.callId) === 1;
        if (change.kind === 'audio' || !isAlone) continue;
        if (change.kind === 'add-member' && !joined(world, madeBy(run))) continue;
        const answer: ChangeAnswer = { outcome: 'done', id: madeBy(run) };
        expect(keptAnswer(world.state, key)).toEqual(answer);
      }
    });
  });

  const addingsOf = ({ runs }: World, callId: string) =>
    runs.filter(({ change }) => change.kind === 'add-member' && change.member.callId === callId).length;

  /** Whether a member was seen to join, and not to leave before. */
  const joined = ({ batches, state }: World, memberId: string) => {
    const seen = batches
      .flatMap(({ receipts }) => receipts)
      .find(({ event }) => event.memberId === memberId && event.conferenceId === state.platformId);
    return seen?.event.state === 'active';
  };
});

describe('the settings of a conference', () => {
  test('change only when a change is done, and once it is closed only by what was under way', () => {
    always(({ taken }) => {
      for (const { before, input, after } of taken) {
        const settings = JSON.stringify(after.settings) !== JSON.stringify(before.settings);
        if (settings) expect(['change', 'change-settled', 'clock', 'callbacks']).toContain(input.type);
        // What was under way at the end is done, and answered so.
        if (isClosed(before) && input.type !== 'change-settled') expect(after.settings).toEqual(before.settings);
      }
    });
  });

  test('are what was asked for last, of all that was done, in the order in which it was done', () => {
    always((world) => {
      const { taken, state } = world;
      const expected = { ...taken[0]?.before.settings };
      const done = new Set<string>();
      for (const { before, answered, after } of taken) {
        for (const open of [...before.changes.open, ...after.changes.open, ...askedAndDone(answered, taken)]) {
          const { change, requesters } = open;
          if (change.kind !== 'conference' || requesters[0] === undefined || done.has(requesters[0].id)) continue;
          const { state: ends, hold, mute, ...settings } = change.fields;
          const began = ends === 'completed' && 'status' in open && open.status === 'ending';
          if (!began && answerTo(requesters[0], { answered })?.outcome !== 'done') continue;
          done.add(requesters[0].id);
          Object.assign(expected, settings);
        }
      }
      expect(state.settings).toEqual(expected);
    });
  });

  /** What was asked for and done in one step was never open after it. */
  function askedAndDone(answered: Taken['answered'], taken: readonly Taken[]) {
    const step = taken.find((other) => other.answered === answered);
    const input = step?.input;
    if (step === undefined || input?.type !== 'change' || step.after.changes.nextId === step.before.changes.nextId)
      return [];
    return [
      {
        change: (input satisfies ChangeInput).change,
        requesters: input.requester === undefined ? [] : [input.requester],
      },
    ];
  }
});
