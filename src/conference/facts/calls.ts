import type { CallbackEvent } from '../../catapult/events.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import { MAX_CAUSE_CHARACTERS, MAX_CALLS, MAX_CALLS_BYTES } from '../budget.ts';
import { callLane } from '../outbox/lanes.ts';
import { closeLane } from '../outbox/outbox.ts';
import type { DialRequest } from '../state/changes.ts';
import { measure, type Step } from '../state/effects.ts';
import { assignGiven, bytesOf } from '../state/plain-data.ts';
import type { ConferenceState, Call } from '../state/state.ts';

/* The calls that a conference has dialled: from what the platform answers and from their own events, whichever comes first. */

/** Why a call has ended that was answered. */
const HUNG_UP = 'NORMAL_CLEARING';

/** The platform's words for why nobody answered, in ours. */
const CAUSES = new Map<unknown, 'busy' | 'no-answer' | 'rejected'>([
  ['USER_BUSY', 'busy'],
  ['NO_ANSWER', 'no-answer'],
  ['CALL_REJECTED', 'rejected'],
]);

/** Why nobody answered, in our words, where we have one. */
export function causeInOurWords(cause: unknown): 'busy' | 'no-answer' | 'rejected' | undefined {
  return CAUSES.get(cause);
}

/** A call is about to be dialled. */
export function openCall(state: ConferenceState, dialId: string, request: DialRequest, step: Step): void {
  const { to, callbackUrl, fallbackUrl, callbackHttpMethod, callbackTimeout } = request;
  state.calls[dialId] = { to, ended: false, callbackHttpMethod, callbackTimeout };
  assignGiven(state.calls[dialId], { callbackUrl, fallbackUrl });
  forgetOldestCalls(state, dialId, step);
}

/** What an event on a call's own callback URL shows. */
export function applyCallEvent(
  state: ConferenceState,
  call: Call,
  { eventType, callId, cause }: CallbackEvent,
  step: Step,
): void {
  const wasOpen = call.answered !== true && !call.ended;
  if (callId !== undefined) call.callId ??= callId;
  if (eventType === 'answer' || cause === HUNG_UP) call.answered = true;
  if (eventType === 'hangup') call.ended = true;
  if (wasOpen && call.answered) measure(step, { of: 'dial', outcome: 'answered' });
  else if (wasOpen && call.ended) measure(step, { of: 'dial', outcome: causeInOurWords(cause) ?? 'failed' });
  if (eventType === 'hangup' && typeof cause === 'string') call.cause = outsideText(cause, MAX_CAUSE_CHARACTERS);
  stopWaitingForHangups(state);
}

/** A call was not dialled after all, or only perhaps: then its events would show it. */
export function noteUndialledCall(state: ConferenceState, dialId: string, isCertain: boolean, step: Step): void {
  const call = state.calls[dialId];
  if (call === undefined || call.callId !== undefined) return;
  if (!call.ended) measure(step, { of: 'dial', outcome: isCertain ? 'refused' : 'unknown' });
  if (isCertain && isQuiet(state, dialId)) forgetCall(state, dialId, step);
  else call.ended = true;
  stopWaitingForHangups(state);
}

/** With the last call over, nothing more is due after a conference's end. */
function stopWaitingForHangups(state: ConferenceState): void {
  if (Object.values(state.calls).every(({ ended }) => ended)) delete state.deadlines['late-hangups'];
}

function forgetOldestCalls(state: ConferenceState, newest: string, step: Step): void {
  for (;;) {
    const others = Object.keys(state.calls).filter((dialId) => dialId !== newest);
    const quiet = others.filter((dialId) => isQuiet(state, dialId));
    if (quiet.length < MAX_CALLS && bytesOf(state.calls) <= MAX_CALLS_BYTES) return;
    const candidates = quiet.length > 0 ? quiet : others;
    const oldest = candidates.find((dialId) => state.calls[dialId]?.ended) ?? candidates[0];
    if (oldest === undefined) return;
    forgetCall(state, oldest, step);
  }
}

function isQuiet(state: ConferenceState, dialId: string): boolean {
  return (state.outbox.lanes[callLane(dialId)]?.waiting.length ?? 0) === 0;
}

function forgetCall(state: ConferenceState, dialId: string, step: Step): void {
  closeLane(state.outbox, callLane(dialId), step);
  delete state.calls[dialId];
}
