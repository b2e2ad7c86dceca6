import type { WireError } from '../../catapult/errors.ts';
import { present } from '../../catapult/present.ts';
import type { ParticipantRequest, CreateConferenceRequest } from '../../catapult/requests.ts';
import type { Member } from '../../catapult/resources.ts';
import type { phases, reasons } from '../../catapult/words.ts';
import { LEASE_MS } from '../budget.ts';
import { noChanges, type Changes } from './changes.ts';
import type { Deadlines } from './deadlines.ts';
import { emptyDedupeMemory, type DedupeMemory } from './dedupe.ts';
import type { FirstHolder } from './lease.ts';
import type { IndexedTexts } from './indexed.ts';
import type { LeaseState } from './lease-state.ts';
import type { ReasonToRead } from './measurements.ts';
import { emptyOutbox, type LaneTarget, type Outbox } from './outbox.ts';
import type { Watcher } from './watchers.ts';

/*
 * The plain data of a conference's life: what it knows. The rules that change it are in rules/, each part's own facts in facts/.
 */

/** Temporal ends a conference as `terminated`: it does not know that itself. */
export type Phase = Exclude<(typeof phases)[number], 'terminated'>;

export type EndReason = (typeof reasons)[number];

/** A call dialled from here: where its own events go, as the dial request said. */
export interface Call extends LaneTarget {
  /** Whom it is for; absent in older runs. */
  to?: string;
  callId?: string;
  ended: boolean;
  /** Set when an event shows that somebody answered: then it became a member, as a rule. */
  answered?: true;
  /** Why it is over, in the platform's word. */
  cause?: string;
}

/** How the conference is watched: what reconciling.ts goes by. */
export interface Watch {
  /** When the platform was last heard of, by an event or by asking it, and how often in a row it was asked for nothing. */
  heardAt: number;
  uneventfulReadings: number;
  /** How often in a row a reading has left a reason to reconcile. */
  fruitlessReadings: number;
  /** Set while the platform is being asked: the members that were changed meanwhile, whether an end waits for it, and why (absent in older runs). */
  reading?: { changedMembers: string[]; isUrgent: boolean; why?: ReasonToRead };
  /** Why somebody wants the platform to be asked. */
  requested?: string;
  /** Whether the platform has said once that it does not know the conference. */
  missing?: true;
  /** Set when the platform could not be asked, until it can. */
  unreadable?: true;
  /** How many members the latest event says there are, and its time. */
  lastCount?: { said: number; time: number };
  /** Set where an event has counted more members than have ever been heard of. */
  highestCount?: number;
  /**
   * Keys of the members of whom an event may be missing, in the order of the members: of all others both join and leave were reported. Absent in
   * what older runs carry.
   */
  unsettled?: string[];
  /** Set when the platform has been asked after the end: there is no more to know. */
  done?: true;
  /** How many events were made up. */
  madeUp: number;
}

/** Somebody whom the conference dials, and what became of it. */
export interface Participant {
  request: ParticipantRequest;
  status: 'waiting' | 'dialing' | 'joined' | 'left' | 'failed';
  attempts: number;
  /** How often in a row the platform would not dial so many at a time. */
  refusals: number;
  /** When it is to be dialled, or given up if no event shows what became of its call (epoch milliseconds). */
  dueAt?: number;
  /** The attempt id in the callback URLs of its latest call, and the platform's id of that. */
  dialId?: string;
  callId?: string;
  memberId?: string;
  /** Why the latest call came to nothing. */
  reason?: string;
}

/** Since when a conference is what its limits go by (epoch milliseconds): what rules/limits.ts goes by. */
export interface Timing {
  /** Whether it was asked for a later time: then whoever asked was answered at once. */
  scheduled?: true;
  /** When the platform had it. */
  openedAt?: number;
  firstJoinAt?: number;
  /** Whether two have been in it at one time, and since when there is one alone. */
  wereTwo?: true;
  aloneSince?: number;
  /** Set while the platform is asked whether really nobody has come, or joined the one who is left: when that was due. */
  inQuestion?: number;
  /** Whether its members have been warned that it will end. */
  warned?: true;
  /** Reminders to come: seconds before the start, the first one first. */
  reminders: number[];
}

/**
 * The version of the rules that a new run is started with. Since 2, what was reported before a run's first task is taken before what is asked
 * in it.
 */
export const RULES = 2 as const;

/** Everything a conference knows, as plain JSON: carried through continue-as-new, shown by queries. */
export interface ConferenceState {
  /** The shape of this object. */
  v: 1;
  /** The version of the rules this run was started with; raised only at continue-as-new, so that old histories replay. */
  rules: 1 | typeof RULES;
  phase: Phase;
  reason?: EndReason;
  error?: WireError;
  settings: CreateConferenceRequest;
  /** How long it lasts at most where its settings do not say (seconds); absent: as long as it likes. */
  defaultMaxDuration?: number;
  startedAt: number;
  /** The `traceparent` of the request for it, where there are traces. */
  trace?: string;
  /**
   * The first attempt is lent to the gateway that has started the conference; the create activity runs; it was cancelled and may still
   * answer; or all of that is over.
   */
  creation: 'lent' | 'running' | 'stopping' | 'over';
  /** An attempt before those of the activity may have made a conference: then a refusal does not prove that there is none. */
  mayHaveMade?: true;
  /** Whether somebody waited for the outcome of the creation: for the `created` update, or for the gateway's attempt. */
  creationAwaited: boolean;
  /** Which conference on the platform each create attempt made, as far as is known. */
  createAttempts: Record<string, string>;
  /** The adopted conference on the platform. */
  platformId?: string;
  createdTime?: string;
  completedTime?: string;
  /** Why the conference is to end; the reason it will have. */
  endRequested?: EndReason;
  /** Whether the platform has confirmed that the adopted conference is complete. */
  platformCompleted: boolean;
  /** Conferences on the platform that are being completed, until it confirms. */
  completing: string[];
  /** Conferences on the platform that we have made and not adopted; each is completed once. */
  orphans: string[];
  activeMembers: number;
  /** What holds for all members, those to come included. */
  hold: boolean;
  mute: boolean;
  /** By `memberKey`, in the order in which they were added; those that left are kept for a while. */
  members: Record<string, Member>;
  /** Calls dialled from here, by the attempt id in their callback URLs. */
  calls: Record<string, Call>;
  changes: Changes;
  /** Set where texts are sealed: what Temporal's index has in their place. */
  indexed?: IndexedTexts;
  /** The tag that the platform was given: events that carry it get the present one instead. */
  platformTag?: string;
  /** Highest sequence taken from each opening of a journal. */
  highestSequences: Record<string, number>;
  dedupe: DedupeMemory;
  watch: Watch;
  timing: Timing;
  participants: Participant[];
  outbox: Outbox;
  /** Set from the first lease on. */
  leases?: LeaseState;
  /** Those who wait for it from outside; absent while nobody does. */
  watchers?: Watcher[];
  deadlines: Deadlines;
}

/** What a conference begins with beside its request. */
interface Beginning {
  rules?: ConferenceState['rules'] | undefined;
  /** How long its events are tried. */
  retryWindowMs?: number | undefined;
  /** How long it lasts where its request does not say (seconds). */
  defaultMaxDuration?: number | undefined;
  /** The gateway that makes the first create attempt, if one does. */
  holder?: FirstHolder | undefined;
  indexed?: IndexedTexts | undefined;
  trace?: string | undefined;
}

export function initialState(
  settings: CreateConferenceRequest,
  now: number,
  { rules = 1, retryWindowMs, defaultMaxDuration, holder, indexed, trace }: Beginning = {},
): ConferenceState {
  return {
    v: 1,
    rules,
    phase: 'creating',
    settings: { ...settings },
    startedAt: now,
    creation: holder === undefined ? 'running' : 'lent',
    creationAwaited: holder !== undefined,
    createAttempts: {},
    platformCompleted: false,
    completing: [],
    orphans: [],
    activeMembers: 0,
    hold: false,
    mute: false,
    members: {},
    calls: {},
    changes: noChanges(),
    ...present({ platformTag: settings.tag, defaultMaxDuration, indexed, trace }),
    highestSequences: {},
    dedupe: emptyDedupeMemory(),
    watch: { heardAt: now, uneventfulReadings: 0, fruitlessReadings: 0, madeUp: 0, unsettled: [] },
    timing: { reminders: [] },
    participants: newParticipants(settings.participants),
    outbox: emptyOutbox(retryWindowMs),
    deadlines: {},
    ...present({ leases: holder && { epoch: 1, lease: { ...holder, until: now + LEASE_MS }, postponed: [] } }),
  };
}

/** Whether nothing more will happen to the conference itself; its events may still be on their way. */
export function isClosed({ phase }: Pick<ConferenceState, 'phase'>): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'cancelled';
}

/** Whether the platform has nothing left of the conference: it is closed, or its end is confirmed. */
export function hasEnded(state: ConferenceState): boolean {
  return isClosed(state) || state.platformCompleted;
}

/** Those that a new conference has to dial. */
export function newParticipants(requests: readonly ParticipantRequest[] = []): Participant[] {
  return requests.map((request) => ({ request, status: 'waiting', attempts: 0, refusals: 0 }));
}
