import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { aliveQuery, CANARY_WORKFLOW, canaryWorkflowId, TASK_QUEUE } from '../workflows/messages.ts';
import { CANARY_WITHIN_MS, HEALTH_FRESH_MS, HEALTH_WITHIN_MS, HEALTH_PATIENCE_MS } from './budget.ts';
import { persistently } from './query.ts';

/** Whether Temporal answers, and whether some worker of our task queue does its work now. */
export interface TemporalHealth {
  reachable: boolean;
  isWorking: boolean;
}

/**
 * How to ask for the health; what is returned never throws. Temporal lists pollers for minutes after they are gone, so the workers are
 * asked something: a query of a small workflow that has closed, which adds nothing to any history.
 */
export function healthCheck(client: Client, taskQueue: string = TASK_QUEUE): () => Promise<TemporalHealth> {
  let answeredAt = -Infinity;
  let asking: Promise<void> | undefined;
  const isAnswered = (withinMs: number) => performance.now() - answeredAt < withinMs;

  async function askCanary(): Promise<void> {
    const deadline = Date.now() + CANARY_WITHIN_MS;
    const handle = client.workflow.getHandle(canaryWorkflowId(taskQueue));
    try {
      await persistently(client, deadline, () => handle.query(aliveQuery));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      // None has been there, or its time is over.
      await client.withDeadline(deadline, () => startCanary(client, taskQueue));
      await persistently(client, deadline, () => handle.query(aliveQuery));
    }
    answeredAt = performance.now();
  }

  async function isWorking(): Promise<boolean> {
    if (isAnswered(HEALTH_FRESH_MS)) return true;
    asking ??= askCanary()
      .catch(() => undefined)
      .finally(() => (asking = undefined));
    await atMost(HEALTH_WITHIN_MS, asking);
    return isAnswered(HEALTH_PATIENCE_MS);
  }

  return async () => {
    const [reachable, working] = await Promise.all([isReachable(client, taskQueue), isWorking()]);
    return { reachable, isWorking: reachable && working };
  };
}

function isReachable(client: Client, name: string): Promise<boolean> {
  const { namespace } = client.options;
  return client
    .withDeadline(Date.now() + HEALTH_WITHIN_MS, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name } }),
    )
    .then(
      () => true,
      () => false,
    );
}

async function startCanary(client: Client, taskQueue: string): Promise<void> {
  await client.workflow.start(CANARY_WORKFLOW, {
    workflowId: canaryWorkflowId(taskQueue),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'asked by /readyz whether some worker does its work',
  });
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
