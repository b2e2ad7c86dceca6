import { produce } from 'immer';
import { errorBody, type WireError } from '../catapult/errors.ts';
import { customerEvent, eventName, type CallbackEvent } from '../catapult/events.ts';
import { conferencePath } from '../catapult/paths.ts';
import type { UpdateConferenceRequest } from '../catapult/requests.ts';
import { wireTime } from '../catapult/resources.ts';
import { enqueue, settle, tryAtOnce } from './outbox.ts';
import { judge } from './repetition.ts';
import {
  deadlinesOf,
  isClosed,
  type CallbackBatch,
  type ConferenceState,
  type Context,
  type DeadlineName,
  type Effect,
  type Input,
  type Reason,
  type Receipt,
} from './state.ts';

/*
 * The rules of a conference's life: (state, input) → { state, effects }, pure. What follows what, what is a repetition,
 * which deadline is next and why a conference ended is decided here and nowhere else; conference.ts only does it.
 */

/** How long an attempt whose answer was lost may still show its conference, once creating has ended without one. */
export const LATE_CREATED = 10_000;

/** How long the caller of `state: completed` waits at most (the client gives up after 10 s); the ending itself goes on. */
export const ANSWER_CHANGE = 8_000;

/** How long after the platform's confirmation its `completed` event may take: both our URLs may be tried, 10 s each. */
export const LATE_COMPLETED = 30_000;

/** A refusal after this time is told by callback too: the caller of the create may have gone with a 202 (after 10 s). */
const TOLD_BY_ANSWER = 8_000;

const MAX_JOURNALS = 100;

/** The lane of the conference's own events. */
export const CONFERENCE_LANE = 'conference';

/** Where one step happens: the facts it may use, and the effects it has asked for so far. */
interface Step extends Context {
  effects: Effect[];
}

export function reduce(
  state: ConferenceState,
  input: Input,
  context: Context,
): { state: ConferenceState; effects: Effect[] } {
  const step: Step = { ...context, effects: [] };
  return { state: produce(state, (draft) => apply(draft, input, step)), effects: step.effects };
}

function apply(state: ConferenceState, input: Input, step: Step): void {
  switch (input.type) {
    case 'opened':
      return void step.effects.push({ type: 'create' });
    case 'asked':
      state.asked = true;
      return;
    case 'callbacks':
      return takeBatch(state, input.batch, step);
    case 'creation-succeeded':
      state.creation = 'over';
      state.attempts[`${step.runId}.${input.attempt}`] ??= input.platformId;
      return meet(state, input.platformId, `answered attempt ${input.attempt}`, step);
    case 'creation-failed':
      return creationFailed(state, input, step);
    case 'creation-stopped':
      state.creation = 'over';
      return awaitLateCreated(state, step);
    case 'platform-completed':
      return platformCompleted(state, input.platformId, step);
    case 'change':
      return change(state, input.change, step);
    case 'cancel':
      return end(state, 'cancelled', step);
    case 'settled':
      return settle(state.outbox, input.lane, input.result, step);
    case 'clock':
      return ring(state, step);
  }
}

// — creating —

/** A conference exists on the platform: the first one is adopted, every other one ordered completed. */
function meet(state: ConferenceState, platformId: string, how: string, step: Step): void {
  if (platformId === state.platformId || state.strays.includes(platformId)) return;
  if (state.platformId !== undefined || isClosed(state)) {
    state.strays.push(platformId);
    log(step, `another conference turned up on the platform (${platformId}, ${how}): it is completed`);
    order(state, platformId, step);
    return;
  }
  state.platformId = platformId;
  state.createdTime ??= wireTime(step.now);
  delete state.deadlines['late-created'];
  delete state.error;
  if (state.creation === 'running') stopCreating(state, step);
  log(step, `the platform has it as ${platformId} (${how})`);
  if (state.phase === 'creating') state.phase = 'created';
  else order(state, platformId, step);
}

function stopCreating(state: ConferenceState, step: Step): void {
  state.creation = 'stopping';
  step.effects.push({ type: 'stop-creating' });
}

function creationFailed(
  state: ConferenceState,
  { error, final }: { error: WireError; final: boolean },
  step: Step,
): void {
  state.creation = 'over';
  if (state.platformId !== undefined) return;
  state.error = error;
  if (final) giveUp(state, step);
  else awaitLateCreated(state, step);
}

/** Creating has ended without an answer, but an earlier attempt may have done the work: its event would show it. */
function awaitLateCreated(state: ConferenceState, step: Step): void {
  if (state.platformId === undefined && !isClosed(state)) state.deadlines['late-created'] = step.now + LATE_CREATED;
}

/** There is no conference on the platform and there will be none. */
function giveUp(state: ConferenceState, step: Step): void {
  if (state.endRequested !== undefined) {
    delete state.error;
    close(state, 'cancelled', 'cancelled', step);
    tell(state, 'completed', step);
    return;
  }
  close(state, 'failed', 'creation-failed', step);
  const toldByAnswer = state.asked && step.now - state.startedAt < TOLD_BY_ANSWER;
  if (!toldByAnswer) tell(state, 'failed', step);
}

// — callbacks —

function takeBatch(state: ConferenceState, { journal, receipts }: CallbackBatch, step: Step): void {
  for (const receipt of receipts) {
    if (receipt.sequence <= (state.receipts[journal] ?? 0)) continue;
    delete state.receipts[journal];
    state.receipts[journal] = receipt.sequence;
    takeEvent(state, receipt, step);
  }
  const [oldest, ...others] = Object.keys(state.receipts);
  if (oldest !== undefined && others.length >= MAX_JOURNALS) delete state.receipts[oldest];
}

function takeEvent(state: ConferenceState, receipt: Receipt, step: Step): void {
  const { event } = receipt;
  if (!belongsToItsAttempt(state, receipt)) {
    return log(step, `${eventName(event)} came on the URL of an attempt that made another conference: dropped`);
  }
  if (event.conferenceId !== undefined) {
    const ended = event.eventType === 'conference' && event.status === 'completed';
    const decided = state.platformId !== undefined || isClosed(state);
    // A stray that is complete already needs no order; but the first one seen is ours, even if its end comes first.
    if (!ended || !decided) meet(state, event.conferenceId, `told by its ${eventName(event)} event`, step);
    if (event.conferenceId !== state.platformId) return;
  }
  const verdict = judge(state.memory, receipt, step.now);
  if (verdict === 'repeated') return log(step, `${eventName(event)} came again (${receipt.channel}): dropped`);
  if (verdict === 'new') follow(state, event, step);
  accept(state, event, step);
}

/**
 * A callback URL speaks for one conference: the first that its attempt shows, by answer or event. An event that names none
 * counts if the attempt's is the adopted one.
 */
function belongsToItsAttempt(state: ConferenceState, { event, attemptId }: Receipt): boolean {
  if (event.conferenceId === undefined) return (state.attempts[attemptId] ?? state.platformId) === state.platformId;
  return (state.attempts[attemptId] ??= event.conferenceId) === event.conferenceId;
}

/** What an accepted event says about the conference. */
function follow(state: ConferenceState, event: CallbackEvent, step: Step): void {
  if (isClosed(state)) return;
  if (event.eventType === 'conference' && event.createdTime !== undefined) state.createdTime = event.createdTime;
  if (event.eventType === 'conference' && event.status === 'completed') {
    state.completedTime = event.completedTime ?? wireTime(step.now);
    const hadMembers = Object.keys(state.memory.members).length > 0;
    close(state, 'completed', state.endRequested ?? (hadMembers ? 'last-member-left' : 'ended-via-api'), step);
  }
  if (event.eventType === 'conference-member') {
    state.activeMembers = Object.values(state.memory.members).filter((member) => member.state === 'active').length;
    if (state.phase === 'created' && state.activeMembers > 0) state.phase = 'active';
  }
}

/** Takes an event in, for good: from here it is delivered or becomes a dead letter. */
function accept(state: ConferenceState, event: CallbackEvent, step: Step): void {
  const { callbackUrl, tag } = state.settings;
  const owner = { userId: step.userId, conferenceId: step.conferenceId, tag };
  enqueue(state.outbox, callbackUrl === undefined ? undefined : CONFERENCE_LANE, customerEvent(event, owner), step);
  log(step, `${eventName(event)}${callbackUrl === undefined ? ' (no callbackUrl: recorded only)' : ''}`);
}

/** An event that we make ourselves, in the shape the platform would give it. */
function tell(state: ConferenceState, status: 'completed' | 'failed', step: Step): void {
  const { createdTime, completedTime, error } = state;
  // Should the platform's own event come after all, it is a repetition.
  state.memory.statuses.push(status);
  const event: CallbackEvent = {
    eventType: 'conference',
    conferenceId: step.conferenceId,
    conferenceUri: conferencePath(step.userId, step.conferenceId),
    status,
    createdTime,
    completedTime,
    ...(status === 'failed' && error !== undefined ? { error: errorBody(error) } : {}),
  };
  accept(state, event, step);
}

// — changing and ending —

function change(state: ConferenceState, { state: wanted, ...settings }: UpdateConferenceRequest, step: Step): void {
  if (isClosed(state)) return;
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  Object.assign(state.settings, Object.fromEntries(given));
  if (given.length > 0) log(step, `changed: ${given.map(([field]) => field).join(', ')}`);
  if (settings.callbackUrl !== undefined || settings.fallbackUrl !== undefined) {
    tryAtOnce(state.outbox);
    step.effects.push({ type: 'restart-delivery' });
  }
  if (wanted === 'completed') {
    end(state, 'ended-via-api', step);
    // Who asks again waits for the first one's time only: the handlers of all must end.
    if (!state.platformCompleted) state.deadlines['answer-change'] ??= step.now + ANSWER_CHANGE;
  }
}

/** Somebody wants the conference to end. */
function end(state: ConferenceState, reason: Reason, step: Step): void {
  if (isClosed(state) || state.phase === 'ending') return;
  const creating = state.platformId === undefined;
  state.phase = 'ending';
  state.endRequested = reason;
  log(step, `is to end (${reason})`);
  if (!creating && state.platformId !== undefined) order(state, state.platformId, step);
  else if (state.creation === 'running') stopCreating(state, step);
}

function order(state: ConferenceState, platformId: string, step: Step): void {
  state.orders.push(platformId);
  step.effects.push({ type: 'complete', platformId });
}

/** The platform has confirmed that one of its conferences is complete (or no longer exists). */
function platformCompleted(state: ConferenceState, platformId: string, step: Step): void {
  state.orders = state.orders.filter((ordered) => ordered !== platformId);
  if (platformId !== state.platformId) return;
  state.platformCompleted = true;
  delete state.deadlines['answer-change'];
  if (!isClosed(state)) state.deadlines['late-completed'] = step.now + LATE_COMPLETED;
}

function close(state: ConferenceState, phase: 'completed' | 'failed' | 'cancelled', reason: Reason, step: Step): void {
  state.phase = phase;
  state.reason = reason;
  state.completedTime ??= wireTime(step.now);
  state.activeMembers = 0;
  state.deadlines = {};
  log(step, `${phase} (${reason})`);
}

// — time —

const onDue: Record<DeadlineName, (state: ConferenceState, step: Step) => void> = {
  'late-created': giveUp,
  'answer-change': () => undefined,
  'late-completed': (state, step) => {
    close(state, 'completed', state.endRequested ?? 'ended-via-api', step);
    tell(state, 'completed', step);
  },
};

/** The alarm rang: every deadline that has passed is acted on, earliest first. */
function ring(state: ConferenceState, step: Step): void {
  for (const [name, at] of deadlinesOf(state.deadlines)) {
    if (at > step.now || state.deadlines[name] === undefined) continue;
    delete state.deadlines[name];
    onDue[name](state, step);
  }
}

function log(step: Step, message: string): void {
  step.effects.push({ type: 'log', message });
}
