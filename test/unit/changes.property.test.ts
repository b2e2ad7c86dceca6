import { describe, expect, test } from '@jest/globals';
import type { Change, ChangeAnswer } from '../../src/workflows/change.ts';
import { keptAnswer } from '../../src/workflows/changes.ts';
import { isClosed, type Effect, type Input } from '../../src/workflows/state.ts';
import { always, samples } from './lifecycle-world-histories.ts';
import { isOnce, madeBy } from './lifecycle-world-runs.ts';
import type { Taken, World } from './lifecycle-world.ts';

/* What holds for all that is asked of a conference, whatever happens meanwhile. */

type ChangeInput = Extract<Input, { type: 'change' }>;

/** The longest that anybody waits, in milliseconds. */
const ANSWERED_WITHIN = 15_000;

const answersIn = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'answer' ? [effect] : []));
const runsIn = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === 'run-change' ? [effect.id] : []));

/** Each asker with what it asked for, when, and its answers with their times. */
function askersOf({ taken }: World) {
  return taken.flatMap(({ input, context }) => {
    if (input.type !== 'change' || input.asker === undefined) return [];
    const { asker } = input;
    const answers = taken.flatMap((step) =>
      answersIn(step.effects).flatMap(({ askers, answer }) =>
        askers.filter((other) => other === asker).map(() => ({ answer, at: step.context.now })),
      ),
    );
    return [{ asker, input, askedAt: context.now, answers }];
  });
}

const answerTo = (asker: number | undefined, effects: readonly Effect[]) =>
  answersIn(effects).find(({ askers }) => asker !== undefined && askers.includes(asker))?.answer;

/** What changes wait for one another about; new members and calls, and the end, wait for nobody. */
function subjectOf(change: Change): string | undefined {
  if (change.kind === 'dial' || change.kind === 'add-member') return undefined;
  if (change.kind === 'conference') return change.fields.state === undefined ? 'all' : undefined;
  return change.memberId ?? 'all';
}

test('the random histories run changes of every kind, with every outcome, and answer in every way', () => {
  const kinds = new Set<string>();
  const answers = new Set<string>();
  let repeated = 0;
  let conflicts = 0;
  let waited = 0;
  let shownFirst = 0;
  let toldLater = 0;
  samples().forEach((world) => {
    for (const { change, outcome } of world.runs) kinds.add(`${change.kind} ${outcome}`);
    for (const { input, answers: given, askedAt } of askersOf(world)) {
      for (const { answer, at } of given) {
        answers.add(answer.outcome === 'refused' ? String(answer.error.status) : answer.outcome);
        if (answer.outcome === 'refused' && answer.error.status === 409) conflicts += 1;
        if (at - askedAt === 5_000 && answer.outcome === 'refused') waited += 1;
        if (answer.outcome === 'done' && at === askedAt && isOnce(input.change)) repeated += 1;
      }
    }
    for (const { before, after, input } of world.taken) {
      if (input.type !== 'callbacks') continue;
      shownFirst += after.changes.open.filter(({ shown }) => shown !== undefined).length;
      const unknown = ({ changes }: typeof before) => changes.kept.filter(({ answer }) => answer.outcome === 'unknown');
      if (unknown(after).length < unknown(before).length) toldLater += 1;
    }
  });
  const ends = ['done', 'refused'];
  expect([...kinds].sort()).toEqual(
    ['add-member', 'audio', 'conference', 'dial', 'member']
      .flatMap((kind) =>
        [...ends, ...(['conference', 'member'].includes(kind) ? [] : ['lost'])].map((end) => `${kind} ${end}`),
      )
      .sort(),
  );
  expect([...answers].sort()).toEqual(['400', '403', '404', '409', '503', 'done', 'pending', 'unknown']);
  for (const seen of [repeated, conflicts, waited, shownFirst, toldLater]) expect(seen).toBeGreaterThan(0);
});

describe('whoever asks', () => {
  test('gets exactly one answer', () => {
    always((world) => {
      for (const { answers } of askersOf(world)) expect(answers).toHaveLength(1);
    });
  });

  test('gets it within 15 s', () => {
    always((world) => {
      for (const { askedAt, answers } of askersOf(world)) {
        for (const { at } of answers) expect(at - askedAt).toBeLessThanOrEqual(ANSWERED_WITHIN);
      }
    });
  });

  test('leaves nothing open in the end', () => {
    always(({ state }) => expect(state.changes.open).toEqual([]));
  });

  test('is told what the platform refused, and when to come again', () => {
    always(({ taken }) => {
      for (const { before, input, effects } of taken) {
        if (input.type !== 'change-settled' || input.outcome.outcome !== 'refused') continue;
        const open = before.changes.open.find(({ id }) => id === input.id);
        for (const { answer } of answersIn(effects).filter(({ askers }) => askers[0] === open?.askers[0])) {
          // A member that is to be removed and has left is no error, nor is a call that has told of itself.
          if (open?.change.kind === 'dial' && open.shown) expect(answer).toEqual({ outcome: 'done', ...open.shown });
          else if (answer.outcome === 'refused') expect(answer).toEqual(input.outcome);
          else expect(open?.change).toMatchObject({ kind: 'member', fields: { state: 'completed' } });
        }
      }
    });
  });

  test('is not told that something was done that the platform has neither answered nor shown', () => {
    always((world) => {
      for (const run of world.runs.filter(({ change, outcome }) => isOnce(change) && outcome === 'lost')) {
        if (run.isShown || run.change.kind === 'audio') continue;
        const open = world.taken.flatMap(({ after }) => after.changes.open).find(({ id }) => id === run.id);
        for (const asker of open?.askers ?? []) {
          // Another change for the same call may have made the member.
          if (run.change.kind === 'dial') expect(world.answersTo(asker)).toEqual([{ outcome: 'unknown' }]);
        }
      }
    });
  });
});

describe('changes given to the platform', () => {
  test('that concern the same thing go one after the other, in the order in which they were accepted', () => {
    always((world) => {
      const underWay = new Map<string, number>();
      const latest = new Map<string, number>();
      for (const { input, effects } of world.taken) {
        if (input.type === 'change-settled') {
          for (const [subject, id] of underWay) if (id === input.id) underWay.delete(subject);
        }
        for (const id of runsIn(effects)) {
          const run = world.runs.find((other) => other.id === id);
          const subject = run && subjectOf(run.change);
          if (subject === undefined) continue;
          expect(underWay.get(subject)).toBeUndefined();
          expect(id).toBeGreaterThan(latest.get(subject) ?? 0);
          underWay.set(subject, id);
          latest.set(subject, id);
        }
      }
    });
  });

  test('do not overtake one whose answer was lost', () => {
    always(({ taken }) => {
      for (const { effects, after } of taken) {
        for (const id of runsIn(effects)) {
          const open = after.changes.open.find((other) => other.id === id);
          const subject = open && subjectOf(open.change);
          const lost = after.changes.open.filter((other) => other.status === 'lost' && other.id < id);
          if (subject !== undefined) expect(lost.map(({ change }) => subjectOf(change))).not.toContain(subject);
        }
      }
    });
  });

  test('go there once each', () => {
    always(({ runs }) => {
      const ids = runs.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)]);
    });
  });

  test('never go to a conference that is closed, or that the platform does not have', () => {
    always(({ taken }) => {
      for (const { after, effects } of taken) {
        if (runsIn(effects).length === 0) continue;
        expect(isClosed(after)).toBe(false);
        expect(after.platformId).toBeDefined();
      }
    });
  });

  test('while the conference is ending only remove members', () => {
    always((world) => {
      for (const { after, effects } of world.taken) {
        if (after.phase !== 'ending') continue;
        for (const id of runsIn(effects)) {
          expect(world.runs.find((run) => run.id === id)?.change).toMatchObject({
            kind: 'member',
            fields: { state: 'completed' },
          });
        }
      }
    });
  });
});

describe('a change with a key', () => {
  /** Follows what each key stands for: it is free again when its change was refused, or is an end that nobody confirmed. */
  function followKeys({ taken }: World, see: (step: Taken, known: Map<string, string>) => void): void {
    const known = new Map<string, string>();
    const askedUnder = new Map<number, string>();
    for (const step of taken) {
      see(step, known);
      const { input, effects } = step;
      const isNew = input.type === 'change' && input.key !== undefined && !known.has(input.key.id);
      if (isNew && input.key !== undefined) {
        known.set(input.key.id, input.key.fingerprint);
        if (input.asker !== undefined) askedUnder.set(input.asker, input.key.id);
      }
      for (const { askers, answer } of answersIn(effects)) {
        const key = askers.flatMap((asker) => askedUnder.get(asker) ?? [])[0];
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
      followKeys(world, ({ before, input, effects, after }, known) => {
        if (input.type !== 'change' || input.key === undefined) return;
        const first = known.get(input.key.id);
        if (first === undefined || first === input.key.fingerprint) return;
        expect(answerTo(input.asker, effects)).toMatchObject({
          outcome: 'refused',
          error: { status: 409, code: 'conference-update-conflict' },
        });
        expect(after.changes.nextId).toBe(before.changes.nextId);
      });
    });
  });

  test('that is known is not taken in again: it gets the answer there is, or waits for the same one', () => {
    always((world) => {
      followKeys(world, ({ before, input, effects, after }, known) => {
        if (input.type !== 'change' || input.key === undefined) return;
        if (known.get(input.key.id) !== input.key.fingerprint) return;
        expect(after.changes.nextId).toBe(before.changes.nextId);
        const kept = keptAnswer(before, input.key);
        const waits = after.changes.open.some(({ askers }) => askers.includes(input.asker ?? 0));
        if (kept !== undefined) expect(answerTo(input.asker, effects)).toEqual(kept);
        else expect(waits || answerTo(input.asker, effects) !== undefined).toBe(true);
      });
    });
  });

  test('keeps its answer, but for one that is not known: that becomes done, and stays so', () => {
    always(({ taken }) => {
      for (const { before, after } of taken) {
        for (const { key, answer } of before.changes.kept) {
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
      const done = new Set<number>();
      for (const { before, effects, after } of taken) {
        for (const open of [...before.changes.open, ...after.changes.open, ...askedAndDone(effects, taken)]) {
          const { change, askers } = open;
          if (change.kind !== 'conference' || askers[0] === undefined || done.has(askers[0])) continue;
          const { state: ends, hold, mute, ...settings } = change.fields;
          const began = ends === 'completed' && 'status' in open && open.status === 'ending';
          if (!began && answerTo(askers[0], effects)?.outcome !== 'done') continue;
          done.add(askers[0]);
          Object.assign(expected, settings);
        }
      }
      expect(state.settings).toEqual(expected);
    });
  });

  /** What was asked for and done in one step was never open after it. */
  function askedAndDone(effects: readonly Effect[], taken: readonly Taken[]) {
    const step = taken.find((other) => other.effects === effects);
    const input = step?.input;
    if (step === undefined || input?.type !== 'change' || step.after.changes.nextId === step.before.changes.nextId)
      return [];
    return [{ change: (input satisfies ChangeInput).change, askers: [input.asker ?? 0] }];
  }
});
