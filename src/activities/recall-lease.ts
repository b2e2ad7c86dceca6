import { ApplicationFailure } from '@temporalio/activity';
import { HttpClient } from '../http/client.ts';
import { RECALL_WITHIN_MS } from './budget.ts';
import { currentAttempt } from './current.ts';
import type { ActivityDependencies } from './dependencies.ts';

export interface RecallOrder {
  epoch: number;
  opening: string;
  /** The holder's base URL. */
  url: string;
}

/** The activity that asks a gateway for a lease that it holds. */
export function createLeaseActivities({ callbackTokens }: ActivityDependencies) {
  const http = new HttpClient();
  return {
    /**
     * Asks the gateway for it; the answer comes when all that it did under the lease has been reported.
     * @returns whether it is back; false where a gateway answers that never had it (409), or that does not know the URL (404).
     * @throws ApplicationFailure, always to be retried.
     */
    async recallLease({ epoch, opening, url }: RecallOrder): Promise<boolean> {
      const { userId, conferenceId } = currentAttempt();
      const address = { userId, conferenceId, channel: 'lease', attemptId: `lease.${epoch}` } as const;
      const answer = await http.send(new URL(url.replace(/\/+$/, '') + callbackTokens.path(address)), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ opening }),
        timeoutMs: RECALL_WITHIN_MS,
        isRepeatable: true,
      });
      answer.drop();
      if (answer.status === 200) return true;
      if (answer.status === 404 || answer.status === 409) return false;
      throw ApplicationFailure.retryable(`The gateway that holds the lease answered ${answer.status}.`);
    },
  };
}
