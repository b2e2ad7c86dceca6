import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { CONFERENCE_WORKFLOW, idsIn, searchAttributes, TASK_QUEUE } from '../workflows/messages.ts';
import { ANSWER_WITHIN_MS } from './budget.ts';
import { conferencesIn } from './conferences-in.ts';
import { conferenceOf } from './handles.ts';
import { literal } from './list-query.ts';
import { queryWorkflow } from './query.ts';
import { itsState } from './questions.ts';

/** A conference that is open, as the platform has it. */
export interface OnPlatform extends ConferenceIds {
  platformId: string;
  /** The create attempt that made it. */
  attemptId: string;
}

/** How many of each age are looked at where not all are. */
const OF_EACH_AGE = 2;
const HOUR_MS = 3_600_000;
/** In hours: ages from one of these to the next, the last two years. */
const AGES = [0, ...Array.from({ length: 15 }, (_, doublings) => 2 ** doublings)];

/** All conferences that are open, whosever they are. */
export class OpenConferences {
  private readonly client: Client;
  private readonly taskQueue: string;

  constructor(client: Client, taskQueue: string = TASK_QUEUE) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /** Each once, those with members first. */
  async *all(): AsyncGenerator<ConferenceIds> {
    const known = new Set<string>();
    // Those whose phase changes in between stand in none of the first lists; the youngest may have members and be shown as `creating`.
    for (const phase of ['active', 'created', 'creating', 'created', 'active']) {
      for await (const ids of conferencesIn(this.client, this.openIn(phase))) {
        const id = `${ids.userId}/${ids.conferenceId}`;
        if (known.has(id)) continue;
        known.add(id);
        yield ids;
      }
    }
  }

  /**
   * Some of every age, so that one is among them that is twice as old as whatever is asked for; with `onPlatform` of those that the platform has,
   * or soon has.
   */
  async sample(deadline: number, { onPlatform = false } = {}): Promise<ConferenceIds[]> {
    const now = Date.now();
    const ofAges = AGES.map(async (from, index) => {
      const to = AGES[index + 1];
      const isOfAge = [
        `StartTime <= ${literal(new Date(now - from * HOUR_MS).toISOString())}`,
        ...(to === undefined ? [] : [`StartTime > ${literal(new Date(now - to * HOUR_MS).toISOString())}`]),
      ];
      const query = [this.query, ...(onPlatform ? [ON_PLATFORM] : []), ...isOfAge].join(' AND ');
      const { namespace } = this.client.options;
      const { executions } = await this.client.withDeadline(deadline, () =>
        this.client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: OF_EACH_AGE }),
      );
      return executions.flatMap(({ execution }) => idsIn(execution?.workflowId ?? '') ?? []);
    });
    // None is left under way: whoever hears that one has failed may close the connection.
    await Promise.allSettled(ofAges);
    return (await Promise.all(ofAges)).flat();
  }

  /** Undefined where it has closed meanwhile, or the platform does not have it yet. @throws when nobody answers. */
  async onPlatform(ids: ConferenceIds, deadline = Date.now() + ANSWER_WITHIN_MS): Promise<OnPlatform | undefined> {
    const state = await queryWorkflow(this.client, conferenceOf(ids), deadline, itsState).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    });
    const { platformId } = state ?? {};
    if (state === null || platformId === undefined || state.platformCompleted) return undefined;
    const made = Object.entries(state.createAttempts).find(([, made]) => made === platformId);
    return made === undefined ? undefined : { ...ids, platformId, attemptId: made[0] };
  }

  /** Finds all of them in Temporal's index. */
  get query(): string {
    return [
      `WorkflowType = ${literal(CONFERENCE_WORKFLOW)}`,
      `ExecutionStatus = 'Running'`,
      `TaskQueue = ${literal(this.taskQueue)}`,
    ].join(' AND ');
  }

  private openIn(phase: string): string {
    return `${this.query} AND ${searchAttributes.state.name} = ${literal(phase)}`;
  }
}

/** One that its gateway has created is shown as `creating` until its workflow has begun. */
const ON_PLATFORM = `${searchAttributes.state.name} IN ('active', 'created', 'creating')`;
