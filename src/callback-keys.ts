import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { WORKER_POLLS_WITHIN_SECONDS } from './budget.ts';
import type { CallbackTokens } from './accounts/callback-tokens.ts';
import { VERSION } from './version.ts';
import { TASK_QUEUE } from './workflows/messages.ts';

/*
 * Worker and gateway need the same CALLBACK_KEYS, and share nothing but Temporal: a worker says there, in its identity, with which
 * key it signs, by a fingerprint, and its version; a gateway and `convoke doctor` read it.
 */

export function workerIdentity(tokens: CallbackTokens): string {
  return `${process.pid}@${hostname()} key:${tokens.fingerprints[0] ?? ''} convoke:${VERSION}`;
}

/** A worker that asks for work, as it calls itself. */
export interface WorkerThere {
  worker: string;
  fingerprint: string;
  /** Undefined of one that is older than such words. */
  version: string | undefined;
}

/** The workers that have asked Temporal for work a moment ago. @throws when it does not answer. */
export async function workersThere(client: Client): Promise<WorkerThere[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
  });
  return pollers.flatMap(({ identity, lastAccessTime }) => {
    const [, worker, fingerprint, version] = /^(\S+) key:(\S+)(?: convoke:(\S+))?$/.exec(identity ?? '') ?? [];
    const isThere = Date.now() / 1_000 - Number(lastAccessTime?.seconds ?? 0) < WORKER_POLLS_WITHIN_SECONDS;
    return worker === undefined || fingerprint === undefined || !isThere ? [] : [{ worker, fingerprint, version }];
  });
}

/** Says of a worker that it signs with a key that is not among these; undefined if there is none. */
export async function otherKeysInWords(client: Client, tokens: CallbackTokens): Promise<string | undefined> {
  const other = (await workersThere(client)).find(({ fingerprint }) => !tokens.fingerprints.includes(fingerprint));
  if (other === undefined) return undefined;
  return (
    `CALLBACK_KEYS: worker ${other.worker} signs callback URLs with the key ${other.fingerprint}, which this gateway does not have ` +
    `(it has ${tokens.fingerprints.join(', ')}; the id and a fingerprint): the platform's callbacks are refused. Give ` +
    'both the same CALLBACK_KEYS, or the same CONVOKE_DATA_DIR.'
  );
}
