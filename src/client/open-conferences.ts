import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { CONFERENCE_WORKFLOW, parseWorkflowId, searchAttributes, TASK_QUEUE } from '../workflows/messages.ts';
import { ANSWER_WITHIN_MS } from './budget.ts';
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
      for await (const { workflowId } of this.client.workflow.list({ query: this.openIn(phase) })) {
        if (known.has(workflowId)) continue;
        known.add(workflowId);
        yield parseWorkflowId(workflowId);
      }
    }
  }

  /** Undefined where it has closed meanwhile, or the platform does not have it yet. @throws when nobody answers. */
  async onPlatform(ids: ConferenceIds): Promise<OnPlatform | undefined> {
    const state = await queryWorkflow(this.client, conferenceOf(ids), Date.now() + ANSWER_WITHIN_MS, itsState).catch(
      (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      },
    );
    const { platformId } = state ?? {};
    if (state === null || platformId === undefined || state.platformCompleted) return undefined;
    const made = Object.entries(state.createAttempts).find(([, made]) => made === platformId);
    return made === undefined ? undefined : { ...ids, platformId, attemptId: made[0] };
  }

  private openIn(phase: string): string {
    return [
      `WorkflowType = ${literal(CONFERENCE_WORKFLOW)}`,
      `ExecutionStatus = 'Running'`,
      `${searchAttributes.state.name} = ${literal(phase)}`,
      `TaskQueue = ${literal(this.taskQueue)}`,
    ].join(' AND ');
  }
}
