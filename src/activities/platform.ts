import { platformAccountOf } from '../accounts/accounts.ts';
import { log, type ApplicationFailure } from '@temporalio/activity';
import { CatapultError, catapultError, type WireError } from '../catapult/errors.ts';
import type { PlatformCreateFields, PlatformUpdateFields } from '../catapult/field-uses.ts';
import type { Used } from '../catapult/used.ts';
import type { AddMemberRequest, AudioRequest, UpdateMemberRequest } from '../catapult/requests.ts';
import type { DialRequest } from '../conference/state/changes.ts';
import type { PlatformReading } from '../conference/state/inputs.ts';
import { HttpClient } from '../http/client.ts';
import type { PlatformClient, PlatformOutcome } from '../platform/client.ts';
import { currentAttempt } from './current.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { flushGateways } from './gateways.ts';
import { failureOf, madeId, noteUnlessMade, unlessDone } from './outcomes.ts';
import { paced } from './paced.ts';
import { unknownTo } from './unknown-accounts.ts';

/** Whether the platform says that it does not know the conference: a 404 of another kind tells of a wrong PLATFORM_URL or user. */
function isUnknown({ status, code }: WireError): boolean {
  return status === 410 || (status === 404 && code === 'conference-not-found');
}

/** Whether a conference needs no completing any more: it is complete (`conference-error`: wrong state), or unknown. */
function needsNoCompleting(error: WireError): boolean {
  return isUnknown(error) || (error.status === 403 && error.code === 'conference-error');
}

function unlessFailed(reading: Awaited<ReturnType<PlatformClient['readConference']>>): PlatformReading {
  if (reading.outcome === 'read') return reading;
  if (isUnknown(reading.error)) return { outcome: 'missing' };
  throw retried(reading);
}

/** The activities that call the platform, each one request per attempt. Conference ids in their orders are the platform's. */
export function createPlatformActivities(dependencies: ActivityDependencies) {
  const { platformAccount, callbackTokens, bridge } = dependencies;
  const platform = paced(dependencies.platform, (userId) => platformAccountOf(dependencies.accounts.get(userId)));
  const http = new HttpClient();

  return {
    /**
     * Creates the conference; every attempt registers callback URLs of its own, so that its events can be told apart. Where its own events go,
     * if that is somewhere, and its number have been looked at by a gateway, or else are here.
     * @throws ApplicationFailure `PlatformRefused` (final), or one of the others (retried).
     */
    async createConference(
      request: PlatformCreateFields,
      { trace: _trace, ...targets }: { trace?: string } & Used = {},
    ): Promise<{ platformId: string; attemptId: string }> {
      const address = currentAttempt();
      const unknown = unknownTo(dependencies.accounts, address.userId);
      if (unknown !== undefined) throw failureOf({ outcome: 'refused', error: unknown.wire });
      refuseUses(dependencies, address.userId, { ...targets, from: request.from });
      const callbacks = callbackTokens.callbacksOf(address, bridge);
      const made = await platform.createConference(platformAccount, { ...request, ...callbacks });
      noteUnlessMade(made);
      return { platformId: madeId(made), attemptId: address.attemptId };
    },

    /**
     * Completes a conference on the platform; one that is complete or unknown there counts as done. An orphan is looked at first: one whose
     * events do not come to this conference's URLs is somebody else's, whatever a callback has said, and is left alone.
     * @throws ApplicationFailure, always to be retried.
     */
    async completeConference({ platformId, isOrphan }: CompletionOrder): Promise<'completed' | 'left alone'> {
      if (isOrphan === true && !(await isOfThisConference({ ...dependencies, platform }, platformId))) {
        log.warn(`${platformId} was named as this conference’s, and its callbacks go elsewhere: it is left alone`);
        return 'left alone';
      }
      const outcome = await platform.completeConference(platformAccount, platformId);
      if (outcome.outcome === 'done' || needsNoCompleting(outcome.error)) return 'completed';
      throw retried(outcome);
    },

    /**
     * Reads the conference and its members; one that the platform does not know is an outcome, not a failure. What gateways have taken by then
     * is told before the outcome is.
     * @throws ApplicationFailure, always to be retried.
     */
    async readConference({ platformId }: { platformId: string }): Promise<PlatformReading> {
      const reading = await platform.readConference(platformAccount, platformId);
      await flushGateways(http, dependencies);
      return unlessFailed(reading);
    },

    /** Sets hold and mute of a conference. @throws ApplicationFailure as {@link createConference} does. */
    async updateConference({ platformId, beginBy, fields }: UpdateConferenceOrder): Promise<void> {
      unlessLate(beginBy);
      unlessDone(await platform.updateConference(platformAccount, platformId, fields));
    },

    /** Changes or removes a member. @throws ApplicationFailure as {@link createConference} does. */
    async updateMember({ platformId, beginBy, memberId, fields }: UpdateMemberOrder): Promise<void> {
      unlessLate(beginBy);
      unlessDone(await platform.updateMember(platformAccount, { conferenceId: platformId, memberId }, fields));
    },

    /** Adds a call as a member. @throws ApplicationFailure; with `PlatformAnswerLost` it may have been done. */
    async addMember({ platformId, beginBy, member }: AddMemberOrder): Promise<{ id: string }> {
      unlessLate(beginBy);
      return { id: madeId(await platform.addMember(platformAccount, platformId, member)) };
    },

    /** Plays or speaks to all, or to one member. @throws ApplicationFailure; with `PlatformAnswerLost` it may have been done. */
    async playAudio({ platformId, beginBy, memberId, audio }: PlayAudioOrder): Promise<void> {
      unlessLate(beginBy);
      unlessDone(await platform.playAudio(platformAccount, { conferenceId: platformId, memberId }, audio));
    },

    /**
     * Dials into the conference; the call's events come to URLs of its own, which hold `dialId`.
     * @throws ApplicationFailure; with `PlatformAnswerLost` it may have been done.
     */
    async dial({ platformId, beginBy, dialId, call }: DialOrder): Promise<{ id: string }> {
      unlessLate(beginBy);
      refuseUses(dependencies, currentAttempt().userId, { from: call.from });
      const callbacks = callbackTokens.callbacksOf({ ...currentAttempt(), attemptId: dialId }, bridge);
      const made = await platform.dial(platformAccount, { ...call, ...callbacks, conferenceId: platformId });
      return { id: madeId(made) };
    },
  };
}

/** @throws ApplicationFailure for good where the account may not use that. */
function refuseUses({ refuseUses: refuse }: ActivityDependencies, userId: string, used: Used): void {
  try {
    refuse?.(userId, used);
  } catch (error) {
    if (!(error instanceof CatapultError)) throw error;
    throw failureOf({ outcome: 'refused', error: error.wire });
  }
}

/** Whether the platform sends a conference's events to a URL that we have made for this conference; one that it does not know is nobody's. */
async function isOfThisConference(
  { platform, platformAccount, callbackTokens }: ActivityDependencies,
  platformId: string,
): Promise<boolean> {
  const { userId, conferenceId } = currentAttempt();
  const found = await platform.readCallbacks(platformAccount, platformId);
  if (found.outcome !== 'read' && isUnknown(found.error)) return true;
  if (found.outcome !== 'read') throw retried(found);
  const place = callbackTokens.placeOf(found.callbackUrl ?? '');
  return place?.userId === userId && place.conferenceId === conferenceId;
}

/** The failure of what is tried until the platform does it. */
function retried(failed: Exclude<PlatformOutcome, { outcome: 'done' }>): ApplicationFailure {
  return failureOf(failed.outcome === 'refused' ? { ...failed, outcome: 'unavailable' } : failed);
}

export interface CompletionOrder {
  platformId: string;
  /** It is not the one that was adopted: that it is this conference's was said, and is to be seen. */
  isOrphan?: true;
}

/** A change that is to be sent by then (epoch milliseconds), or not at all. */
interface TimedOrder {
  platformId: string;
  beginBy: number;
  /** The `traceparent` of the request for it (traced.ts). */
  trace?: string;
}

export interface UpdateConferenceOrder extends TimedOrder {
  fields: PlatformUpdateFields;
}

export interface UpdateMemberOrder extends TimedOrder {
  memberId: string;
  fields: UpdateMemberRequest;
}

export interface AddMemberOrder extends TimedOrder {
  member: AddMemberRequest;
}

export interface PlayAudioOrder extends TimedOrder {
  memberId?: string | undefined;
  audio: AudioRequest;
}

export interface DialOrder extends TimedOrder {
  dialId: string;
  call: DialRequest;
}

/** A worker that was stopped for a while has the task still when it goes on; Temporal, and whoever asked, have given it up by then. */
function unlessLate(beginBy: number): void {
  if (Date.now() <= beginBy) return;
  const message = 'The worker came to it too late, so it has not been done: try again in a moment.';
  throw failureOf({
    outcome: 'unavailable',
    error: catapultError('gateway-unavailable', message).wire,
    isUndone: true,
  });
}
