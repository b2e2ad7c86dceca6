import { MAX_ID_CHARACTERS, MAX_NESTING_LEVELS } from '../../catapult/budget.ts';
import * as kinds from '../../catapult/kinds.ts';
import type { Kind } from '../../catapult/kinds.ts';
import { isWellFormed } from '../../catapult/outside-text.ts';
import { exactTime } from '../../catapult/resources.ts';
import type {
  AddMemberRequest,
  AudioRequest,
  CreateConferenceRequest,
  ParticipantRequest,
  UpdateConferenceRequest,
  UpdateMemberRequest,
} from '../../catapult/requests.ts';
import { MAX_INPUT_BYTES, MAX_START_AHEAD_MS } from '../budget.ts';
import type { Change, DialRequest } from '../state/changes.ts';
import { scheduleOf } from '../state/ids.ts';
import { bytesOf } from '../state/plain-data.ts';
import { holding, is, isObject, listOf, may, optional, placed, text, type Checks } from './shapes.ts';

/*
 * What a conference takes, whoever sends it: a gateway has looked at it before, and whoever starts or signals a workflow itself is held to the
 * same. A field that nobody knows is left alone: it may be a later version's.
 */

/** As the edge leaves it. */
const instant: Kind = {
  wants: 'an instant such as "2026-01-31T12:00:00Z"',
  fits: (value) => {
    const time = typeof value === 'string' ? Date.parse(value) : NaN;
    return !Number.isNaN(time) && exactTime(time) === value;
  },
};

const onlyPin: Kind = {
  wants: 'an object such as {"pin": "246810"}, or {}',
  fits: (value) => isObject(value) && Object.keys(value).every((name) => name === 'pin'),
};

const completed: Kind = { wants: '"completed"', fits: (value) => value === 'completed' };

const targets = { callbackUrl: may(kinds.callbackUrl), fallbackUrl: may(kinds.callbackUrl) };
/** How events are sent: where something begins there are defaults, which are part of the request. */
const callbacks = {
  ...targets,
  ...{ callbackHttpMethod: is(kinds.callbackHttpMethod), callbackTimeout: is(kinds.callbackTimeout) },
};
const changedCallbacks = {
  ...targets,
  ...{ callbackHttpMethod: may(kinds.callbackHttpMethod), callbackTimeout: may(kinds.callbackTimeout) },
};

const beginning = { startAt: may(instant), timeZone: may(text(64)) };

const memberSettings = {
  ...{ joinTone: may(kinds.flag), leavingTone: may(kinds.flag) },
  ...{ mute: may(kinds.flag), hold: may(kinds.flag) },
};

export const participant: Checks<ParticipantRequest> = {
  ...{ to: is(kinds.destination), from: may(kinds.phoneNumber), tag: may(kinds.tag), ...memberSettings },
  ...{ callTimeout: is(kinds.callTimeout), maxAttempts: is(kinds.attempts), retryInterval: is(kinds.secondsOfADay) },
};

export const request: Checks<CreateConferenceRequest> = {
  ...{ from: is(kinds.phoneNumber), ...callbacks, profile: is(kinds.profile), tag: may(kinds.tag), ...beginning },
  reminders: optional(listOf(holding({ before: is(kinds.secondsOfAYear) }), 10)),
  participants: optional(listOf(holding(participant), 20)),
  // Who misspells `pin` must not get a conference that is open to everybody.
  dialIn: optional((value) => is(onlyPin)(value) ?? holding({ pin: may(kinds.pin) })(value)),
  ...{ creationTimeout: may(kinds.secondsOfADay), noShowTimeout: may(kinds.secondsOfADay) },
  ...{ aloneTimeout: may(kinds.secondsOfADay), maxDuration: may(kinds.secondsOfAYear) },
  maxDurationWarning: may(kinds.secondsOfADay),
};

const update: Checks<UpdateConferenceRequest> = {
  ...{ state: may(completed), hold: may(kinds.flag), mute: may(kinds.flag), tag: may(kinds.tag) },
  ...{ ...changedCallbacks, ...beginning },
};

const member: Checks<UpdateMemberRequest> = { state: may(completed), ...memberSettings };
const newMember: Checks<AddMemberRequest> = { callId: is(kinds.id), ...memberSettings };

const audio: Checks<AudioRequest> = {
  ...{ fileUrl: may(kinds.audioFileUrl), sentence: may(kinds.sentence), tag: may(kinds.tag) },
  ...{ gender: may(kinds.gender), locale: may(kinds.locale), voice: may(kinds.voice), loopEnabled: may(kinds.flag) },
};

const call: Checks<DialRequest> = {
  ...{ from: is(kinds.phoneNumber), to: is(kinds.destination), callTimeout: is(kinds.callTimeout) },
  ...{ ...callbacks, tag: may(kinds.tag), sipHeaders: may(kinds.sipHeaders) },
  ...{ recordingEnabled: may(kinds.flag), transcriptionEnabled: may(kinds.flag) },
  ...{ recordingMaxDuration: may(kinds.secondsOfADay), recordingFileFormat: may(kinds.recordingFileFormat) },
};

type ChangeOf<Name> = Omit<Extract<Change, { kind: Name }>, 'kind'>;

/** Of each kind of change, what it holds beside its kind. */
const changes: { [Name in Change['kind']]: Checks<ChangeOf<Name>> } = {
  conference: { fields: holding(update), indexed: optional(holding({ tag: may(text(255)) })) },
  member: { memberId: is(text(MAX_ID_CHARACTERS)), fields: holding(member) },
  audio: { memberId: may(text(MAX_ID_CHARACTERS)), audio: holding(audio) },
  'add-member': { member: holding(newMember) },
  dial: { call: holding(call) },
};

/** What is wrong with a request for a conference; undefined if nothing is. One of a schedule has its time from elsewhere. */
export function whyUnfitRequest(given: unknown, now: number, conferenceId = ''): string | undefined {
  const wrong = whyUnreadable(given) ?? placed(holding(request)(given));
  if (wrong !== undefined) return wrong;
  const { reminders, startAt, ...asked } = given as CreateConferenceRequest;
  if (reminders !== undefined && startAt === undefined && scheduleOf(conferenceId) === undefined)
    return 'reminders: wants a startAt to remind of';
  if (isTooFar(startAt, now)) return TOO_FAR;
  return kinds.isWarnedBefore(asked) ? undefined : `maxDurationWarning: wants ${kinds.WARNED_BEFORE.error}`;
}

/** What is wrong with a change of a conference; undefined if nothing is. */
export function whyUnfitChange(given: unknown, now: number): string | undefined {
  const unreadable = whyUnreadable(given);
  if (unreadable !== undefined) return unreadable;
  const { kind } = given as { kind?: unknown };
  const found = Object.entries(changes).find(([name]) => name === kind);
  if (found === undefined) return `kind: wants ${Object.keys(changes).join(', ')}`;
  const wrong = placed(holding(found[1])(given));
  if (wrong !== undefined) return wrong;
  const change = given as Change;
  if (change.kind === 'conference') return isTooFar(change.fields.startAt, now) ? `fields.${TOO_FAR}` : undefined;
  const isSilent = change.kind === 'audio' && (change.audio.fileUrl ?? change.audio.sentence) === undefined;
  return isSilent ? 'audio: wants a fileUrl, or a sentence' : undefined;
}

const TOO_FAR = 'startAt: wants a time that is a year ahead at most';
function isTooFar(startAt: string | undefined, now: number): boolean {
  return startAt !== undefined && Date.parse(startAt) > now + MAX_START_AHEAD_MS;
}

/** What is wrong with an object, before anything in it is looked at. */
export function whyUnreadable(given: unknown): string | undefined {
  if (!isObject(given)) return 'it wants an object';
  if (!isWellFormed(given, MAX_NESTING_LEVELS))
    return `it wants well-formed text without zero characters, in ${MAX_NESTING_LEVELS} levels at most`;
  return bytesOf(given) > MAX_INPUT_BYTES ? `it wants ${MAX_INPUT_BYTES} bytes of JSON at most` : undefined;
}
