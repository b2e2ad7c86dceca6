import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { WORKER_POLLS_WITHIN_SECONDS } from './budget.ts';
import type { CallbackTokens } from './accounts/callback-tokens.ts';
import { TASK_QUEUE } from './workflows/messages.ts';

/*
 * Worker and gateway need the same CALLBACK_KEYS, and share nothing but Temporal: a worker says there, in its identity, with which
 * key it signs, by a fingerprint; a gateway reads it.
 */

export function workerIdentity(tokens: CallbackTokens): string {
  return `${process.pid}@${hostname()} key:${tokens.fingerprints[0] ?? ''}`;
}

/** Says of a worker that it signs with a key that is not among these; undefined if there is none. */
export async function otherKeysInWords(client: Client, tokens: CallbackTokens): Promise<string | undefined> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
  });
  for (const { identity, lastAccessTime } of pollers) {
    const [, worker, fingerprint] = /^(\S+) key:(\S+)$/.exec(identity ?? '') ?? [];
    const isThere = Date.now() / 1_000 - Number(lastAccessTime?.seconds ?? 0) < WORKER_POLLS_WITHIN_SECONDS;
    if (fingerprint === undefined || !isThere || tokens.fingerprints.includes(fingerprint)) continue;
    return (
      `CALLBACK_KEYS: worker ${worker} signs callback URLs with the key ${fingerprint}, which this gateway does not have ` +
      `(it has ${tokens.fingerprints.join(', ')}; the id and a fingerprint): the platform's callbacks are refused. Give ` +
      'both the same CALLBACK_KEYS, or the same CONVOKE_DATA_DIR.'
    );
  }
  return undefined;
}
