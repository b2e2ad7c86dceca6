import { Context } from '@temporalio/activity';
import type { CallbacksOutcome, PlatformClient, PlatformOutcome, PlatformReadingOutcome } from '../platform/client.ts';
import { Pace, type Caller, type NotNow } from '../platform/pace.ts';
import { TURN_WITHIN_MS, PACED_HEARTBEAT_EVERY_MS } from './budget.ts';
import { currentAttempt } from './current.ts';

/** A kind of call: what the platform says of one need not hold for the others. */
type Kind = keyof typeof TURN_WITHIN_MS;

/**
 * The platform's client, with a pace for each kind of call: one whose turn is further away than its attempt can wait for is not sent, and
 * ends as a limited one does.
 */
export function paced(platform: PlatformClient): PlatformClient {
  const paces = new Map<Kind, Pace>();
  const paceOf = (kind: Kind) => {
    const pace = paces.get(kind) ?? new Pace(TURN_WITHIN_MS[kind]);
    paces.set(kind, pace);
    return pace;
  };

  async function inTurn<Outcome extends PlatformOutcome | PlatformReadingOutcome | CallbacksOutcome>(
    kind: Kind,
    send: () => Promise<Outcome>,
    { isRepeated = true } = {},
  ) {
    const pace = paceOf(kind);
    const caller = currentCaller();
    const limited = ({ turnAt, comeAgainAt, error }: NotNow) => {
      if (!isRepeated) pace.leave(caller);
      return { outcome: 'rate-limited' as const, error, retryAt: turnAt, comeAgainAt };
    };
    const notNow = await unlessCancelled(pace.turn(caller), () => pace.leave(caller));
    if (notNow !== undefined) return limited(notNow);
    const sentAt = performance.now();
    const outcome = await send();
    if (outcome.outcome === 'rate-limited')
      return limited(pace.limited(caller, sentAt, outcome.retryAt, outcome.error));
    if (outcome.outcome !== 'lost' && outcome.outcome !== 'unavailable') pace.done(sentAt);
    return outcome;
  }

  const once = { isRepeated: false };
  return {
    createConference: (...call) => inTurn('createConference', () => platform.createConference(...call)),
    completeConference: (...call) => inTurn('completeConference', () => platform.completeConference(...call)),
    updateConference: (...call) => inTurn('updateConference', () => platform.updateConference(...call)),
    updateMember: (...call) => inTurn('updateMember', () => platform.updateMember(...call)),
    addMember: (...call) => inTurn('addMember', () => platform.addMember(...call), once),
    playAudio: (...call) => inTurn('playAudio', () => platform.playAudio(...call), once),
    dial: (...call) => inTurn('dial', () => platform.dial(...call), once),
    readConference: (...call) => inTurn('readConference', () => platform.readConference(...call)),
    readCallbacks: (...call) => inTurn('readConference', () => platform.readCallbacks(...call)),
    registerCallbacks: (...call) => inTurn('updateConference', () => platform.registerCallbacks(...call)),
    close: () => platform.close(),
  };
}

/** The activity, the same in all its attempts, for its conference's account; it has waited since it was scheduled first. */
function currentCaller(): Caller {
  const { workflowExecution, activityId, scheduledTimestampMs } = Context.current().info;
  const { userId: account } = currentAttempt();
  return { key: `${workflowExecution?.runId} ${activityId}`, account, since: scheduledTimestampMs };
}

/** @throws CancelledFailure when the activity is cancelled meanwhile. */
async function unlessCancelled<Value>(turn: Promise<Value>, leave: () => void): Promise<Value> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(context.info.heartbeatDetails), PACED_HEARTBEAT_EVERY_MS);
  try {
    return await Promise.race([turn, context.cancelled]);
  } catch (error) {
    leave();
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}
