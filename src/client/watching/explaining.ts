import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { catapultError, type CatapultError } from '../../catapult/errors.ts';
import type { Explanation, WhatIf } from '../../catapult/explaining-resources.ts';
import { present } from '../../catapult/present.ts';
import type { ConferenceIds } from '../../conference/state/ids.ts';
import type { LoggedEvent } from '../../conference/state/event-log.ts';
import { explained } from '../../explain/explanation.ts';
import { HistoryReader, UnfitHistory, type RunHistory } from '../../explain/history.ts';
import { otherCourse, type OtherSettings } from '../../explain/what-if.ts';
import { MAX_EXPLAINING, MAX_RUNS_OF_WHAT_IF } from '../budget.ts';
import { deliveriesOf, withUnderWay } from '../under-way.ts';
import { eventsOfRun, runsOf } from './events-of-run.ts';

/** Conferences explained by their histories. No worker is asked, and nothing is changed. */
export class Explaining {
  private readonly client: Client;
  /** One at a time: a long history costs the process a second or two, and much memory. */
  private turn: Promise<unknown> = Promise.resolve();
  /** The accounts of those who have it, or wait for it. */
  private readonly waiting: string[] = [];

  constructor(client: Client) {
    this.client = client;
  }

  /** One run explained, the first one that is kept unless a token names another; undefined if there is no such conference. */
  async explain(ids: ConferenceIds, pageToken: string | undefined, deadline: number): Promise<Explanation | undefined> {
    return await this.inTurn(ids, deadline, async () => {
      const { runIds, latest } = await runsOf(this.client, ids, pageToken);
      const [runId = latest.runId, next] = runIds;
      // Before the history: what is reported meanwhile is there.
      const underWay = runId === latest.runId ? await deliveriesOf(this.client, latest, deadline) : [];
      const run = await this.read(ids, runId);
      const asOfNow = (record: LoggedEvent) => withUnderWay(record, underWay);
      return {
        ...(await explained(run, { now: Date.now(), asOfNow })),
        ...present({ nextPageToken: next ?? run.nextRunId }),
      };
    });
  }

  /**
   * What other settings had led to; undefined if there is no such conference.
   * @throws CatapultError 403 where a conference has very many runs, or its first one is no longer kept.
   */
  async whatIf(ids: ConferenceIds, settings: OtherSettings, deadline: number): Promise<WhatIf | undefined> {
    return await this.inTurn(ids, deadline, async () => {
      const { runIds } = await runsOf(this.client, ids, undefined);
      if (runIds.length > MAX_RUNS_OF_WHAT_IF) {
        const message = `This conference has more than ${MAX_RUNS_OF_WHAT_IF} runs: too much to go through once more.`;
        throw catapultError('conference-error', message);
      }
      const runs: RunHistory[] = [];
      for (const runId of runIds) {
        const run = await this.read(ids, runId);
        if (runs.length === 0) requireBeginning(run);
        runs.push(run);
      }
      return await otherCourse(runs, settings, Date.now());
    });
  }

  private async read(ids: ConferenceIds, runId: string): Promise<RunHistory> {
    const reader = new HistoryReader(this.client.options.loadedDataConverter);
    for await (const event of eventsOfRun(this.client, ids, runId)) await reader.add(event);
    return reader.history;
  }

  /** @throws CatapultError 503 where too many wait, an account having half of what the others leave of the places. */
  private async inTurn<Value>(
    { userId }: ConferenceIds,
    deadline: number,
    work: () => Promise<Value>,
  ): Promise<Value | undefined> {
    const own = this.waiting.filter((one) => one === userId).length;
    if (own >= (MAX_EXPLAINING - this.waiting.length + own) / 2) throw tooMany();
    this.waiting.push(userId);
    const mine = this.turn.then(() => {
      if (Date.now() >= deadline) throw tooMany();
      return this.client.withDeadline(deadline, work);
    });
    this.turn = mine.catch(() => undefined);
    try {
      return await mine.finally(() => this.waiting.splice(this.waiting.indexOf(userId), 1));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      if (!(error instanceof UnfitHistory)) throw error;
      throw catapultError(
        'conference-error',
        `It has not begun, for no conference can be made of its request: ${error.message}.`,
      );
    }
  }
}

function tooMany(): CatapultError {
  const message = 'Other conferences are explained here at this moment, one after the other; try again in a moment.';
  return catapultError('gateway-unavailable', message, { headers: { 'retry-after': '5' } });
}

/** @throws CatapultError 403 where Temporal does not keep what was before this run. */
function requireBeginning({ input }: RunHistory): void {
  if ('request' in input) return;
  const message = 'Temporal no longer keeps the beginning of this conference, so it cannot be gone through once more.';
  throw catapultError('conference-error', message);
}
