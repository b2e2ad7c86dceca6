import { MAX_ID_CHARACTERS, MAX_NESTING_LEVELS } from '../../catapult/budget.ts';
import * as kinds from '../../catapult/kinds.ts';
import type { PlatformMember } from '../../catapult/from-platform.ts';
import type { Member } from '../../catapult/resources.ts';
import { isNestedWithin } from '../../catapult/outside-text.ts';
import { phases, reasons } from '../../catapult/words.ts';
import type { Changes, KeptAnswer, OpenChange } from '../state/changes.ts';
import { deadlineSummaries } from '../state/deadlines.ts';
import type { DedupeMemory, MemberMemory, RememberedArrival } from '../state/dedupe.ts';
import { recordOf, type EarlierRun, type EventLog } from '../state/event-log.ts';
import type { Lease, LeaseState } from '../state/lease-state.ts';
import type { DeadLetter, Lane, Outbox, WaitingEvent } from '../state/outbox.ts';
import type { Call, ConferenceState, Participant, Timing, Watch } from '../state/state.ts';
import type { Watcher } from '../state/watchers.ts';
import { participant as participantRequest, request } from './bounds.ts';
import {
  awaited,
  batch,
  change,
  event,
  key,
  line,
  record,
  requester,
  toldWord,
  wait,
  wireError,
} from './bounds-of-messages.ts';
import {
  allOf,
  anyText,
  count,
  finite,
  holding,
  is,
  listOf,
  may,
  oneOfThese,
  optional,
  placed,
  text,
  time,
  word,
  type Check,
  type Checks,
} from './shapes.ts';

/*
 * A state that somebody hands over: aftercare begins with the one in which its conference has closed, and may be started by anybody in Temporal.
 * What a rule reads has the shape that the rules give it.
 */

const id = is(text(MAX_ID_CHARACTERS));
const yes = is(word([true]));
const flag = is(kinds.flag);
const texts = listOf(is(anyText));
const switches = { mute: is(anyText), hold: is(anyText) };

const target = {
  ...{ callbackUrl: may(kinds.callbackUrl), fallbackUrl: may(kinds.callbackUrl) },
  ...{ callbackHttpMethod: is(kinds.callbackHttpMethod), callbackTimeout: is(kinds.callbackTimeout) },
};

const member = holding({
  ...{ id, callId: optional(id), state: is(word(['active', 'completed'])), mute: flag, hold: flag },
  ...{ joinTone: optional(flag), leavingTone: optional(flag), addedTime: may(anyText), removedTime: may(anyText) },
} satisfies Checks<Member>);

const call = holding({
  ...{ ...target, to: may(anyText), callId: optional(id), ended: flag, answered: optional(yes), cause: may(anyText) },
} satisfies Checks<Call>);

const participant = holding({
  ...{ request: holding(participantRequest), status: is(word(['waiting', 'dialing', 'joined', 'left', 'failed'])) },
  ...{ attempts: is(count), refusals: is(count), dueAt: may(time), dialId: may(line), callId: optional(id) },
  ...{ memberId: optional(id), reason: may(anyText) },
} satisfies Checks<Participant>);

const confirmation = oneOfThese('of', {
  call: holding({ dialId: is(line) }),
  member: holding({ callId: is(anyText) }),
  audio: holding({ eventType: is(anyText), status: is(anyText), memberId: may(anyText), tag: may(anyText) }),
});

const answer = oneOfThese('outcome', {
  done: holding({ id: may(anyText) }),
  pending: holding({}),
  refused: holding({ error: wireError, retryAt: may(time), isUndone: optional(yes) }),
  unknown: holding({}),
});

const openChange = holding({
  ...{ id: is(count), change: change(Infinity), trace: may(line), key: optional(key), requesters: listOf(requester) },
  ...{ characters: is(count), acceptedAt: is(time), status: is(word(['waiting', 'running', 'lost', 'ending'])) },
  ...{ confirmation: optional(confirmation), confirmed: optional(holding({ id: may(anyText) })), answerBy: may(time) },
} satisfies Checks<OpenChange>);

const keptAnswer = holding({ key, answer, confirmation: optional(confirmation) } satisfies Checks<KeptAnswer>);

const changes = holding({
  ...{ nextId: is(count), open: listOf(openChange), keptAnswers: listOf(keptAnswer) },
  answers: listOf(holding({ requester: is(line), answer, until: is(time) })),
  dueConfirmations: listOf(holding({ confirmation, until: is(time) })),
} satisfies Checks<Changes>);

const memberMemory = holding({
  ...{ ...switches, state: is(word(['active', 'completed'])), time: is(finite), joined: flag },
  ...{ madeUpJoin: may(finite), madeUp: optional(holding({ ...switches, to: is(finite) })), unsure: optional(flag) },
} satisfies Checks<MemberMemory>);

const arrival = holding({
  ...{ digest: is(anyText), channel: is(word(['primary', 'fallback'])), at: is(time), paired: flag },
} satisfies Checks<RememberedArrival>);

const dedupe = holding({
  ...{ statuses: texts, members: allOf(memberMemory), calls: texts, arrivals: listOf(arrival), repeated: is(count) },
} satisfies Checks<DedupeMemory>);

const reading = holding({ changedMembers: texts, isUrgent: flag, why: may(anyText) });

const watch = holding({
  ...{ heardAt: is(time), uneventfulReadings: is(count), fruitlessReadings: is(count), reading: optional(reading) },
  ...{ requested: may(anyText), missing: optional(yes), unreadable: optional(yes), highestCount: may(finite) },
  ...{ lastCount: optional(holding({ said: is(finite), time: is(finite) })), unsettled: optional(texts) },
  ...{ done: optional(yes), madeUp: is(count) },
} satisfies Checks<Watch>);

const timing = holding({
  ...{ scheduled: optional(yes), openedAt: may(time), firstJoinAt: may(time), wereTwo: optional(yes) },
  ...{ aloneSince: may(time), inQuestion: may(time), warned: optional(yes), reminders: listOf(is(finite)) },
} satisfies Checks<Timing>);

const waiting = holding({
  ...{ sequence: is(count), since: is(time), bytes: is(finite), failures: is(count) },
  ...{ firstFailedAfter: may(count), nextTryAt: may(time) },
} satisfies Checks<WaitingEvent>);

const lane = holding({
  ...{ waiting: listOf(waiting), delivered: is(count), failures: is(count), failingSince: may(time) },
  ...{ lastTried: may(count), lastError: may(anyText), nextTryAt: may(time), gone: optional(texts) },
} satisfies Checks<Lane>);

const earlierRun = holding({
  ...{ workflowId: is(anyText), runId: is(anyText), first: is(count) },
} satisfies Checks<EarlierRun>);

const eventLog = holding({
  ...{ first: is(count), accepted: listOf(record), older: allOf(record), begins: may(count) },
  ...{ earlier: listOf(earlierRun), moved: allOf(is(anyText)) },
} satisfies Checks<EventLog>);

const outbox = holding({
  ...{ retryWindowMs: is(wait), nextSequence: is(count), unused: may(count), waitingBytes: is(finite) },
  ...{ gap: optional(holding({ from: is(count), to: is(count) })), lanes: allOf(lane), log: eventLog },
  deadLetters: listOf(holding({ sequence: is(count), at: is(time) } satisfies Checks<DeadLetter>)),
} satisfies Checks<Outbox>);

const lease = holding({
  ...{ opening: is(line), url: is(kinds.callbackUrl), until: is(time), attemptId: may(line), wanted: may(anyText) },
  returning: may(word(['asked', 'closing'])),
} satisfies Checks<Lease>);

const platformMember = holding({
  ...{ id, state: is(word(['active', 'completed'])), mute: optional(flag), hold: optional(flag) },
  ...{ addedTime: may(anyText), removedTime: may(anyText), callId: optional(id) },
} satisfies Checks<PlatformMember>);

const platformReading = oneOfThese('outcome', {
  read: holding({
    ...{ asOf: optional(holding({ from: is(finite), to: is(finite) })), members: listOf(platformMember) },
    conference: holding({ state: is(anyText), createdTime: may(anyText), completedTime: may(anyText) }),
  }),
  missing: holding({}),
  unreadable: holding({ why: is(anyText) }),
});

/** The inputs that wait for a lease. */
const postponedInput = oneOfThese('type', {
  callbacks: holding({ batch }),
  'platform-read': holding({ reading: platformReading }),
});
const postponed: Check = (value) =>
  holding({ input: optional(postponedInput), isEnd: optional(yes), event: optional(event) })(value);

const leases = holding({
  ...{ epoch: is(count), lease: optional(lease), postponed: listOf(postponed) },
} satisfies Checks<LeaseState>);

const watcher = holding({
  ...{ id: is(line), awaited, word: optional(toldWord), isBeingNotified: optional(yes) },
} satisfies Checks<Watcher>);

const deadlines = holding(Object.fromEntries(Object.keys(deadlineSummaries).map((name) => [name, may(time)])));

const state = holding({
  ...{ v: is(count), rules: is(count), phase: is(word(phases)), reason: may(word(reasons)) },
  // One that was refused may have begun with anything, and has no number.
  ...{
    error: optional(wireError),
    settings: holding({ ...request, from: is(anyText) }),
    defaultMaxDuration: may(kinds.secondsOfAYear),
  },
  ...{ startedAt: is(time), trace: may(line), creation: is(word(['lent', 'running', 'stopping', 'over'])) },
  ...{
    mayHaveMade: optional(yes),
    creationAwaited: flag,
    createAttempts: allOf(is(anyText)),
    platformId: optional(id),
  },
  ...{ createdTime: may(anyText), completedTime: may(anyText), endRequested: may(word(reasons)) },
  ...{ platformCompleted: flag, completing: texts, orphans: texts, activeMembers: is(finite), hold: flag, mute: flag },
  ...{ members: allOf(member), calls: allOf(call), changes, indexed: optional(holding({ tag: may(anyText) })) },
  ...{ platformTag: may(anyText), highestSequences: allOf(is(count)), dedupe, watch, timing },
  ...{ participants: listOf(participant), outbox, leases: optional(leases), watchers: optional(listOf(watcher)) },
  deadlines,
} satisfies Checks<ConferenceState>);

/** Why it is no state of a conference; undefined if it is one. */
export function whyNoState(given: unknown): string | undefined {
  // Its events have a few levels above them.
  if (!isNestedWithin(given, MAX_NESTING_LEVELS + 10)) return 'wants fewer levels';
  return placed(state(given)) ?? whyNoRecords(given as ConferenceState);
}

/** What waits is on record, or there would be nothing to deliver. */
function whyNoRecords({ outbox: { lanes, log } }: ConferenceState): string | undefined {
  const without = Object.values(lanes)
    .flatMap(({ waiting: events }) => events)
    .find(({ sequence }) => recordOf(log, sequence) === undefined);
  return without === undefined ? undefined : `outbox: wants a record of event ${without.sequence}, which waits`;
}
