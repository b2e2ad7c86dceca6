import { ApplicationFailure } from '@temporalio/activity';
import { HttpClient } from '../http/client.ts';
import { RECALL_WITHIN_MS } from './budget.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { askGateway } from './gateways.ts';

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
      const asked = { url, attemptId: `lease.${epoch}`, body: { opening }, timeoutMs: RECALL_WITHIN_MS };
      const status = await askGateway(http, callbackTokens, asked);
      if (status === 200) return true;
      if (status === 404 || status === 409) return false;
      throw ApplicationFailure.retryable(`The gateway that holds the lease answered ${status}.`);
    },
  };
}
