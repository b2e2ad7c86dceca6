import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { present } from '../catapult/present.ts';
import { ALL_ACCOUNTS } from '../catapult/paths.ts';
import { exactTime, type ListedConference } from '../catapult/resources.ts';
import type { Phase } from '../conference/state/state.ts';
import {
  idsIn,
  parseWorkflowId,
  searchableTag,
  searchAttributes,
  SHOWN_MEMO,
  type ShownTexts,
} from '../workflows/messages.ts';
import { MAX_LISTS_AT_ONCE, MAX_LOOKS_AT_ONCE, MAX_PAGE_CONFERENCES } from './budget.ts';
import { requireObject, requireWhole } from './call.ts';
import { GRPC, grpcStatusOf } from './grpc.ts';
import { indexedValues } from './indexed.ts';
import { countQuery, listQuery, stateOf, type Looked } from './list-query.ts';
import { placeIn, tokenOf, wrongToken } from './page-token.ts';
import { inParts, Turns } from './turns.ts';

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

/** @throws CatapultError 400 for a page that cannot be. */
export function requirePage(page: PageWanted): void {
  requireObject('page', page, 'an object such as {"size": 25}');
  requireWhole('size', page.size, 1, MAX_PAGE_CONFERENCES);
}

interface Wanted {
  query: string;
  pageSize: number;
  nextPageToken: Buffer | undefined;
}

/** The codes of what a server says of a token that is none of its own. */
const UNEXPLAINED: number[] = [GRPC.unknown, GRPC.invalidArgument, GRPC.internal];

export type Run = Awaited<ReturnType<typeof executionInfoFromRaw>>;
type RawRun = Parameters<typeof executionInfoFromRaw>[0];

/** Lists of conferences, from Temporal's visibility: no conference and no worker is asked. */
export class ConferenceList {
  private readonly client: Client;
  private readonly taskQueue: string;
  private readonly turns = new Turns(MAX_LISTS_AT_ONCE);

  constructor(client: Client, taskQueue: string) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /**
   * A page of an account's conferences in Temporal's order: those that are open first, those that began last first among them; then the
   * others, those that ended last first.
   * @throws CatapultError 400 for a token of another list; any other error when Temporal does not answer until the deadline (epoch ms).
   */
  async page(looked: Looked, page: PageWanted, deadline: number): Promise<ConferencesPage> {
    const { userId } = looked;
    const isOfAll = userId === ALL_ACCOUNTS;
    const found = await this.pageOfRuns(userId, this.queryFor(looked), page, deadline, (runs) => this.latest(runs));
    const conferences = found.runs.map((run) => listed(run, isOfAll));
    return present({ conferences, nextPageToken: found.nextPageToken });
  }

  /** A page of what a query finds, in an account's turn; `keep` says which of it is shown. */
  async pageOfRuns(
    userId: string,
    query: string,
    { size, pageToken }: PageWanted,
    deadline: number,
    keep: (runs: Run[]) => Promise<Run[]> = async (runs) => runs,
  ): Promise<{ runs: Run[]; nextPageToken?: string }> {
    const from = pageToken === undefined ? undefined : placeIn(query, pageToken);
    return await this.turns.take(userId, deadline, () =>
      this.client.withDeadline(deadline, async () => {
        const { runs, nextPageToken } = await this.runs({ query, pageSize: size, nextPageToken: from }, deadline);
        // Whatever a store makes of the query, another account's are none of these.
        const isOwn = ({ workflowId }: Run) => {
          const ids = idsIn(workflowId);
          return ids !== undefined && (userId === ALL_ACCOUNTS || ids.userId === userId);
        };
        const next = nextPageToken.length === 0 ? undefined : tokenOf(query, Buffer.from(nextPageToken));
        return present({ runs: await keep(runs.filter(isOwn)), nextPageToken: next });
      }),
    );
  }

  /** Where texts are sealed their digests are each account's own. */
  private queryFor(looked: Looked): string {
    const { userId, owners = [userId] } = looked;
    return listQuery(looked, this.taskQueue, (field, text) => [
      ...new Set(owners.flatMap((owner) => indexedValues(this.client, owner, field, text))),
    ]);
  }

  /** How many a list with these filters would hold. @throws when Temporal does not answer until the deadline (epoch ms). */
  async countOf(looked: Looked, deadline: number): Promise<number> {
    const query = this.queryFor(looked);
    return await this.turns.take(looked.userId, deadline, () =>
      this.client.withDeadline(deadline, async () => (await this.client.workflow.count(query)).count),
    );
  }

  private async runs(wanted: Wanted, deadline: number) {
    const { executions, nextPageToken } = await this.executions(wanted, deadline);
    const { loadedDataConverter } = this.client.workflow.options;
    const { namespace } = this.client.options;
    const read = (raw: RawRun) => executionInfoFromRaw(raw, loadedDataConverter, undefined, namespace);
    // One whose memo nobody can open is shown without what stands there: it must not keep the others from being shown.
    const runs = executions.map((raw) => read(raw).catch(() => read(withoutMemo(raw))));
    return { runs: await Promise.all(runs), nextPageToken };
  }

  /** @throws CatapultError 400 where nothing but the token is wrong: Temporal says of it only that something is. */
  private async executions({ nextPageToken, ...wanted }: Wanted, deadline: number) {
    const { namespace } = this.client.options;
    const list = (until: number, more: object = {}) =>
      this.client.withDeadline(until, () =>
        this.client.workflowService.listWorkflowExecutions({ namespace, ...wanted, ...more }),
      );
    if (nextPageToken === undefined) return await list(deadline);
    try {
      return await list((Date.now() + deadline) / 2, { nextPageToken });
    } catch (error) {
      if (!UNEXPLAINED.includes(grpcStatusOf(error)?.code ?? -1)) throw error;
      await list(deadline, { pageSize: 1 });
      throw wrongToken(nextPageToken.toString('base64url'));
    }
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
    const isLatest = await inParts(runs, MAX_LOOKS_AT_ONCE, async ({ workflowId, runId, status }) => {
      if (status.name === 'RUNNING') return true;
      const latest = await this.client.workflow.getHandle(workflowId).describe().catch(unlessDeleted);
      return latest?.runId === runId;
    });
    return runs.filter((_run, index) => isLatest[index]);
  }
}

/** The same run: what Temporal leaves out stands in the prototype. */
function withoutMemo(raw: RawRun): RawRun {
  return Object.create(raw, { memo: { value: null } }) as RawRun;
}

/** The index may still hold a run that has been deleted. */
function unlessDeleted(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

function listed({ workflowId, status, typedSearchAttributes: found, memo }: Run, isOfAll: boolean): ListedConference {
  const phase = (found.get(searchAttributes.state) ?? 'creating') as Phase;
  const startAt = found.get(searchAttributes.startAt);
  const sealed = memo?.[SHOWN_MEMO] as ShownTexts | undefined;
  const { userId, conferenceId } = parseWorkflowId(workflowId);
  return present({
    userId: isOfAll ? userId : undefined,
    id: conferenceId,
    state: stateOf[phase],
    phase: status.name === 'TERMINATED' ? 'terminated' : phase,
    from: sealed?.from ?? found.get(searchAttributes.from) ?? '',
    tag: sealed === undefined ? found.get(searchAttributes.tag) : sealed.tag && searchableTag(sealed.tag),
    reason: found.get(searchAttributes.reason),
    activeMembers: found.get(searchAttributes.members) ?? 0,
    deadLetters: found.get(searchAttributes.deadLetters) ?? 0,
    failing: found.get(searchAttributes.failing) === true || undefined,
    startTime: startAt && exactTime(startAt.getTime()),
  });
}
