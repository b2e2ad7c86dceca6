import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { catapultError } from '../../catapult/errors.ts';
import type { Explanation, WhatIf } from '../../catapult/explaining-resources.ts';
import { present } from '../../catapult/present.ts';
import type { ConferenceIds } from '../../conference/state/ids.ts';
import { explained } from '../../explain/explanation.ts';
import { HistoryReader, type RunHistory } from '../../explain/history.ts';
import { otherCourse, type OtherSettings } from '../../explain/what-if.ts';
import { MAX_RUNS_OF_WHAT_IF } from '../budget.ts';
import { GRPC, grpcStatusOf } from '../grpc.ts';
import { conferenceHandle } from '../handles.ts';
import { eventsOfRun, requireRunId } from './events-of-run.ts';

/** Conferences explained by their histories. No worker is asked, and nothing is changed. */
export class Explaining {
  private readonly client: Client;
  /** One at a time: a long history costs the process a second or two, and much memory. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(client: Client) {
    this.client = client;
  }

  /** One run explained, the first one unless a token names another; undefined if there is no such conference. */
  async explain(ids: ConferenceIds, pageToken: string | undefined, deadline: number): Promise<Explanation | undefined> {
    requireRunId(pageToken);
    return await this.inTurn(deadline, async () => {
      const run = await this.read(ids, pageToken ?? (await this.firstRunOf(ids)));
      return { ...(await explained(run)), ...present({ nextPageToken: run.nextRunId }) };
    });
  }

  /**
   * What other settings had led to; undefined if there is no such conference.
   * @throws CatapultError 403 where a conference has very many runs, or its first one is no longer kept.
   */
  async whatIf(ids: ConferenceIds, settings: OtherSettings, deadline: number): Promise<WhatIf | undefined> {
    return await this.inTurn(deadline, async () => {
      const runs: RunHistory[] = [];
      for (
        let next: string | undefined = await this.firstRunOf(ids);
        next !== undefined;
        next = runs.at(-1)?.nextRunId
      ) {
        if (runs.length === MAX_RUNS_OF_WHAT_IF) {
          const message = `This conference has more than ${MAX_RUNS_OF_WHAT_IF} runs: too much to go through once more.`;
          throw catapultError('conference-error', message);
        }
        runs.push(await this.read(ids, next).catch(goneRun));
      }
      return await otherCourse(runs, settings, Date.now());
    });
  }

  private async firstRunOf(ids: ConferenceIds): Promise<string> {
    const { raw, runId } = await conferenceHandle(this.client, ids).describe();
    return raw.workflowExecutionInfo?.firstRunId || runId;
  }

  private async read(ids: ConferenceIds, runId: string): Promise<RunHistory> {
    const reader = new HistoryReader(this.client.options.loadedDataConverter);
    for await (const event of eventsOfRun(this.client, ids, runId)) await reader.add(event);
    return reader.history;
  }

  private async inTurn<Value>(deadline: number, work: () => Promise<Value>): Promise<Value | undefined> {
    const mine = this.turn.then(() => this.client.withDeadline(deadline, work));
    this.turn = mine.catch(() => undefined);
    try {
      return await mine;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }
}

/** @throws CatapultError 403 where Temporal does not keep the run any more; else what it was given. */
function goneRun(error: unknown): never {
  if (grpcStatusOf(error)?.code !== GRPC.notFound) throw error;
  const message = 'Temporal no longer keeps the beginning of this conference, so it cannot be gone through once more.';
  throw catapultError('conference-error', message);
}
