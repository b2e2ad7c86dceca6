import { Context } from '@temporalio/activity';
import type {
  CallbacksOutcome,
  PlatformAccount,
  PlatformClient,
  PlatformOutcome,
  PlatformReadingOutcome,
} from '../platform/client.ts';
import { Pace, type Caller, type NotNow } from '../platform/pace.ts';
import { TURN_WITHIN_MS, PACED_HEARTBEAT_EVERY_MS } from './budget.ts';
import { currentAttempt } from './current.ts';

/** A kind of call: what the platform says of one need not hold for the others. */
type Kind = keyof typeof TURN_WITHIN_MS;

/** Our account at the platform for the conferences of an account, where it has one of its own. */
type OwnOf = (userId: string) => PlatformAccount | undefined;

/**
 * The platform's client, with the credentials that each account has there, and a pace for each kind of call with them: one whose turn is
 * further away than its attempt can wait for is not sent, and ends as a limited one does.
 */
export function paced(platform: PlatformClient, ownOf: OwnOf = () => undefined): PlatformClient {
  const paces = new Map<string, Pace>();
  const paceOf = (kind: Kind, { userId }: PlatformAccount) => {
    const key = `${kind} ${userId}`;
    const pace = paces.get(key) ?? new Pace(TURN_WITHIN_MS[kind]);
    paces.set(key, pace);
    return pace;
  };

  async function inTurn<Outcome extends PlatformOutcome | PlatformReadingOutcome | CallbacksOutcome>(
    kind: Kind,
    given: PlatformAccount,
    send: (own: PlatformAccount) => Promise<Outcome>,
    { isRepeated = true } = {},
  ) {
    const caller = currentCaller();
    const own = ownOf(caller.account) ?? given;
    const pace = paceOf(kind, own);
    const limited = ({ turnAt, comeAgainAt, error }: NotNow) => {
      if (!isRepeated) pace.leave(caller);
      return { outcome: 'rate-limited' as const, error, retryAt: turnAt, comeAgainAt };
    };
    const notNow = await unlessCancelled(pace.turn(caller), () => pace.leave(caller));
    if (notNow !== undefined) return limited(notNow);
    const sentAt = performance.now();
    const outcome = await send(own);
    if (outcome.outcome === 'rate-limited')
      return limited(pace.limited(caller, sentAt, outcome.retryAt, outcome.error));
    if (outcome.outcome !== 'lost' && outcome.outcome !== 'unavailable') pace.done(sentAt);
    return outcome;
  }

  const once = { isRepeated: false };
  return {
    createConference: (given, ...call) =>
      inTurn('createConference', given, (own) => platform.createConference(own, ...call)),
    completeConference: (given, ...call) =>
      inTurn('completeConference', given, (own) => platform.completeConference(own, ...call)),
    updateConference: (given, ...call) =>
      inTurn('updateConference', given, (own) => platform.updateConference(own, ...call)),
    updateMember: (given, ...call) => inTurn('updateMember', given, (own) => platform.updateMember(own, ...call)),
    addMember: (given, ...call) => inTurn('addMember', given, (own) => platform.addMember(own, ...call), once),
    playAudio: (given, ...call) => inTurn('playAudio', given, (own) => platform.playAudio(own, ...call), once),
    dial: (given, ...call) => inTurn('dial', given, (own) => platform.dial(own, ...call), once),
    readConference: (given, ...call) => inTurn('readConference', given, (own) => platform.readConference(own, ...call)),
    readCallbacks: (given, ...call) => inTurn('readConference', given, (own) => platform.readCallbacks(own, ...call)),
    registerCallbacks: (given, ...call) =>
      inTurn('updateConference', given, (own) => platform.registerCallbacks(own, ...call)),
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
