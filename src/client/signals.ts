import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { present } from '../catapult/present.ts';
import type { SignalDefinition } from '@temporalio/common';
import { catapultError, type CatapultError } from '../catapult/errors.ts';
import type { IdempotencyKey } from '../conference/state/changes.ts';
import type { LoggedEvent } from '../conference/state/event-log.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { CallbackBatch } from '../conference/state/inputs.ts';
import { isClosed, type ConferenceState } from '../conference/state/state.ts';
import {
  AFTERCARE_WORKFLOW,
  callbacksSignal,
  redeliverSignal,
  searchAttributes,
  type AftercareInput,
} from '../workflows/messages.ts';
import { SIGNAL_WITHIN_MS } from './budget.ts';
import { aftercareOf, conferenceHandle, conferenceOf, type Execution } from './handles.ts';
import { queryWorkflow } from './query.ts';
import { itsState } from './questions.ts';

/** Signals to conferences, open or closed. */
export class Signals {
  private readonly client: Client;
  private readonly taskQueue: string;

  constructor(client: Client, taskQueue: string) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /**
   * Hands callback events to a conference; if it has closed to its aftercare, which is begun where it is not open.
   * @throws when Temporal did not confirm it within 7 s; it may have them all the same.
   */
  async callbacks(ids: ConferenceIds, batch: CallbackBatch): Promise<void> {
    const deadline = Date.now() + SIGNAL_WITHIN_MS;
    await this.client.withDeadline(deadline, async () => {
      if (await taken(conferenceHandle(this.client, ids).signal(callbacksSignal, batch))) return;
      const aftercare = await this.aftercareOf(ids);
      await this.toAftercare(ids, aftercare, deadline, callbacksSignal, [batch]);
    });
  }

  /**
   * Has events delivered again until the deadline (epoch milliseconds), by a conference or its aftercare; under a key once only.
   * @throws CatapultError 403 if the conference was terminated; anything else like `callbacks`.
   */
  async redeliver(ids: ConferenceIds, records: LoggedEvent[], until: number, key?: IdempotencyKey): Promise<void> {
    const deadline = Math.min(until, Date.now() + SIGNAL_WITHIN_MS);
    const args: [LoggedEvent[], IdempotencyKey?] = key === undefined ? [records] : [records, key];
    await this.client.withDeadline(deadline, async () => {
      if (await taken(conferenceHandle(this.client, ids).signal(redeliverSignal, ...args))) return;
      const aftercare = await this.aftercareOf(ids);
      if ((await this.lastState(ids, aftercare, deadline)) === undefined) throw terminated();
      await this.toAftercare(ids, aftercare, deadline, redeliverSignal, args);
    });
  }

  private async toAftercare(
    ids: ConferenceIds,
    aftercare: Execution,
    deadline: number,
    { name: signal }: { name: string },
    args: [unknown, ...unknown[]],
  ): Promise<void> {
    const { workflowId } = aftercare;
    if (await taken(this.client.workflow.getHandle(workflowId).signal(signal, ...args))) return;
    const state = await this.lastState(ids, aftercare, deadline);
    await this.client.workflow.signalWithStart(AFTERCARE_WORKFLOW, {
      workflowId,
      taskQueue: this.taskQueue,
      args: [present({ state })] satisfies [AftercareInput],
      signal,
      signalArgs: args,
      staticSummary: `aftercare of ${ids.conferenceId}`,
      typedSearchAttributes: [{ key: searchAttributes.user, value: ids.userId }],
    });
  }

  /** Signals a conference; false if it is not open. @throws like `callbacks`. */
  async sendIfOpen<Args extends unknown[]>(
    ids: ConferenceIds,
    signal: SignalDefinition<Args>,
    ...args: Args
  ): Promise<boolean> {
    return await this.client.withDeadline(Date.now() + SIGNAL_WITHIN_MS, () =>
      taken(conferenceHandle(this.client, ids).signal(signal, ...args)),
    );
  }

  private async aftercareOf(ids: ConferenceIds): Promise<Execution> {
    const aftercare = await aftercareOf(this.client, ids);
    if (aftercare === undefined)
      throw new Error(`${ids.conferenceId} has been opened again: it takes what is sent again`);
    return aftercare;
  }

  /** The state in which a conference, or its aftercare, has closed; undefined if it is not known or was terminated. */
  private async lastState(
    ids: ConferenceIds,
    aftercare: Execution,
    deadline: number,
  ): Promise<ConferenceState | undefined> {
    for (const execution of [aftercare, conferenceOf(ids)]) {
      try {
        const state = await queryWorkflow(this.client, execution, deadline, itsState);
        return state !== null && isClosed(state) ? state : undefined;
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }
    return undefined;
  }
}

function terminated(): CatapultError {
  const message =
    'The conference’s workflow was terminated: nothing follows the conference any more, so nothing is delivered.';
  return catapultError('conference-error', message);
}

/** Whether there was somebody to take a signal. */
async function taken(signal: Promise<void>): Promise<boolean> {
  try {
    await signal;
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
