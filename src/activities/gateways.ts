import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { type HttpClient } from '../http/client.ts';
import { FLUSH_WITHIN_MS } from './budget.ts';
import { currentAttempt } from './current.ts';
import type { ActivityDependencies } from './dependencies.ts';

interface Asked {
  /** The gateway's base URL. */
  url: string;
  /** What for; it is part of the token. */
  attemptId: string;
  body: object;
  timeoutMs: number;
}

/** Asks a gateway something about this activity's conference; answers the status. @throws when nothing is answered. */
export async function askGateway(
  http: HttpClient,
  callbackTokens: CallbackTokens,
  { url, attemptId, body, timeoutMs }: Asked,
): Promise<number> {
  const { userId, conferenceId } = currentAttempt();
  const path = callbackTokens.path({ userId, conferenceId, channel: 'lease', attemptId });
  const answer = await http.send(new URL(url.replace(/\/+$/, '') + path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    timeoutMs,
    isRepeatable: true,
  });
  answer.drop();
  return answer.status;
}

/**
 * Has the gateways tell this conference all that they have taken for it: the platform shows what has happened, but not in which order. One that
 * does not answer is not waited for.
 */
export async function flushGateways(
  http: HttpClient,
  { callbackTokens, bridge }: Pick<ActivityDependencies, 'callbackTokens' | 'bridge'>,
): Promise<void> {
  const urls = new Set([bridge.primaryUrl, bridge.fallbackUrl]);
  const asked = { attemptId: 'flush.0', body: {}, timeoutMs: FLUSH_WITHIN_MS };
  await Promise.allSettled([...urls].map((url) => askGateway(http, callbackTokens, { url, ...asked })));
}
