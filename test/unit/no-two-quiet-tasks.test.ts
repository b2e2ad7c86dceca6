import { expect, test } from '@jest/globals';
import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';
import { NoTwoQuietTasks } from '../../src/workflows/quiet-tasks.ts';

/* Of two workflow tasks in a row that take something in, one leaves something in the history: else the SDK replays the second with the next. */

type Job = NonNullable<ActivateInput['activation']['jobs']>[number];
type Command = ConcludeActivationInput['commands'][number];

const signal: Job = { signalWorkflow: { signalName: 'callbacks' } };
const update: Job = { doUpdate: { name: 'changes' } };
const startTimer: Command = { startTimer: { seq: 1 } };
const cancelTimer: Command = { cancelTimer: { seq: 1 } };
const accept: Command = { updateResponse: { accepted: {} } };
const refuse: Command = { updateResponse: { rejected: {} } };

/** The tasks of a run, in a history as long as they make it. */
function run() {
  const one = new NoTwoQuietTasks();
  let historyLength = 0;
  /** Does a task; answers whether it left a mark. `unseen`: events of tasks before it that the workflow was not told of. */
  return (jobs: Job[], commands: Command[] = [], unseen = 0): boolean => {
    historyLength += unseen + jobs.length + 2;
    one.activate({ activation: { historyLength, jobs }, batchIndex: 0 }, () => undefined);
    const left = one.concludeActivation({ commands }, (input) => input).commands;
    historyLength += 1 + left.length;
    return left.some(({ modifyWorkflowProperties }) => modifyWorkflowProperties != null);
  };
}

test('a quiet task after one that left something leaves no mark, the next one does, and the one after that need not', () => {
  const task = run();
  expect(task([signal], [startTimer])).toBe(false);
  expect([task([signal]), task([signal]), task([signal]), task([signal])]).toEqual([false, true, false, true]);
});

test('a task that leaves something needs no mark', () => {
  const task = run();
  task([signal], [startTimer]);
  task([signal]);
  expect(task([update], [accept])).toBe(false);
  expect(task([signal])).toBe(false);
});

test('what is begun and cancelled in the same task leaves nothing', () => {
  const task = run();
  task([signal], [startTimer]);
  task([signal]);
  expect(task([signal], [startTimer, cancelTimer])).toBe(true);
});

test('a refused update leaves nothing, and no mark: it is in no history', () => {
  const task = run();
  task([signal], [startTimer]);
  task([signal]);
  expect(task([update], [refuse])).toBe(false);
  expect(task([signal])).toBe(true);
});

test('after a task that brought nothing, of which the workflow is not told, a quiet one leaves a mark', () => {
  const task = run();
  task([signal], [startTimer]);
  expect(task([signal], [], 3)).toBe(true);
});
