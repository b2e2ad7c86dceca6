import { createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { WORKER_POLLS_WITHIN_SECONDS } from './budget.ts';
import type { PayloadKeys } from './client/sealing.ts';
import type { CallbackTokens } from './accounts/callback-tokens.ts';
import { VERSION } from './version.ts';
import { TASK_QUEUE } from './workflows/messages.ts';

/*
 * Worker and gateway need the same CALLBACK_KEYS and PAYLOAD_KEYS, and share nothing but Temporal: a worker says there, in its identity, with
 * which key it signs, and which open what is sealed, by fingerprints, and its version; a gateway and `convoke doctor` read it.
 */

export function workerIdentity(tokens: CallbackTokens, payloadKeys: PayloadKeys | undefined): string {
  const opens = fingerprintsOf(payloadKeys).join(',');
  return `${process.pid}@${hostname()} key:${tokens.fingerprints[0] ?? ''} opens:${opens} convoke:${VERSION}`;
}

/** A worker that asks for work, as it calls itself. */
export interface WorkerThere {
  worker: string;
  fingerprint: string;
  /** Of its PAYLOAD_KEYS, the one that seals first; undefined of one that is older than such words. */
  opens: string[] | undefined;
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
    const [, worker, fingerprint, opening, version] =
      /^(\S+) key:(\S+)(?: opens:(\S*))?(?: convoke:(\S+))?$/.exec(identity ?? '') ?? [];
    const opens = opening?.split(',').filter((one) => one !== '');
    const isThere = Date.now() / 1_000 - Number(lastAccessTime?.seconds ?? 0) < WORKER_POLLS_WITHIN_SECONDS;
    return worker === undefined || fingerprint === undefined || !isThere
      ? []
      : [{ worker, fingerprint, opens, version }];
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

/** Says of a worker that it cannot read what is sealed here, or the other way round; undefined if there is none. */
export async function otherPayloadKeysInWords(
  client: Client,
  payloadKeys: PayloadKeys | undefined,
): Promise<string | undefined> {
  const ours = fingerprintsOf(payloadKeys);
  const lacks = (has: readonly string[], [seals]: readonly string[]) => seals !== undefined && !has.includes(seals);
  for (const { worker, opens } of await workersThere(client)) {
    if (opens === undefined) continue;
    const why = lacks(opens, ours)
      ? `cannot open what is sealed here with the key ${ours[0]}: conferences wait until it has it`
      : `seals with the key ${opens[0]}, which is not here: what it writes cannot be read`;
    if (lacks(opens, ours) || lacks(ours, opens))
      return `PAYLOAD_KEYS: worker ${worker} ${why}. Give all the same PAYLOAD_KEYS; a new key goes behind the others everywhere first.`;
  }
  return undefined;
}

function fingerprintsOf(payloadKeys: PayloadKeys = new Map()): string[] {
  const mark = (key: Buffer) => createHmac('sha256', key).update('convoke fingerprint').digest('base64url').slice(0, 8);
  return [...payloadKeys].map(([id, key]) => `${id}.${mark(key)}`);
}
