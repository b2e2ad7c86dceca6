import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import {
  AFTERCARE_WORKFLOW,
  aftercareWorkflowId,
  isClosed,
  searchAttributes,
  type AftercareInput,
  type ConferenceIds,
  type ConferenceState,
} from '../workflows/messages.ts';
import { ask } from './ask.ts';
import { aftercareHandle, aftercareOf, conferenceHandle, conferenceOf } from './handles.ts';
import { itsState } from './questions.ts';

/** The bridge must answer the platform within 8 s; a signal that takes longer counts as failed (ms). */
const SIGNAL_WITHIN = 7_000;

/** Signals to conferences, open or closed. */
export class Signals {
  private readonly client: Client;
  private readonly taskQueue: string;

  constructor(client: Client, taskQueue: string) {
    this.client = client;
    this.taskQueue = taskQueue;
  }

  /**
   * Signals a conference; if it has closed its aftercare, which is begun where it is not open.
   * @throws when Temporal did not confirm it within 7 s; it may have the signal all the same.
   */
  async send<Value>(ids: ConferenceIds, signal: SignalDefinition<[Value]>, value: Value): Promise<void> {
    const deadline = Date.now() + SIGNAL_WITHIN;
    await this.client.withDeadline(deadline, async () => {
      if (await taken(conferenceHandle(this.client, ids).signal(signal, value))) return;
      if (await taken(aftercareHandle(this.client, ids).signal(signal, value))) return;
      const state = await this.lastState(ids, deadline);
      await this.client.workflow.signalWithStart(AFTERCARE_WORKFLOW, {
        workflowId: aftercareWorkflowId(ids),
        taskQueue: this.taskQueue,
        args: [{ ...(state && { state }) }] satisfies [AftercareInput],
        signal,
        signalArgs: [value] satisfies [Value],
        staticSummary: `aftercare of ${ids.conferenceId}`,
        typedSearchAttributes: [{ key: searchAttributes.user, value: ids.userId }],
      });
    });
  }

  /** Signals a conference; false if it is not open. @throws like `send`. */
  async sendIfOpen<Args extends unknown[]>(
    ids: ConferenceIds,
    signal: SignalDefinition<Args>,
    ...args: Args
  ): Promise<boolean> {
    return await this.client.withDeadline(Date.now() + SIGNAL_WITHIN, () =>
      taken(conferenceHandle(this.client, ids).signal(signal, ...args)),
    );
  }

  /** The state in which a conference, or its aftercare, has closed; undefined if it is not known or was terminated. */
  private async lastState(ids: ConferenceIds, deadline: number): Promise<ConferenceState | undefined> {
    for (const execution of [aftercareOf(ids), conferenceOf(ids)]) {
      try {
        const state = await ask(this.client, execution, deadline, itsState);
        return state !== null && isClosed(state) ? state : undefined;
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }
    return undefined;
  }
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
