import type { ActivateInput, Next, WorkflowInternalsInterceptor } from '@temporalio/workflow';
import { EVENTS_WITHOUT_A_TASK, OF_CLOSED_HEADER } from './messages.ts';

/*
 * A query that finds no worker waits for one. When it is answered at last, the history may hold events that came meanwhile, and whose workflow
 * task has not begun. The SDK gives them to the workflow all the same, as of the time of the task before, and their task to it afterwards
 * with what else it brings; in a replay all of that comes at once, in another order, and the conference is stuck. So a run that has taken
 * events too early is forgotten: the query fails, and the worker begins anew with the task. A run that has closed gets no task any more.
 */

export class EventsWaitForTheirTask implements WorkflowInternalsInterceptor {
  /** The latest task: how long the history was, and when it began. */
  private historyLength = 0;
  private began = '';
  private hasTakenEarly = false;

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const { historyLength, timestamp, isReplaying, jobs } = input.activation;
    const queries = (jobs ?? []).flatMap(({ queryWorkflow }) => queryWorkflow ?? []);
    const isOfClosed = queries.length > 0 && queries.every(({ headers }) => headers?.[OF_CLOSED_HEADER] != null);
    if (this.hasTakenEarly && !isOfClosed) throw new Error(EVENTS_WITHOUT_A_TASK);
    if (queries.length > 0) return next(input);
    const length = historyLength ?? 0;
    const began = `${timestamp?.seconds?.toString() ?? ''}.${timestamp?.nanos ?? ''}`;
    // Each task begins at a time of its own.
    this.hasTakenEarly = isReplaying !== true && length > this.historyLength && began === this.began;
    this.historyLength = length;
    this.began = began;
    next(input);
  }
}
