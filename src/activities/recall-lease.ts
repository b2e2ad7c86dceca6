import { ApplicationFailure } from '@temporalio/activity';
import { outsideText } from '../catapult/outside-text.ts';
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
export function createLeaseActivities({ callbackTokens, bridge }: ActivityDependencies) {
  const http = new HttpClient();
  return {
    /**
     * Asks the gateway for it; the answer comes when all that it did under the lease has been reported.
     * @returns whether it is back; false where a gateway answers that never had it (409), or that does not know the URL (404).
     * @throws ApplicationFailure, to be retried unless the URL is none of a gateway: then the lease is waited out.
     */
    async recallLease({ epoch, opening, url }: RecallOrder): Promise<boolean> {
      requireGateway(url, bridge);
      const asked = { url, attemptId: `lease.${epoch}`, body: { opening }, timeoutMs: RECALL_WITHIN_MS };
      const status = await askGateway(http, callbackTokens, asked);
      if (status === 200) return true;
      if (status === 404 || status === 409) return false;
      throw ApplicationFailure.retryable(`The gateway that holds the lease answered ${status}.`);
    },
  };
}

/**
 * Whoever reaches Temporal can say where a lease is held, and would have this worker ask there, with a token of ours. Gateways are where the
 * platform finds them.
 */
function requireGateway(url: string, { primaryUrl, fallbackUrl }: ActivityDependencies['bridge']): void {
  const ofOurs = [primaryUrl, fallbackUrl].map((one) => new URL(one).origin);
  if (URL.canParse(url) && ofOurs.includes(new URL(url).origin)) return;
  throw ApplicationFailure.nonRetryable(
    `The lease is held at ${outsideText(url, 100)}, which is neither PUBLIC_URL nor BRIDGE_FALLBACK_URL of this worker: it is waited out.`,
  );
}
