import type { Client } from '@temporalio/client';
import { present } from '../catapult/present.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { idsIn } from '../workflows/messages.ts';

const PAGE = 1_000;

/**
 * The conferences that a query finds in Temporal's index. Nothing is read that lies with them: one of which that cannot be opened, or whose id is
 * none of ours, must not stand in the way of the others.
 */
export async function* conferencesIn(client: Client, query: string): AsyncGenerator<ConferenceIds> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array | undefined;
  do {
    const wanted = present({ namespace, query, pageSize: PAGE, nextPageToken });
    const page = await client.workflowService.listWorkflowExecutions(wanted);
    for (const { execution } of page.executions) {
      const ids = idsIn(execution?.workflowId ?? '');
      if (ids !== undefined) yield ids;
    }
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}
