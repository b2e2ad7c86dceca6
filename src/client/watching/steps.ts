import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { present } from '../../catapult/present.ts';
import type { StepPage } from '../../catapult/watching-resources.ts';
import type { ConferenceIds } from '../../conference/state/ids.ts';
import { conferenceWorkflowId } from '../../workflows/messages.ts';
import { STEPS_HOLD_FOR_MS } from '../budget.ts';
import type { HistoryEvent } from '../../explain/opened.ts';
import { eventsOfRun, runsOf } from './events-of-run.ts';
import { readStep, wordsOfFailure } from './history-steps.ts';
import { StepList, type Pending } from './step-list.ts';

/** What was done for conferences, as the histories of their workflows tell it. No worker is asked. */
export class Steps {
  private readonly client: Client;
  /** Of those who look at the same run in the same second one reads for all. */
  private readonly reading = new Map<string, Promise<StepPage | undefined>>();

  constructor(client: Client) {
    this.client = client;
  }

  /**
   * The steps of one run, the first one that is kept unless a token names another; undefined if there is no such conference.
   * @throws CatapultError 400 for what is no token; any other error when Temporal does not answer until the deadline (epoch ms).
   */
  async page(ids: ConferenceIds, pageToken: string | undefined, deadline: number): Promise<StepPage | undefined> {
    const key = `${conferenceWorkflowId(ids)} ${pageToken ?? ''}`;
    const known = this.reading.get(key);
    if (known !== undefined) return await known;
    const reading = this.client.withDeadline(deadline, () => this.read(ids, pageToken));
    this.reading.set(key, reading);
    const forget = () => void setTimeout(() => this.reading.delete(key), STEPS_HOLD_FOR_MS).unref();
    reading.then(forget, () => this.reading.delete(key));
    return await reading;
  }

  private async read(ids: ConferenceIds, pageToken: string | undefined): Promise<StepPage | undefined> {
    try {
      const { runIds, latest } = await runsOf(this.client, ids, pageToken);
      const { raw, runId } = latest;
      const { loadedDataConverter: converter } = this.client.options;
      const waiting = (raw.pendingActivities ?? []).map(async ({ activityId, attempt, lastFailure }) => {
        const error = await wordsOfFailure(lastFailure, converter);
        return [activityId ?? '', { attempts: attempt ?? 1, error }] as const;
      });
      const pending = new Map(await Promise.all(waiting));
      const [run = runId, next] = runIds;
      const page = await this.stepsOf(ids, run, run === runId ? pending : new Map());
      return { ...page, ...present({ nextPageToken: next ?? page.nextPageToken }) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  private async stepsOf(ids: ConferenceIds, runId: string, pending: Pending): Promise<StepPage> {
    const { loadedDataConverter } = this.client.options;
    const steps = new StepList(runId);
    let last: HistoryEvent | undefined;
    for await (const event of eventsOfRun(this.client, ids, runId)) {
      steps.add(await readStep(event, loadedDataConverter));
      last = event;
    }
    const next = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    return present({ steps: steps.all(pending), nextPageToken: next || undefined });
  }
}
