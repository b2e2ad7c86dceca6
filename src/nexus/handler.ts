import { TemporalOperationHandler, TemporalOperationResult } from '@temporalio/nexus';
import { serviceHandler, type ServiceHandler } from 'nexus-rpc';
import { shortDigestOf } from '../client/index.ts';
import { holdWorkflowId, watchWorkflowId } from '../workflows/messages.ts';
import { AccountOperations, type NexusOptions } from './account.ts';
import { answered } from './errors.ts';
import { conferences, type Held, type Reached } from './service/index.ts';
import { cancelWatch, startWatch } from './watches.ts';

/**
 * The service for one account: whatever is asked for is done in its name, and nothing that comes in says another. It is told by the task queue
 * on which this handler is served, and to which an operator has pointed an endpoint.
 */
export function createNexusHandler(userId: string, options: NexusOptions): ServiceHandler {
  const account = new AccountOperations(userId, options);
  const { taskQueue } = options;
  return serviceHandler(conferences, {
    create: (_context, input) =>
      answered({ userId, input }, async () => {
        const { conferenceId, phase } = await account.create(input);
        return { conferenceId, phase };
      }),
    get: (_context, input) => answered({ userId, input }, () => account.get(input)),
    dial: (_context, input) => answered({ userId, input }, () => account.dial(input)),
    end: (_context, input) => answered({ userId, input }, () => account.end(input)),
    hold: new TemporalOperationHandler<unknown, Held>({
      start: (_context, client, input) =>
        answered({ userId, input }, async () => {
          const ids = await account.create(input);
          const options = { workflowId: holdWorkflowId(ids), summary: `holds ${ids.conferenceId}`, taskQueue, userId };
          return await startWatch<Held>(client, options, { awaited: { phase: 'completed' }, holds: true });
        }),
      cancelWorkflowRun: (_context, { workflowId }) =>
        answered({ userId }, () => cancelWatch(`hold/${userId}/`, workflowId)),
    }),
    waitFor: new TemporalOperationHandler<unknown, Reached>({
      start: ({ requestId }, client, input) =>
        answered({ userId, input }, async () => {
          const { ids, awaited, reached } = await account.awaited(input);
          if (reached !== undefined) return TemporalOperationResult.sync(reached);
          // Each operation has a workflow of its own, so that who cancels one stops nobody else's; the request id is the same when it is sent again.
          const workflowId = watchWorkflowId(ids, shortDigestOf({ requestId }));
          const what = 'members' in awaited ? `${awaited.members} members` : `"${awaited.phase}"`;
          const summary = `waits for ${what} of ${ids.conferenceId}`;
          return await startWatch<Reached>(client, { workflowId, summary, taskQueue, userId }, { awaited });
        }),
      cancelWorkflowRun: (_context, { workflowId }) =>
        answered({ userId }, () => cancelWatch(`watch/${userId}/`, workflowId)),
    }),
  });
}
