import type { Client } from '@temporalio/client';
import { present } from '../catapult/present.ts';
import { OpenConferences } from './open-conferences.ts';
import { keyIdOf } from './sealing.ts';

/** Of more than so many open conferences the youngest are looked at. */
const MAX_LOOKED_AT = 20_000;
const PAGE = 1_000;

/**
 * The ids of the keys with which the memos of open conferences were sealed, each with how many: as Temporal lists them, without opening any. It
 * takes a call for each 1,000. @throws when Temporal does not answer by the deadline (epoch milliseconds).
 */
export async function heldPayloadKeys(
  client: Client,
  deadline: number,
  taskQueue?: string,
): Promise<Map<string, number>> {
  const held = new Map<string, number>();
  const query = new OpenConferences(client, taskQueue).query;
  let nextPageToken: Uint8Array | undefined;
  for (let looked = 0; looked < MAX_LOOKED_AT; looked += PAGE) {
    const wanted = present({
      namespace: client.options.namespace,
      query,
      pageSize: PAGE,
      nextPageToken,
    });
    const page = await client.withDeadline(deadline, () => client.workflowService.listWorkflowExecutions(wanted));
    for (const { memo } of page.executions) {
      const ids = new Set(Object.values(memo?.fields ?? {}).flatMap((payload) => keyIdOf(payload) ?? []));
      for (const id of ids) held.set(id, (held.get(id) ?? 0) + 1);
    }
    if (page.nextPageToken.length === 0) break;
    ({ nextPageToken } = page);
  }
  return held;
}
