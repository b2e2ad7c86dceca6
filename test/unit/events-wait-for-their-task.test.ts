import { expect, test } from '@jest/globals';
import type { ActivateInput } from '@temporalio/workflow';
import { EventsWaitForTheirTask } from '../../src/workflows/early-events.ts';
import { EVENTS_WITHOUT_A_TASK, OF_CLOSED_HEADER } from '../../src/workflows/messages.ts';

/* What the SDK gives a run for a query's sake alone, before its workflow task has begun, is not taken for good. */

const signal = { signalWorkflow: { signalName: 'callbacks' } };
const query = { queryWorkflow: { queryType: 'conference' } };
const ofClosed = { queryWorkflow: { queryType: 'conference', headers: { [OF_CLOSED_HEADER]: {} } } };

/** A run that has done a task at second 1, with 9 events. */
function run() {
  const one = new EventsWaitForTheirTask();
  type Activation = Partial<ActivateInput['activation']>;
  const activate = (activation: Activation) => one.activate({ activation, batchIndex: 0 }, () => undefined);
  const at = (second: number, historyLength: number, jobs: Activation['jobs']) =>
    activate({ historyLength, jobs: jobs ?? [], timestamp: { nanos: second } });
  at(1, 9, [signal]);
  return at;
}

test('a query is answered between tasks, and each task is done', () => {
  const at = run();
  at(1, 9, [query]);
  at(2, 14, [signal]);
  at(2, 14, [query]);
});

test('once it has been given events without a task, it answers no query and does no task: it begins anew', () => {
  const at = run();
  at(1, 11, [signal]);
  expect(() => at(1, 11, [query])).toThrow(EVENTS_WITHOUT_A_TASK);
  expect(() => at(2, 12, [signal])).toThrow(EVENTS_WITHOUT_A_TASK);
});

test('one that has closed gets no task any more: it answers', () => {
  const at = run();
  at(1, 12, [signal]);
  at(1, 12, [ofClosed]);
});
