import type { Client } from '@temporalio/client';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { CONFERENCE_WORKFLOW, parseWorkflowId, reconcileSignal, searchAttributes } from '../workflows/messages.ts';
import { literal } from './list-query.ts';
import type { Signals } from './signals.ts';

/** Has conferences ask the platform what its callbacks never reported; `why` is for their log. */
export class Reconciling {
  private readonly client: Client;
  private readonly taskQueue: string;
  private readonly signals: Signals;

  constructor(client: Client, taskQueue: string, signals: Signals) {
    this.client = client;
    this.taskQueue = taskQueue;
    this.signals = signals;
  }

  /** @returns false if no such conference is open. */
  async one(ids: ConferenceIds, why: string): Promise<boolean> {
    return await this.signals.sendIfOpen(ids, reconcileSignal, why);
  }

  /** Every open conference, those with members first; answers how many there were. */
  async allOpen(why: string, onProgress: (done: number) => void = () => undefined): Promise<number> {
    const asked = new Set<string>();
    // Those whose phase changes in between stand in none of the first lists; the youngest may have members and be shown as `creating`.
    for (const phase of ['active', 'created', 'creating', 'created', 'active']) {
      for await (const { workflowId } of this.client.workflow.list({ query: this.openIn(phase) })) {
        if (asked.has(workflowId) || !(await this.one(parseWorkflowId(workflowId), why))) continue;
        onProgress(asked.add(workflowId).size);
      }
    }
    return asked.size;
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
