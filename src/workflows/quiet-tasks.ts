import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivateInput, ConcludeActivationInput, Next, WorkflowInternalsInterceptor } from '@temporalio/workflow';

/*
 * A workflow task is quiet when it takes something in and begins nothing: it leaves no command in the history. The SDK takes a quiet task
 * that follows another one for a sign of life, and replays it together with the next task, though each was done by itself when they
 * came: what was taken in then comes in another order, and the conference is stuck (github.com/temporalio/sdk-rust/issues/1146). A worker
 * that is started anew, and a change that comes meanwhile, are enough. So no quiet task follows another: the second one leaves a mark.
 */

/** A task has three events of its own: scheduled, started, completed. */
const EVENTS_OF_A_TASK = 3;

/** Where the mark is, in the workflow's memo: how long the history was. */
const MARK = 'quietAt';

type Command = ConcludeActivationInput['commands'][number];

export class NoTwoQuietTasks implements WorkflowInternalsInterceptor {
  /** The latest task that left something: how long the history was then, and how much it left. */
  private loud = { historyLength: 0, left: 0 };
  private task = { historyLength: 0, arrived: 0 };

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const { historyLength, jobs } = input.activation;
    const arrived = (jobs ?? []).filter(({ queryWorkflow, doUpdate }) => queryWorkflow == null && doUpdate == null);
    this.task = { historyLength: historyLength ?? 0, arrived: arrived.length };
    next(input);
  }

  concludeActivation(
    input: ConcludeActivationInput,
    next: Next<WorkflowInternalsInterceptor, 'concludeActivation'>,
  ): ConcludeActivationInput {
    const { commands } = next(input);
    const { historyLength, arrived } = this.task;
    const left = commands.filter(leavesAnEvent).length;
    // A query, or an update that was refused, is in no history.
    if (left === 0 && (arrived === 0 || !this.isAfterAnotherTask())) return { commands };
    this.loud = { historyLength, left: Math.max(left, 1) };
    return { commands: left > 0 ? commands : [...commands, mark(historyLength)] };
  }

  /** Whether there are more events since the latest task that left something than that one and this one have: enough for another task. */
  private isAfterAnotherTask(): boolean {
    const { loud, task } = this;
    const known = loud.left + task.arrived + EVENTS_OF_A_TASK;
    return task.historyLength - loud.historyLength - known >= EVENTS_OF_A_TASK;
  }
}

/** Whether it is sure to be an event: what is begun and cancelled in one task never begins, and what a cancellation is about may be over. */
function leavesAnEvent(command: Command, _: number, all: Command[]): boolean {
  const { cancelTimer, requestCancelActivity, respondToQuery, updateResponse, startTimer, scheduleActivity } = command;
  if (startTimer != null) return !all.some((other) => other.cancelTimer?.seq === startTimer.seq);
  if (scheduleActivity != null) return !all.some((other) => other.requestCancelActivity?.seq === scheduleActivity.seq);
  const isOnRecord = updateResponse?.rejected == null && respondToQuery == null;
  return isOnRecord && cancelTimer == null && requestCancelActivity == null;
}

function mark(historyLength: number): Command {
  return {
    modifyWorkflowProperties: {
      upsertedMemo: { fields: { [MARK]: defaultPayloadConverter.toPayload(historyLength) } },
    },
  };
}
