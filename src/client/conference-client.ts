import { createHash, randomBytes } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { catapultError, type WireError } from '../catapult/errors.ts';
import {
  createConferenceRequest,
  parseRequest,
  updateConferenceRequest,
  type CreateConferenceFields,
  type CreateConferenceRequest,
  type UpdateConferenceFields,
  type UpdateConferenceRequest,
} from '../catapult/requests.ts';
import type { Conference } from '../catapult/resources.ts';
import {
  AFTERCARE_WORKFLOW,
  aftercareWorkflowId,
  callbacksSignal,
  changeSignal,
  changeUpdate,
  CONFERENCE_WORKFLOW,
  conferenceIdOf,
  conferenceQuery,
  conferenceWorkflowId,
  createdUpdate,
  FINGERPRINT_MEMO,
  refusalWhenClosed,
  searchAttributes,
  TASK_QUEUE,
  type CallbackBatch,
  type ChangeAnswer,
  type ConferenceIds,
  type ConferenceView,
  type CreationAnswer,
} from '../workflows/messages.ts';
import { Turnstile } from './turnstile.ts';

/** How long a caller waits at most, in milliseconds: for any answer, and for Temporal to take a new conference. */
const ANSWER_WITHIN = 10_000;
const START_WITHIN = 5_000;

/** What of that time is kept for handing on an ending that nobody has confirmed (ms). */
const ORDER_WITHIN = 1_500;

/** The bridge must answer the platform within 8 s; a signal that takes longer counts as failed (ms). */
const SIGNAL_WITHIN = 7_000;

/** Temporal takes 10 updates in flight per run from all its clients together. */
const UPDATES_AT_ONCE = 4;

/**
 * How a create call ended. `created`: it is on the platform. `pending`: not yet known, the workflow goes on. `refused`: the
 * platform's word. `unavailable`: Temporal did not answer; the conference may have started all the same, under this id.
 */
export type CreateResult = { conferenceId: string } & (
  | { outcome: 'created' | 'pending' }
  | { outcome: 'refused'; error: WireError }
  | { outcome: 'unavailable'; cause: unknown }
);

/** Conferences, for whoever has a connection to Temporal: the gateway, or a backend service directly. */
export class ConferenceClient {
  private readonly client: Client;
  private readonly taskQueue: string;
  private readonly updates = new Turnstile(UPDATES_AT_ONCE);

  constructor(client: Client, options: { taskQueue?: string } = {}) {
    this.client = client;
    this.taskQueue = options.taskQueue ?? TASK_QUEUE;
  }

  /**
   * Opens a conference and waits up to 10 s for the platform's word. With an idempotency key the same request again
   * gives the same conference and the first answer.
   * @throws CatapultError 400 when a field is wrong; 409 when the key was used for another request.
   */
  async create(userId: string, fields: CreateConferenceFields, idempotencyKey?: string): Promise<CreateResult> {
    const request = parseRequest(createConferenceRequest, fields);
    const deadline = Date.now() + ANSWER_WITHIN;
    const conferenceId = conferenceIdOf(
      idempotencyKey === undefined ? randomBytes(17) : sha256(`${userId}\n${idempotencyKey}`),
    );
    const ids = { userId, conferenceId };
    const fingerprint = sha256(canonicalJson(request)).toString('base64url');
    try {
      await this.client.withDeadline(Date.now() + START_WITHIN, () => this.start(ids, request, fingerprint));
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        return { conferenceId, outcome: 'unavailable', cause: error };
      }
      const same = await this.client
        .withDeadline(deadline, () => this.hasFingerprint(ids, fingerprint))
        .catch(() => undefined);
      if (same === undefined) return { conferenceId, outcome: 'unavailable', cause: error };
      if (!same) {
        throw catapultError(
          'duplicate-conference',
          `Idempotency-Key: got "${idempotencyKey}", which was used for another request; wants a new key for a new conference.`,
        );
      }
    }
    return { conferenceId, ...(await this.creation(ids, deadline)) };
  }

  /** The conference as GET shows it; undefined if there is none. @throws CatapultError 503 when nobody answers. */
  async get(ids: ConferenceIds): Promise<Conference | undefined> {
    return (await this.view(ids, Date.now() + ANSWER_WITHIN))?.conference;
  }

  /**
   * Changes a conference, or ends it with `state: completed`; waits up to 10 s.
   * @returns undefined if there is no such conference.
   * @throws CatapultError 400 when a field is wrong; 503 when the outcome is unknown: no such change does harm repeated.
   */
  async change(ids: ConferenceIds, fields: UpdateConferenceFields): Promise<ChangeAnswer | undefined> {
    const change = parseRequest(updateConferenceRequest, fields);
    const deadline = Date.now() + ANSWER_WITHIN - ORDER_WITHIN;
    return await this.updates.pass(conferenceWorkflowId(ids), async () => {
      try {
        return await this.client.withDeadline(deadline, () =>
          this.handle(ids).executeUpdate(changeUpdate, { args: [change] }),
        );
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return await this.changeClosed(ids, change);
        if (change.state === 'completed') return await this.orderEnd(ids, change);
        throw unavailable('The change was not confirmed; it is safe to send it again.', error);
      }
    });
  }

  /** An update that nobody has accepted is lost with the server; an ending goes on as a signal, which is durable. */
  private async orderEnd(ids: ConferenceIds, change: UpdateConferenceRequest): Promise<ChangeAnswer | undefined> {
    try {
      const deadline = Date.now() + ORDER_WITHIN;
      await this.client.withDeadline(deadline, () => this.handle(ids).signal(changeSignal, change));
      return { outcome: 'pending' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return await this.changeClosed(ids, change);
      throw unavailable('The conference was not told to end; send it again.', error);
    }
  }

  /**
   * Hands callback events to the conference, or to its aftercare if it has closed. Resolves when Temporal has them.
   * @throws when Temporal did not confirm it within 7 s; it may have them all the same.
   */
  async takeCallbacks(ids: ConferenceIds, batch: CallbackBatch): Promise<void> {
    await this.client.withDeadline(Date.now() + SIGNAL_WITHIN, async () => {
      try {
        await this.handle(ids).signal(callbacksSignal, batch);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await this.client.workflow.signalWithStart(AFTERCARE_WORKFLOW, {
          workflowId: aftercareWorkflowId(ids),
          taskQueue: this.taskQueue,
          signal: callbacksSignal,
          signalArgs: [batch],
          staticSummary: `late events of ${ids.conferenceId}`,
        });
      }
    });
  }

  private handle(ids: ConferenceIds): WorkflowHandle {
    return this.client.workflow.getHandle(conferenceWorkflowId(ids));
  }

  private async start(ids: ConferenceIds, request: CreateConferenceRequest, fingerprint: string): Promise<void> {
    const { from, tag } = request;
    await this.client.workflow.start(CONFERENCE_WORKFLOW, {
      workflowId: conferenceWorkflowId(ids),
      taskQueue: this.taskQueue,
      args: [{ request }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      memo: { [FINGERPRINT_MEMO]: fingerprint },
      staticSummary: `conference from ${from}${tag === undefined ? '' : `, ${tag.slice(0, 100)}`}`,
      typedSearchAttributes: [
        { key: searchAttributes.state, value: 'creating' },
        { key: searchAttributes.user, value: ids.userId },
        { key: searchAttributes.from, value: from },
        ...(tag === undefined ? [] : [{ key: searchAttributes.tag, value: tag.slice(0, 255) }]),
        { key: searchAttributes.members, value: 0 },
        { key: searchAttributes.deadLetters, value: 0 },
      ],
    });
  }

  private async hasFingerprint(ids: ConferenceIds, fingerprint: string): Promise<boolean> {
    const { memo } = await this.handle(ids).describe();
    return memo?.[FINGERPRINT_MEMO] === fingerprint;
  }

  /** Waits for the platform's word. A conference that has closed meanwhile tells it by query. */
  private async creation(ids: ConferenceIds, deadline: number): Promise<CreationAnswer> {
    try {
      return await this.client.withDeadline(deadline, () =>
        this.handle(ids).executeUpdate(createdUpdate, { updateId: 'created' }),
      );
    } catch {
      if (Date.now() >= deadline) return { outcome: 'pending' };
      const view = await this.view(ids, deadline).catch(() => undefined);
      return view?.creation ?? { outcome: 'pending' };
    }
  }

  private async view(ids: ConferenceIds, deadline: number): Promise<ConferenceView | undefined> {
    try {
      return await this.client.withDeadline(deadline, () => this.handle(ids).query(conferenceQuery));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw unavailable('The conference could not be read now.', error);
    }
  }

  /** A closed conference takes no updates: ending it once more is no error, any other change is. */
  private async changeClosed(ids: ConferenceIds, change: UpdateConferenceRequest): Promise<ChangeAnswer | undefined> {
    const view = await this.view(ids, Date.now() + ANSWER_WITHIN);
    if (view === undefined) return undefined;
    if (view.conference.state !== 'completed') {
      const message = 'The conference’s workflow was terminated: nothing follows the conference any more.';
      return { outcome: 'refused', error: catapultError('conference-error', message).wire };
    }
    const error = refusalWhenClosed(change);
    return error === undefined ? { outcome: 'done' } : { outcome: 'refused', error };
  }
}

function unavailable(what: string, cause: unknown) {
  const message = `${what} Temporal or its workers do not answer; try again in a moment.`;
  return catapultError('gateway-unavailable', message, { cause });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** JSON with its keys in order, so that equal values give equal text. */
function canonicalJson(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value, Object.keys(value).sort());
}
