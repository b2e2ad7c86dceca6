import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { catapultError, type WireError } from '../catapult/errors.ts';
import { usesOwnFields } from '../catapult/field-uses.ts';
import { present } from '../catapult/present.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { conferenceIdOf, scheduleOf, triggeredIdOf, type ConferenceIds } from '../conference/state/ids.ts';
import type { FirstHolder } from '../conference/state/lease.ts';
import type { CreationAnswer } from '../conference/view.ts';
import {
  CONFERENCE_WORKFLOW,
  conferenceWorkflowId,
  createdUpdate,
  FINGERPRINT_MEMO,
  searchAttributes,
  type ConferenceInput,
} from '../workflows/messages.ts';
import {
  ANSWER_WITHIN_MS,
  MAX_STARTS_AT_ONCE,
  START_DELAY_MS,
  START_KNOWN_WITHIN_MS,
  START_WITHIN_MS,
} from './budget.ts';
import { RULES } from '../conference/state/state.ts';
import { traceparent } from '../telemetry/tracing.ts';
import { Backlog } from './backlog.ts';
import { linkToConference } from './console-links.ts';
import { digestOf, sha256 } from './digest.ts';
import { conferenceHandle, conferenceOf } from './handles.ts';
import { indexedTexts, shownMemo, summaryOf, textAttributes } from './indexed.ts';
import { queryWorkflow } from './query.ts';
import { theConference } from './questions.ts';
import { NoTurn, Turns } from './turns.ts';
import { whyUnavailable } from './unavailable.ts';
import { untilProcessed } from './updates.ts';

/**
 * How a create call ended. `created`: it is on the platform. `pending`: not yet known, the workflow goes on. `refused`: the
 * platform's word. `unavailable`: `why` not; the conference may have started all the same, under this id.
 */
export type CreateResult = { conferenceId: string } & (
  | { outcome: 'created' | 'pending' }
  | { outcome: 'refused'; error: WireError }
  | { outcome: 'unavailable'; why: string; cause: unknown }
);

/** A gateway that makes the first attempt to create a conference, and takes its first lease with that. */
export interface Creator {
  /** Undefined where it cannot: then the workflow makes it. */
  begin(ids: ConferenceIds, request: CreateConferenceRequest): FirstAttempt | undefined;
}

/** An attempt that may be made once the conference's workflow stands behind it. */
export interface FirstAttempt {
  holder: FirstHolder;
  /** The workflow has been started with this holder: asks the platform, and reports to the workflow what came of that. */
  make: () => Promise<CreationAnswer>;
  /** It is not made. `isStarted`: the workflow may have been started with this holder, and is to go on by itself. */
  drop: (about: { isStarted: boolean }) => void;
}

/** How a conference is asked for; `timeoutMs` is how long its caller waits (ms; 10,000 unless given). */
export interface CreationAsked {
  idempotencyKey?: string | undefined;
  creator?: Creator | undefined;
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
  /** Where the console is, for the link to it in the Temporal UI. */
  consoleUrl?: string | undefined;
}

/** How a workflow is started: by whom the platform is asked then, and until when its caller waits. */
interface Starting {
  fingerprint: string;
  attempt: FirstAttempt | undefined;
  deadline: number;
  timeoutMs: number;
}

type WorkflowStart = WorkflowStartOptions<(input: ConferenceInput) => Promise<unknown>> & {
  workflowIdConflictPolicy: 'FAIL';
};

const TOO_MANY =
  'More conferences are asked for at this moment than Temporal and its workers take; try again in a moment.';

/** What a workflow has to do before, or right after, its conference is on the platform. */
function isForWorkflow({ startAt, participants }: CreateConferenceRequest): boolean {
  return startAt !== undefined || participants !== undefined;
}

/** Whether its workflow is left alone for a while if a gateway creates it: what somebody has asked of Convoke itself has its times, and may be short. */
export function isStartDelayed(request: CreateConferenceRequest): boolean {
  return !usesOwnFields(request);
}

/**
 * A run holds one at most, so who asks again waits with the first. Of another request it is another one, which a run that is there does not
 * take: Temporal answers an update that it knows whatever is to be started with it.
 */
const updateIdOf = (fingerprint: string) => `created-${fingerprint}`;

/** New conferences: one workflow each, also when the request is sent twice under one key. */
export class Creation {
  private readonly client: Client;
  private readonly options: CreationOptions;
  private readonly turns = new Turns(MAX_STARTS_AT_ONCE);
  private readonly backlog: Backlog;

  constructor(client: Client, options: CreationOptions) {
    this.client = client;
    this.options = options;
    this.backlog = new Backlog(client, options.taskQueue, (areBehind) => this.turns.hold(areBehind));
  }

  /** Starts a conference and waits up to 10 s for the platform's word. @throws CatapultError 409 for a key that was used before. */
  async create(userId: string, request: CreateConferenceRequest, asked: CreationAsked = {}): Promise<CreateResult> {
    const { idempotencyKey, creator, timeoutMs = ANSWER_WITHIN_MS } = asked;
    const deadline = Date.now() + timeoutMs;
    const conferenceId = conferenceIdFor(userId, asked);
    const ids = { userId, conferenceId };
    const fingerprint = digestOf(request);
    const attempt = isForWorkflow(request) ? undefined : creator?.begin(ids, request);
    let answer: CreationAnswer;
    try {
      answer = await this.start(ids, request, { fingerprint, attempt, deadline, timeoutMs });
    } catch (error) {
      const started = await this.whetherStarted(ids, fingerprint, error, deadline);
      // Of one that was there before, somebody else makes the first attempt.
      const isOurs = started === 'as-asked' && !(error instanceof WorkflowExecutionAlreadyStartedError);
      attempt?.drop({ isStarted: isOurs });
      if (started === 'for-another-request') {
        throw catapultError(
          'duplicate-conference',
          `Idempotency-Key: got "${idempotencyKey}", which was used for another request; wants a new key for a new conference.`,
        );
      }
      if (started !== 'as-asked') return await this.notStarted(conferenceId, started.cause);
      answer = { outcome: 'pending' };
    }
    if (answer.outcome === 'pending') answer = await this.wait(ids, fingerprint, deadline);
    return { conferenceId, ...answer };
  }

  private async notStarted(conferenceId: string, cause: unknown): Promise<CreateResult> {
    const why = cause instanceof NoTurn ? TOO_MANY : await whyUnavailable(this.client, cause);
    return { conferenceId, outcome: 'unavailable', why, cause };
  }

  /** Starts the workflow; then the platform is asked, by the attempt if there is one, else by the workflow. */
  private async start(
    ids: ConferenceIds,
    request: CreateConferenceRequest,
    { fingerprint, attempt, deadline, timeoutMs }: Starting,
  ): Promise<CreationAnswer> {
    // Half of a short time, so that the rest is enough to look whether it has begun.
    const startUntil = () => Math.min(Date.now() + Math.min(START_WITHIN_MS, timeoutMs / 2), deadline);
    const start = this.startOf(ids, request, { fingerprint, attempt });
    if (attempt === undefined)
      return await this.client.withDeadline(startUntil(), () => this.startAndWait(start, fingerprint));
    this.backlog.noteMade();
    await this.turns.take(ids.userId, deadline - timeoutMs / 2, () =>
      this.client.withDeadline(startUntil(), () => this.client.workflow.start(CONFERENCE_WORKFLOW, start)),
    );
    return await attempt.make();
  }

  /** In one call to Temporal, so that the conference's first workflow task knows that somebody waits. */
  private async startAndWait(start: WorkflowStart, fingerprint: string): Promise<CreationAnswer> {
    const startWorkflowOperation = new WithStartWorkflowOperation(CONFERENCE_WORKFLOW, start);
    return await this.client.workflow.executeUpdateWithStart(createdUpdate, {
      ...{ updateId: updateIdOf(fingerprint), startWorkflowOperation },
    });
  }

  private startOf(
    ids: ConferenceIds,
    request: CreateConferenceRequest,
    { fingerprint, attempt }: Pick<Starting, 'fingerprint' | 'attempt'>,
  ): WorkflowStart {
    const { startAt } = request;
    const scheduleId = scheduleOf(ids.conferenceId);
    const isDelayed = attempt !== undefined && isStartDelayed(request);
    return {
      workflowId: conferenceWorkflowId(ids),
      taskQueue: this.options.taskQueue,
      args: [this.inputFor(ids, request, attempt)],
      ...present({ startDelay: isDelayed ? START_DELAY_MS : undefined }),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      memo: { [FINGERPRINT_MEMO]: fingerprint, ...shownMemo(this.client, request) },
      staticSummary: summaryOf(request),
      ...present({ staticDetails: linkToConference(this.options.consoleUrl, ids) }),
      typedSearchAttributes: [
        { key: searchAttributes.state, value: 'creating' },
        { key: searchAttributes.startAt, value: new Date(startAt ?? Date.now()) },
        ...textAttributes(this.client, ids.userId, request),
        { key: searchAttributes.members, value: 0 },
        { key: searchAttributes.deadLetters, value: 0 },
        ...(scheduleId === undefined ? [] : [{ key: searchAttributes.schedule, value: scheduleId }]),
      ],
    };
  }

  private inputFor(
    { userId }: ConferenceIds,
    request: CreateConferenceRequest,
    attempt: FirstAttempt | undefined,
  ): ConferenceInput {
    const { retryWindowMs, defaultMaxDurationOf } = this.options;
    const defaultMaxDuration = defaultMaxDurationOf?.(userId);
    const indexed = indexedTexts(this.client, userId, request);
    return present({
      request,
      rules: RULES,
      retryWindowMs,
      defaultMaxDuration,
      holder: attempt?.holder,
      indexed,
      trace: traceparent(),
    });
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
  private async wait(ids: ConferenceIds, fingerprint: string, deadline: number): Promise<CreationAnswer> {
    try {
      return await this.client.withDeadline(deadline, () =>
        untilProcessed(() =>
          conferenceHandle(this.client, ids).executeUpdate(createdUpdate, { updateId: updateIdOf(fingerprint) }),
        ),
      );
    } catch {
      if (Date.now() >= deadline) return { outcome: 'pending' };
      const view = await queryWorkflow(this.client, conferenceOf(ids), deadline, theConference).catch(() => undefined);
      return view?.creation ?? { outcome: 'pending' };
    }
  }
}
