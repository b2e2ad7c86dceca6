import type { Client } from '@temporalio/client';
import { present } from '../catapult/present.ts';
import { idsIn } from '../workflows/messages.ts';
import { conferenceOf } from './handles.ts';
import { OpenConferences } from './open-conferences.ts';
import { isKeyId, keyIdOf, sealedIn } from './sealing.ts';

/** Of more than so many open conferences the youngest are looked at. */
const MAX_LOOKED_AT = 20_000;
const PAGE = 1_000;

/** Of a history its latest events are looked at, and the first. */
const LATEST_EVENTS = 50;

/** With which keys open conferences were sealed. */
export interface HeldPayloadKeys {
  /** By their ids: how many have it in their memo, as far as is known. */
  keys: Map<string, number>;
  /** Some whose memo names no key that there can be. */
  unreadable: string[];
}

/**
 * The keys of all memos, as Temporal lists them, and of the histories of some conferences of every age: a memo may have been written anew with
 * a newer key, and what has come since with another one. Nothing is opened for that. It takes a call for each 1,000, and two for each of those.
 * @throws when Temporal does not list them by the deadline (epoch milliseconds).
 */
export async function heldPayloadKeys(client: Client, deadline: number, taskQueue?: string): Promise<HeldPayloadKeys> {
  const open = new OpenConferences(client, taskQueue);
  const held = await inMemos(client, open.query, deadline);
  const sample = await open.sample(deadline);
  const ofHistories = await Promise.allSettled(
    sample.map((ids) => inHistory(client, conferenceOf(ids).workflowId, deadline)),
  );
  // A history that nobody could read in time says nothing.
  const found = ofHistories.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  for (const id of found) if (isKeyId(id) && !held.keys.has(id)) held.keys.set(id, 0);
  return held;
}

async function inMemos(client: Client, query: string, deadline: number): Promise<HeldPayloadKeys> {
  const held: HeldPayloadKeys = { keys: new Map(), unreadable: [] };
  const { namespace } = client.options;
  let nextPageToken: Uint8Array | undefined;
  for (let looked = 0; looked < MAX_LOOKED_AT; looked += PAGE) {
    const wanted = present({ namespace, query, pageSize: PAGE, nextPageToken });
    const page = await client.withDeadline(deadline, () => client.workflowService.listWorkflowExecutions(wanted));
    for (const { execution, memo } of page.executions) {
      const ids = new Set(Object.values(memo?.fields ?? {}).flatMap((payload) => keyIdOf(payload) ?? []));
      for (const id of ids) if (isKeyId(id)) held.keys.set(id, (held.keys.get(id) ?? 0) + 1);
      if (![...ids].every(isKeyId)) held.unreadable.push(idsIn(execution?.workflowId ?? '')?.conferenceId ?? '');
    }
    if (page.nextPageToken.length === 0) break;
    ({ nextPageToken } = page);
  }
  return held;
}

async function inHistory(client: Client, workflowId: string, deadline: number): Promise<string[]> {
  const { workflowService } = client;
  const of = { namespace: client.options.namespace, execution: { workflowId } };
  const [first, latest] = await client.withDeadline(deadline, () =>
    Promise.all([
      workflowService.getWorkflowExecutionHistory({ ...of, maximumPageSize: 1 }),
      workflowService.getWorkflowExecutionHistoryReverse({ ...of, maximumPageSize: LATEST_EVENTS }),
    ]),
  );
  return [...sealedIn(first.history), ...sealedIn(latest.history)];
}
