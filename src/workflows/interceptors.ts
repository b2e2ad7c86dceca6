import type { WorkflowInterceptors } from '@temporalio/workflow';
import { EventsWaitForTheirTask } from './early-events.ts';
import { NoTwoQuietTasks } from './quiet-tasks.ts';
import { UnreadableIsNothing } from './unreadable.ts';

/** What stands between every workflow and the SDK, so that a history replays as it came. */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [new EventsWaitForTheirTask(), new NoTwoQuietTasks(), new UnreadableIsNothing()],
});
