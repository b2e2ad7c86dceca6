import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { outsideText } from '../catapult/outside-text.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import type { Member } from '../catapult/resources.ts';
import type { ScheduleSettings } from '../catapult/schedule-requests.ts';
import type {
  Change,
  ChangeAnswer,
  ChangeAnswers,
  ChangeRequests,
  IdempotencyKey,
} from '../conference/state/changes.ts';
import type { LoggedEvent } from '../conference/state/event-log.ts';
import type { ConferenceIds, ScheduleIds } from '../conference/state/ids.ts';
import type { IndexedTexts } from '../conference/state/indexed.ts';
import type { CallbackBatch } from '../conference/state/inputs.ts';
import type { FirstHolder, LeaseAnswer, LeaseAsk } from '../conference/state/lease.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import type { Awaited, Word } from '../conference/state/watchers.ts';
import type { ConferenceView, CreationAnswer, EventIndex, EventRecord } from '../conference/view.ts';
import { MAX_SEARCHABLE_TAG_CHARACTERS } from './budget.ts';

/* How the outside talks to a conference's workflow: named once, for both sides. */

export const TASK_QUEUE = 'conferences';
export const CONFERENCE_WORKFLOW = 'conference';
export const AFTERCARE_WORKFLOW = 'aftercare';
export const REDELIVERY_WORKFLOW = 'redelivery';
export const WATCH_WORKFLOW = 'watch';

/** A new conference, or the state that an earlier run carries on. */
export type ConferenceInput = NewConference | { state: ConferenceState };

export interface NewConference {
  request: CreateConferenceRequest;
  /** The version of the rules it is started with; the first unless given. */
  rules?: ConferenceState['rules'];
  /** How long its events are tried; 24 h unless given. */
  retryWindowMs?: number | undefined;
  /** How long it lasts unless the request says (seconds); as long as it likes unless given. */
  defaultMaxDuration?: number | undefined;
  /** The gateway that makes the first create attempt, if one does. */
  holder?: FirstHolder | undefined;
  /** The `traceparent` of the request for it. */
  trace?: string | undefined;
  /** Set where texts are sealed. */
  indexed?: IndexedTexts | undefined;
  /** Set where a schedule starts it. */
  schedule?: SchedulePlan;
}

/** All that a schedule is: it lies in the input of what it starts, which Temporal keeps with it. */
export interface SchedulePlan {
  /** It starts its conferences so much earlier than they begin, for their reminders. */
  leadSeconds: number;
  asked: ScheduleSettings;
  /** When the last begins of those that waited for their reminders when its times were last changed (epoch milliseconds): it makes none before. */
  madeUntil?: number;
  /** When the last begins that it has not started in its time, but at once (epoch milliseconds). */
  startedUntil?: number;
  /** The local date from which weeks are counted. */
  firstDate: string;
  /** Local dates without a run. */
  skippedDates: string[];
  /** Tells one change of it from all others. */
  changeId: string;
  /** Keys under which it was changed, the latest last. */
  keys: IdempotencyKey[];
}

/** Callback events from the bridge, in the order of their arrival. */
export const callbacksSignal = defineSignal<[CallbackBatch]>('callbacks');

/** Has the platform asked what it knows of the conference, and has the events made up that its callbacks never brought; `why` is for the log. */
export const reconcileSignal = defineSignal<[string?]>('reconcile');

/** A `watch` workflow, by its id, waits for something from now on; the same one again changes nothing. */
export const watchSignal = defineSignal<[string, Awaited]>('watch');
export const unwatchSignal = defineSignal<[string]>('unwatch');

/** The conference notifies a `watch` workflow of what it has waited for. */
export const wordSignal = defineSignal<[Word]>('word');

/** The queue of the activities that ask the platform: it has a limit of its own, so that they leave room for the rest. */
export function reconcileQueue(taskQueue: string): string {
  return `${taskQueue}-reconcile`;
}

/** The queue by which workflows of others act for one account, through Nexus: whoever comes by it acts for that account and no other. */
export function nexusQueue(taskQueue: string, userId: string): string {
  return `${taskQueue}-nexus-${userId}`;
}

/** No work ever comes by this queue: gateways wait at it, so that each sees how many there are. */
export function gatewaysQueue(taskQueue: string): string {
  return `${taskQueue}-gateways`;
}

/** Nor by this one: at it waits who delivers all dead letters of an account again. */
export function redeliveringQueue(taskQueue: string, userId: string): string {
  return `${taskQueue}-redelivering-${userId}`;
}

/** The queue of deliveries: customers that hang must not take what creates and changes need. */
export function deliveriesQueue(taskQueue: string): string {
  return `${taskQueue}-deliveries`;
}

/** Waits until the creation is decided. Its update id belongs to the request, so a run holds one at most. */
export const createdUpdate = defineUpdate<CreationAnswer>('created');

/**
 * Ends the start delay of a conference that its gateway creates, for whoever wants to read it: a query does not. Waits until the outcome of that
 * first attempt is known here.
 */
export const begunUpdate = defineUpdate<null>('begun');

/** A gateway asks for a lease of this conference's deliveries, or for a longer one. */
export const leaseUpdate = defineUpdate<LeaseAnswer, [LeaseAsk]>('lease');

/** A change that need not be answered: durable at once, where an update is only so when a worker has accepted it. */
export const changeSignal = defineSignal<[Change]>('change');

/**
 * Brings changes of one client, and names earlier ones that it awaits the answers of. It is answered with the first answers that there are, or
 * without any when the client's next update comes, which then names what is still awaited.
 */
export const changesUpdate = defineUpdate<ChangeAnswers, [ChangeRequests]>('changes');

/** The type of the failure by which an update is put off while a new run takes over: it is to be sent again. */
export const CONTINUING_AS_NEW = 'ContinuingAsNew';

/** What a query says that cannot be answered at this moment: it is to be asked again. Nothing but this text reaches who asks. */
export const EVENTS_WITHOUT_A_TASK = 'What has come last waits for its workflow task; ask again.';

/** The header of a query of a run that has closed. */
export const OF_CLOSED_HEADER = 'of-closed';

/** What became of a requester's change, or of the one that was sent under its key; null if it is not known, or was refused. */
export const changeAnswerQuery = defineQuery<ChangeAnswer | null, [string, IdempotencyKey?]>('change-answer');

/** All that a conference knows: what its aftercare begins with. */
export const stateQuery = defineQuery<ConferenceState | null>('state');

/** Events that were delivered before, or given up, are to be delivered again, outside their lane's order; under a key once only. */
export const redeliverSignal = defineSignal<[LoggedEvent[], IdempotencyKey?]>('redeliver');

/** Where the events of a conference are on record; null where nothing is known of it. */
export const eventIndexQuery = defineQuery<EventIndex | null>('event-index');

/** The records of these events (sequences) that a run has, as many as an answer holds. */
export const eventRecordsQuery = defineQuery<EventRecord[], [number[]]>('event-records');

/** All members, those that left included. */
export const membersQuery = defineQuery<Member[]>('members');

/** Asked of the canary: any answer means that a worker works. */
export const aliveQuery = defineQuery<boolean>('alive');
export const CANARY_WORKFLOW = 'canary';

export function canaryWorkflowId(taskQueue: string): string {
  return `canary/${taskQueue}`;
}

export const conferenceQuery = defineQuery<ConferenceView>('conference');

/** What aftercare begins with: the state in which the conference, or its last aftercare, has closed, if it is known. */
export interface AftercareInput {
  state?: ConferenceState;
}

/** What a `watch` workflow waits for; one that holds the conference waits for its end, and brings it about when it is cancelled. */
export interface WatchInput {
  awaited: Awaited;
  holds?: true;
}

/** The memo field that holds a fingerprint of the parsed create request. */
export const FINGERPRINT_MEMO = 'requestFingerprint';

/** The memo field from which lists read the texts that the index has sealed. */
export const SHOWN_MEMO = 'shown';

export interface ShownTexts {
  from: string;
  tag?: string | undefined;
}

/** `conference/{userId}/{conferenceId}`: the one place where a workflow id is made and taken apart. */
export function conferenceWorkflowId({ userId, conferenceId }: ConferenceIds): string {
  return `conference/${userId}/${conferenceId}`;
}

/** `conference-schedule/{userId}/{scheduleId}`: what Temporal calls a schedule. */
export function temporalScheduleId({ userId, scheduleId }: ScheduleIds): string {
  return `conference-schedule/${userId}/${scheduleId}`;
}

/** The same taken apart; undefined for a schedule that is none of ours. */
export function parseTemporalScheduleId(id: string): ScheduleIds | undefined {
  const [, userId, scheduleId] = /^conference-schedule\/([^/]+)\/([^/]+)$/.exec(id) ?? [];
  return userId === undefined || scheduleId === undefined ? undefined : { userId, scheduleId };
}

/**
 * `aftercare/{userId}/{conferenceId}/{closedRunId}`: what looks after a conference when its own workflow has closed. It belongs to the run
 * that closed: the same id may name a later conference, or this one once it has been reset. Of a conference that nobody remembers
 * there is no run.
 */
export function aftercareWorkflowId({ userId, conferenceId }: ConferenceIds, closedRunId?: string): string {
  return `aftercare/${userId}/${conferenceId}${closedRunId === undefined ? '' : `/${closedRunId}`}`;
}

/** `redelivery/{userId}/{keyId}`: remembers that an account's dead letters were asked for under a key. */
export function redeliveryWorkflowId(userId: string, keyId: string): string {
  return `redelivery/${userId}/${keyId}`;
}

/** `hold/{userId}/{conferenceId}`: holds a conference; there is one at most. */
export function holdWorkflowId({ userId, conferenceId }: ConferenceIds): string {
  return `hold/${userId}/${conferenceId}`;
}

/** `watch/{userId}/{conferenceId}/{watchId}`: waits for something of a conference. */
export function watchWorkflowId({ userId, conferenceId }: ConferenceIds, watchId: string): string {
  return `watch/${userId}/${conferenceId}/${watchId}`;
}

/** Whose workflow it is; undefined where the id is none of a conference, or of what belongs to one. */
export function idsIn(workflowId: string): ConferenceIds | undefined {
  const [, userId, conferenceId] =
    /^(?:conference|aftercare|hold|watch)\/([^/]+)\/([^/]+)(?:\/[^/]+)?$/.exec(workflowId) ?? [];
  return userId === undefined || conferenceId === undefined ? undefined : { userId, conferenceId };
}

/** @throws ApplicationFailure, not to be tried again, where {@link idsIn} finds none. */
export function parseWorkflowId(workflowId: string): ConferenceIds {
  const ids = idsIn(workflowId);
  if (ids !== undefined) return ids;
  throw ApplicationFailure.nonRetryable(
    `The workflow id ${workflowId} is none of a conference: wants conference/{userId}/{conferenceId}.`,
  );
}

/** What of a tag can be searched for; it holds no character that PostgreSQL cannot store. */
export function searchableTag(tag: string): string {
  return outsideText(tag, MAX_SEARCHABLE_TAG_CHARACTERS);
}

/** The search attributes of a conference. All begin with `Conference`: plain `From` is a reserved word in list queries. */
export const searchAttributes = {
  state: defineSearchAttributeKey('ConferenceState', 'KEYWORD'),
  user: defineSearchAttributeKey('ConferenceUser', 'KEYWORD'),
  from: defineSearchAttributeKey('ConferenceFrom', 'KEYWORD'),
  tag: defineSearchAttributeKey('ConferenceTag', 'KEYWORD'),
  reason: defineSearchAttributeKey('ConferenceReason', 'KEYWORD'),
  members: defineSearchAttributeKey('ConferenceMembers', 'INT'),
  deadLetters: defineSearchAttributeKey('ConferenceDeadLetters', 'INT'),
  startAt: defineSearchAttributeKey('ConferenceStartAt', 'DATETIME'),
  schedule: defineSearchAttributeKey('ConferenceSchedule', 'KEYWORD'),
  calls: defineSearchAttributeKey('ConferenceCalls', 'KEYWORD_LIST'),
  failing: defineSearchAttributeKey('ConferenceFailing', 'BOOL'),
} as const;

/**
 * The types of the ApplicationFailures that activities throw. The first of a failure's details is, for the platform's,
 * `{ error: WireError, attempt, retryAt?, isUndone? }`, with `attempt` counted without those that have certainly made nothing; for
 * a delivery's its DeliveryResult.
 */
export const failureTypes = {
  /** The platform refused to create the conference. Not retried. */
  refused: 'PlatformRefused',
  /** The platform asks to wait (429). Retried at the time it names. */
  rateLimited: 'PlatformRateLimited',
  /** The platform could not be reached, or answered with an error of its own. Retried. */
  unavailable: 'PlatformUnavailable',
  /** The request was sent and no answer came: whether it was done is not known. Retried where repeating does no harm. */
  lost: 'PlatformAnswerLost',
  /** No event of the batch could be delivered: the error is its message. Retried a few times. */
  nothingDelivered: 'NothingDelivered',
} as const;
