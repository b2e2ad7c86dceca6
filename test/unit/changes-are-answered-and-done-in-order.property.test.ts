import { describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/conference/state/changes.ts';
import { isClosed } from '../../src/conference/state/state.ts';
import { requestersOf, runsIn } from './changes-world-answers.ts';
import { always, samples } from './conference-world-histories.ts';
import { isOnce } from './conference-world-runs.ts';

/* What holds for whoever asks something of a conference, and for what the platform is given, whatever happens meanwhile. */

/** The longest that anybody waits, in milliseconds. */
const ANSWERED_WITHIN = 15_000;

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
    for (const { input, answers: given, askedAt } of requestersOf(world)) {
      for (const { answer, at } of given) {
        answers.add(answer.outcome === 'refused' ? String(answer.error.status) : answer.outcome);
        if (answer.outcome === 'refused' && answer.error.status === 409) conflicts += 1;
        if (at - askedAt === 5_000 && answer.outcome === 'refused') waited += 1;
        if (answer.outcome === 'done' && at === askedAt && isOnce(input.change)) repeated += 1;
      }
    }
    for (const { before, after, input } of world.taken) {
      if (input.type !== 'callbacks') continue;
      shownFirst += after.changes.open.filter(({ confirmed }) => confirmed !== undefined).length;
      const unknown = ({ changes }: typeof before) =>
        changes.keptAnswers.filter(({ answer }) => answer.outcome === 'unknown');
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
      for (const { answers } of requestersOf(world)) expect(answers).toHaveLength(1);
    });
  });

  test('gets it within 15 s', () => {
    always((world) => {
      for (const { askedAt, answers } of requestersOf(world)) {
        for (const { at } of answers) expect(at - askedAt).toBeLessThanOrEqual(ANSWERED_WITHIN);
      }
    });
  });

  test('leaves nothing open in the end', () => {
    always(({ state }) => expect(state.changes.open).toEqual([]));
  });

  test('is told what the platform refused, and when to come again', () => {
    always(({ taken }) => {
      for (const { before, input, answered } of taken) {
        if (input.type !== 'change-settled' || input.outcome.outcome !== 'refused') continue;
        const open = before.changes.open.find(({ id }) => id === input.id);
        for (const { answer } of answered.filter(({ requester }) => requester === open?.requesters[0]?.id)) {
          // A member that is to be removed and has left is no error, nor is a call that has told of itself.
          if (open?.change.kind === 'dial' && open.confirmed)
            expect(answer).toEqual({ outcome: 'done', ...open.confirmed });
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
        for (const { id: requester } of open?.requesters ?? []) {
          // Another change for the same call may have made the member.
          if (run.change.kind === 'dial') expect(world.answersTo(requester)).toEqual([{ outcome: 'unknown' }]);
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
