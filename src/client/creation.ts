import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { catapultError, type WireError } from '../catapult/errors.ts';
import { markdownLine } from '../catapult/outside-text.ts';
import { present } from '../catapult/present.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { conferenceIdOf, scheduleOf, triggeredIdOf, type ConferenceIds } from '../conference/state/ids.ts';
import { CLOCKS_DIFFER_MS } from '../conference/budget.ts';
import type { LeaseAsk } from '../conference/state/lease.ts';
import {
  CONFERENCE_WORKFLOW,
  conferenceWorkflowId,
  createdUpdate,
  FINGERPRINT_MEMO,
  searchableTag,
  searchAttributes,
  type ConferenceInput,
  type CreatedAnswer,
} from '../workflows/messages.ts';
import { ANSWER_WITHIN_MS, START_KNOWN_WITHIN_MS, START_WITHIN_MS } from './budget.ts';
import { digestOf, sha256 } from './digest.ts';
import { conferenceHandle, conferenceOf } from './handles.ts';
import { queryWorkflow } from './query.ts';
import { theConference } from './questions.ts';
import { whyUnavailable } from './unavailable.ts';

/**
 * How a create call ended. `created`: it is on the platform. `pending`: not yet known, the workflow goes on. `refused`: the
 * platform's word. `unavailable`: `why` not; the conference may have started all the same, under this id.
 */
export type CreateResult = { conferenceId: string } & (
  | { outcome: 'created' | 'pending' }
  | { outcome: 'refused'; error: WireError }
  | { outcome: 'unavailable'; why: string; cause: unknown }
);

/** A gateway that takes the lease of a conference with its creation. */
export interface LeaseTaker {
  /** A conference is being created: the lease to ask for with that, and who gets the answer; undefined if there is none. */
  begin(ids: ConferenceIds): { ask?: Omit<LeaseAsk, 'until'>; settle: (answer?: CreatedAnswer) => void };
}

/** How a conference is asked for; `timeoutMs` is how long its caller waits (ms; 10,000 unless given). */
export interface CreationAsked {
  idempotencyKey?: string | undefined;
  taker?: LeaseTaker | undefined;
  timeoutMs?: number | undefined;
  /** The schedule that it is one of. */
  scheduleId?: string | undefined;
}

/** The id of the conference that is created under a key. */
export function keyedConferenceId(userId: string, idempotencyKey: string): string {
  return conferenceIdOf(sha256(`${userId}\n${idempotencyKey}`));
}

/** The id of a conference that is asked for so: with a key the same each time. */
export function conferenceIdFor(userId: string, { idempotencyKey: key, scheduleId }: CreationAsked): string {
  const random = randomBytes(17);
  if (scheduleId !== undefined)
    return triggeredIdOf(scheduleId, key === undefined ? random : sha256(`${userId}\n${scheduleId}\n${key}`));
  return key === undefined ? conferenceIdOf(random) : keyedConferenceId(userId, key);
}

/** How the workflows of new conferences are started. */
export interface CreationOptions {
  taskQueue: string;
  /** How long their events are tried (ms; 24 h unless given). */
  retryWindowMs?: number | undefined;
  /** How long a conference of an account lasts unless it is asked for otherwise (seconds); undefined: as long as it likes. */
  defaultMaxDurationOf?: ((userId: string) => number | undefined) | undefined;
}

/**
 * A run holds one at most, so who asks again waits with the first. Of another request it is another one, which a run that is there does not
 * take: Temporal answers an update that it knows whatever is to be started with it.
 */
const updateIdOf = (fingerprint: string) => `created-${fingerprint}`;

type CreatedArgs = [LeaseAsk | null];

const NO_LEASE: ReturnType<LeaseTaker['begin']> = { settle: () => undefined };

/** New conferences: one workflow each, also when the request is sent twice under one key. */
export class Creation {
  private readonly client: Client;
  private readonly options: CreationOptions;

  constructor(client: Client, options: CreationOptions) {
    this.client = client;
    this.options = options;
  }

  /** Starts a conference and waits up to 10 s for the platform's word. @throws CatapultError 409 for a key that was used before. */
  async create(userId: string, request: CreateConferenceRequest, asked: CreationAsked = {}): Promise<CreateResult> {
    const { idempotencyKey, taker, timeoutMs = ANSWER_WITHIN_MS } = asked;
    const deadline = Date.now() + timeoutMs;
    const conferenceId = conferenceIdFor(userId, asked);
    const ids = { userId, conferenceId };
    const fingerprint = digestOf(request);
    // One that has been created before is not ours to lease.
    const { ask, settle } = (idempotencyKey === undefined ? taker?.begin(ids) : undefined) ?? NO_LEASE;
    // Sooner than nobody waits for it any more, by what two clocks may differ.
    const until = deadline - CLOCKS_DIFFER_MS;
    const args: CreatedArgs = [ask === undefined ? null : { ...ask, isFirst: true, until }];
    let answer: CreatedAnswer;
    try {
      // Half of a short time, so that the rest is enough to look whether it has begun.
      const startUntil = Date.now() + Math.min(START_WITHIN_MS, timeoutMs / 2);
      answer = await this.client.withDeadline(startUntil, () => this.startAndWait(ids, request, fingerprint, args));
    } catch (error) {
      const started = await this.whetherStarted(ids, fingerprint, error, deadline);
      if (started !== 'as-asked') settle();
      if (started === 'for-another-request') {
        throw catapultError(
          'duplicate-conference',
          `Idempotency-Key: got "${idempotencyKey}", which was used for another request; wants a new key for a new conference.`,
        );
      }
      if (started !== 'as-asked') {
        const { cause } = started;
        return { conferenceId, outcome: 'unavailable', why: await whyUnavailable(this.client, cause), cause };
      }
      answer = await this.wait(ids, fingerprint, deadline, args);
    }
    settle(answer);
    const { lease: _its, ...word } = answer;
    return { conferenceId, ...word };
  }

  /** In one call to Temporal, so that the conference's first workflow task knows that somebody waits, and can be its only one. */
  private async startAndWait(
    ids: ConferenceIds,
    request: CreateConferenceRequest,
    fingerprint: string,
    args: CreatedArgs,
  ): Promise<CreatedAnswer> {
    const { from, tag, startAt } = request;
    const scheduleId = scheduleOf(ids.conferenceId);
    const startWorkflowOperation = new WithStartWorkflowOperation(CONFERENCE_WORKFLOW, {
      workflowId: conferenceWorkflowId(ids),
      taskQueue: this.options.taskQueue,
      args: [this.inputFor(ids, request)] satisfies [ConferenceInput],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      memo: { [FINGERPRINT_MEMO]: fingerprint },
      staticSummary: `conference from ${from}${tag === undefined ? '' : `, ${markdownLine(tag)}`}`,
      typedSearchAttributes: [
        { key: searchAttributes.state, value: 'creating' },
        { key: searchAttributes.startAt, value: new Date(startAt ?? Date.now()) },
        { key: searchAttributes.user, value: ids.userId },
        { key: searchAttributes.from, value: from },
        ...(tag === undefined ? [] : [{ key: searchAttributes.tag, value: searchableTag(tag) }]),
        { key: searchAttributes.members, value: 0 },
        { key: searchAttributes.deadLetters, value: 0 },
        ...(scheduleId === undefined ? [] : [{ key: searchAttributes.schedule, value: scheduleId }]),
      ],
    });
    return await this.client.workflow.executeUpdateWithStart(createdUpdate, {
      ...{ updateId: updateIdOf(fingerprint), args, startWorkflowOperation },
    });
  }

  private inputFor({ userId }: ConferenceIds, request: CreateConferenceRequest): ConferenceInput {
    const { retryWindowMs, defaultMaxDurationOf } = this.options;
    return present({ request, retryWindowMs, defaultMaxDuration: defaultMaxDurationOf?.(userId) });
  }

  /** After starting it has failed, or has not been answered in time: whether it has begun all the same; else why that is not known. */
  private async whetherStarted(
    ids: ConferenceIds,
    fingerprint: string,
    error: unknown,
    deadline: number,
  ): Promise<'as-asked' | 'for-another-request' | { cause: unknown }> {
    const isThere = error instanceof WorkflowExecutionAlreadyStartedError;
    const lookUntil = isThere ? deadline : Math.min(deadline, Date.now() + START_KNOWN_WITHIN_MS);
    try {
      const { memo } = await this.client.withDeadline(lookUntil, () => conferenceHandle(this.client, ids).describe());
      return memo?.[FINGERPRINT_MEMO] === fingerprint ? 'as-asked' : 'for-another-request';
    } catch (cause) {
      return { cause: isThere ? cause : error };
    }
  }

  /** Waits for the platform's answer. A conference that has closed meanwhile has it in its result. */
  private async wait(
    ids: ConferenceIds,
    fingerprint: string,
    deadline: number,
    args: CreatedArgs,
  ): Promise<CreatedAnswer> {
    try {
      return await this.client.withDeadline(deadline, () =>
        conferenceHandle(this.client, ids).executeUpdate(createdUpdate, { updateId: updateIdOf(fingerprint), args }),
      );
    } catch {
      if (Date.now() >= deadline) return { outcome: 'pending' };
      const view = await queryWorkflow(this.client, conferenceOf(ids), deadline, theConference).catch(() => undefined);
      return view?.creation ?? { outcome: 'pending' };
    }
  }
}
