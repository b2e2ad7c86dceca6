import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { catapultError } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import type { ConferenceFilters } from '../catapult/requests.ts';
import { exactTime, type ListedConference } from '../catapult/resources.ts';
import type { Phase } from '../conference/state/state.ts';
import { parseWorkflowId, searchAttributes } from '../workflows/messages.ts';
import { shortDigestOf } from './digest.ts';
import { countQuery, listQuery, stateOf } from './list-query.ts';

/** A page of conferences; `nextPageToken` is absent on the last one. */
export interface ConferencesPage {
  conferences: ListedConference[];
  nextPageToken?: string;
}

/** Which page: as many as that at most, from the start or behind the page before. */
export interface PageWanted {
  size: number;
  pageToken?: string | undefined;
}

type Run = Awaited<ReturnType<typeof executionInfoFromRaw>>;

/** Lists of conferences, from Temporal's visibility: no conference and no worker is asked. */
export class ConferenceList {
  private readonly client: Client;
  private readonly taskQueue: string;

  constructor(client: Client, taskQueue: string) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /**
   * A page of an account's conferences in Temporal's order: those that are open first, those that began last first among them; then the
   * others, those that ended last first.
   * @throws CatapultError 400 for a token of another list; any other error when Temporal does not answer until the deadline (epoch ms).
   */
  async page(
    userId: string,
    filters: ConferenceFilters,
    { size, pageToken }: PageWanted,
    deadline: number,
  ): Promise<ConferencesPage> {
    const query = listQuery(userId, this.taskQueue, filters);
    const from = pageToken === undefined ? undefined : placeIn(query, pageToken);
    return await this.client.withDeadline(deadline, async () => {
      const { executions, nextPageToken } = await this.client.workflowService.listWorkflowExecutions({
        ...{ namespace: this.client.options.namespace, query, pageSize: size },
        ...present({ nextPageToken: from }),
      });
      const { loadedDataConverter } = this.client.workflow.options;
      const runs = await Promise.all(
        executions.map((raw) =>
          executionInfoFromRaw(raw, loadedDataConverter, undefined, this.client.options.namespace),
        ),
      );
      // Whatever a store makes of the query, another account's are none of these.
      const own = runs.filter(({ workflowId }) => parseWorkflowId(workflowId).userId === userId);
      const conferences = (await this.latest(own)).map(listed);
      const next = nextPageToken.length === 0 ? undefined : tokenOf(query, Buffer.from(nextPageToken));
      return present({ conferences, nextPageToken: next });
    });
  }

  /** How many conferences of an account are open, or scheduled. @throws when Temporal does not answer until the deadline (epoch ms). */
  async count(userId: string, which: 'open' | 'scheduled', deadline: number): Promise<number> {
    const query = countQuery(userId, this.taskQueue, which);
    return (await this.client.withDeadline(deadline, () => this.client.workflow.count(query))).count;
  }

  /**
   * Without the runs in whose place a Reset has put another one: those have ended, and stand in lists as any other. They are asked one
   * by one, since of lists Temporal allows few in a second.
   */
  private async latest(runs: Run[]): Promise<Run[]> {
    const isLatest = await Promise.all(
      runs.map(async ({ workflowId, runId, status }) => {
        if (status.name === 'RUNNING') return true;
        const latest = await this.client.workflow.getHandle(workflowId).describe().catch(unlessDeleted);
        return latest?.runId === runId;
      }),
    );
    return runs.filter((_run, index) => isLatest[index]);
  }
}

/** The index may still hold a run that has been deleted. */
function unlessDeleted(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

function listed({ workflowId, status, typedSearchAttributes: found }: Run): ListedConference {
  const phase = (found.get(searchAttributes.state) ?? 'creating') as Phase;
  const startAt = found.get(searchAttributes.startAt);
  return present({
    id: parseWorkflowId(workflowId).conferenceId,
    state: stateOf[phase],
    phase: status.name === 'TERMINATED' ? 'terminated' : phase,
    from: found.get(searchAttributes.from) ?? '',
    tag: found.get(searchAttributes.tag),
    reason: found.get(searchAttributes.reason),
    activeMembers: found.get(searchAttributes.members) ?? 0,
    deadLetters: found.get(searchAttributes.deadLetters) ?? 0,
    startTime: startAt && exactTime(startAt.getTime()),
  });
}

/** Temporal's own token, bound to the list that it is of: in another one it would skip what nobody has seen. */
function tokenOf(query: string, place: Buffer): string {
  const text = place.toString('base64url');
  return `${shortDigestOf({ query, place: text })}.${text}`;
}

function placeIn(query: string, pageToken: string): Buffer {
  const place = Buffer.from(pageToken.slice(pageToken.indexOf('.') + 1), 'base64url');
  if (tokenOf(query, place) === pageToken) return place;
  const message =
    'pageToken: wants the nextPageToken of a page with the same filters, as it was answered; without one the list begins anew.';
  throw catapultError('validation-error', message, {
    details: [{ name: 'pageToken', value: pageToken.slice(0, 100) }],
  });
}
