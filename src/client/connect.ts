import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  isRetryableError,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';
import { AFTER_LAST_TRY_MS, MAX_CONNECTION_PAUSE_MS } from './budget.ts';
import { dataConverterFor } from './data-converter.ts';
import type { PayloadKeys } from './sealing.ts';

/**
 * A client of Temporal that connects with its first call. Calls are tried again until their deadline and no longer: the
 * SDK's own retries go on past the deadline, and fail the process when the connection is closed meanwhile. What it writes is sealed
 * where there are keys.
 */
export function connectToTemporal(
  options: ConnectionOptions,
  namespace: string,
  payloadKeys?: PayloadKeys,
): { client: Client; connection: Connection; close: () => Promise<void> } {
  let closing = false;
  let lastTryAt = 0;
  const { delayFunction } = defaultGrpcRetryOptions();
  const connection = Connection.lazy({
    ...options,
    interceptors: [
      (call, next) => {
        const deadline = call.deadline === undefined ? Date.now() + 10_000 : Number(call.deadline);
        const retries = makeGrpcRetryInterceptor({
          delayFunction: (attempt, status) => {
            const pauseMs = Math.min(delayFunction(attempt, status), MAX_CONNECTION_PAUSE_MS);
            lastTryAt = Math.max(lastTryAt, Date.now() + pauseMs);
            return pauseMs;
          },
          retryableDecider: (_attempt, status) =>
            isRetryableError(status) && !closing && Date.now() + MAX_CONNECTION_PAUSE_MS < deadline,
        });
        return retries(call, next);
      },
    ],
  });
  const close = async () => {
    closing = true;
    // A try that waits for its turn would find the connection closed.
    const waitMs = lastTryAt + AFTER_LAST_TRY_MS - Date.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    await connection.close();
  };
  const dataConverter = dataConverterFor(payloadKeys);
  return { client: new Client({ connection, namespace, dataConverter }), connection, close };
}
