import { describe, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChangeLine, NobodyAnswered, type Batch } from '../../src/client/change-line.ts';
import type { ChangeAnswers } from '../../src/conference/state/changes.ts';
import { CONTINUING_AS_NEW } from '../../src/workflows/messages.ts';
import { until } from '../support/until.ts';

/* A line, and updates that end when the test says so. */

interface Update {
  batch: Batch;
  ends: (answers: ChangeAnswers) => Promise<void>;
  fails: (error: Error) => Promise<void>;
}

function openLine() {
  const updates: Update[] = [];
  let emptied = 0;
  const line = new ChangeLine(
    (batch) =>
      new Promise((resolve, reject) => {
        updates.push({
          batch,
          ends: async (answers) => (resolve(answers), await nextTurn()),
          fails: async (error) => (reject(error), await nextTurn()),
        });
      }),
    () => (emptied += 1),
  );
  const answers: Record<string, unknown> = {};
  /** Asks for a change, and lets the line send it. */
  const ask = async (...ids: string[]) => {
    for (const id of ids) {
      const until = Date.now() + 1_000;
      const order = { change: { kind: 'conference', fields: { tag: id } }, requester: { id, until } } as const;
      line.submit(order, until).then(
        (answer) => (answers[id] = answer),
        (error: unknown) => (answers[id] = error),
      );
    }
    await nextTurn();
  };
  const update = (index: number): Update => {
    const found = updates.at(index);
    if (found === undefined) throw new Error(`there is no update ${index}`);
    return found;
  };
  const sent = () =>
    updates.map(({ batch }) => ({
      requests: batch.requests.map(({ requester }) => requester.id),
      awaited: batch.awaited,
    }));
  return { line, ask, update, sent, answers, emptied: () => emptied };
}

const DONE = { outcome: 'done' } as const;

describe('the changes of one conference', () => {
  test('are one update each, when each comes alone', async () => {
    const { ask, update, sent, answers, emptied } = openLine();
    await ask('a');
    await update(0).ends({ a: DONE });
    await ask('b');
    await update(1).ends({ b: DONE });
    expect(answers).toEqual({ a: DONE, b: DONE });
    expect(sent()).toEqual([
      { requests: ['a'], awaited: [] },
      { requests: ['b'], awaited: [] },
    ]);
    expect(emptied()).toBe(2);
  });

  test('are one update together, when they come in the same moment', async () => {
    const { ask, sent } = openLine();
    await ask('a', 'b', 'c');
    expect(sent()).toEqual([{ requests: ['a', 'b', 'c'], awaited: [] }]);
  });

  test('are in two updates at most, of which the latest holds all that wait', async () => {
    const { ask, update, sent } = openLine();
    await ask('a');
    await ask('b');
    await ask('c');
    await ask('d');
    expect(sent()).toEqual([
      { requests: ['a'], awaited: [] },
      { requests: ['a', 'b'], awaited: [] },
    ]);
    // The conference ends the first one, as the second has come. What it held is taken, and is named only.
    await update(0).ends({});
    expect(sent()[2]).toEqual({ requests: ['b', 'c', 'd'], awaited: ['a'] });
    await update(1).ends({});
    expect(sent()).toHaveLength(3);
  });

  test('are asked after until all are answered', async () => {
    const { ask, update, sent, answers } = openLine();
    await ask('a', 'b', 'c');
    await update(0).ends({ b: DONE });
    expect(answers).toEqual({ b: DONE });
    expect(sent()[1]).toEqual({ requests: [], awaited: ['a', 'c'] });
    await update(1).ends({ a: DONE, c: DONE });
    expect(answers).toEqual({ a: DONE, b: DONE, c: DONE });
    expect(sent()).toHaveLength(2);
  });

  test.each([
    ['a run that is about to continue as new has put them off', CONTINUING_AS_NEW],
    // As Temporal's server names it.
    ['a worker has dropped their update', 'UnprocessedUpdate'],
  ])('are sent again, as the same ones, after %s', async (_what, type) => {
    const { ask, update, sent, answers } = openLine();
    await ask('a');
    const failure = ApplicationFailure.create({ message: 'not done', type });
    await update(0).fails(new WorkflowUpdateFailedError('put off', failure));
    expect(sent()).toHaveLength(1);
    await until('it is sent again', () => sent().length > 1);
    expect(sent()[1]).toEqual({ requests: ['a'], awaited: [] });
    await update(1).ends({ a: DONE });
    expect(answers).toEqual({ a: DONE });
  });

  test('fail together with an update that fails', async () => {
    const { ask, update, answers } = openLine();
    await ask('a', 'b');
    const error = new Error('Temporal refuses');
    await update(0).fails(error);
    expect(answers).toEqual({ a: error, b: error });
  });

  test('are many updates when they are too much for one: Temporal takes 2 MB', async () => {
    const { ask, update, sent } = openLine();
    const all = Array.from({ length: 250 }, (_, index) => `a-${index}`);
    await ask(...all);
    // Each ends as the next one comes.
    for (let index = 0; index < sent().length - 1; index += 1) await update(index).ends({});
    expect(Math.max(...sent().map(({ requests }) => requests.length))).toBe(100);
    expect(new Set(sent().flatMap(({ requests }) => requests))).toEqual(new Set(all));
    const { requests = [], awaited = [] } = sent().at(-1) ?? {};
    expect([...awaited, ...requests]).toEqual(all);
  });

  test('whose turn to be sent has not come when their caller’s time is over have not been sent', async () => {
    const { ask, line } = openLine();
    await ask('a');
    await ask('b');
    const until = Date.now() + 20;
    const order = { change: { kind: 'conference', fields: {} }, requester: { id: 'c', until } } as const;
    const error: unknown = await line.submit(order, until).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NobodyAnswered);
    expect(error).toMatchObject({ wasSent: false });
  });
});
