import type { EventBody } from '../../catapult/events.ts';
import { wireTime } from '../../catapult/resources.ts';
import type { Step } from './effects.ts';
import { hash32Of } from './plain-data.ts';

/* What things are called: made and taken apart here only. */

export interface ConferenceIds {
  userId: string;
  conferenceId: string;
}

/** `conf-` and 26 lower-case base32 characters (RFC 4648 alphabet) of 17 bytes: random ones, or a hash. */
export function conferenceIdOf(bytes: Uint8Array): string {
  const bits = Array.from(bytes.slice(0, 17), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const letter = (index: number) =>
    'abcdefghijklmnopqrstuvwxyz234567'.charAt(parseInt(bits.slice(index * 5, index * 5 + 5), 2));
  return `conf-${Array.from({ length: 26 }, (_, index) => letter(index)).join('')}`;
}

const CONFERENCE_ID = /^conf-[a-z2-7]{26}(-.+)?$/;

/** Whether a string can be one of our conference ids (those of a schedule's runs have their time appended). */
export function isConferenceId(text: string): boolean {
  return text.length <= 100 && CONFERENCE_ID.test(text);
}

export interface ScheduleIds {
  userId: string;
  scheduleId: string;
}

/**
 * `sched-` and 26 such characters. Its conferences have the same ones, and behind them the time at which they were started; before that by how
 * many seconds it was earlier than they begin, where it was. Those that somebody asks for have `-now-` and 26 characters of their own.
 */
export function scheduleIdOf(bytes: Uint8Array): string {
  return conferenceIdOf(bytes).replace(/^conf-/, 'sched-');
}

export function isScheduleId(text: string): boolean {
  return /^sched-[a-z2-7]{26}$/.test(text);
}

/**
 * What the ids of a schedule's conferences begin with that are started so much earlier than they begin: Temporal appends the time, as
 * `-2026-12-01T08:00:00Z`. Without the seconds in it, another lead would give the same id to another conference.
 */
export function runIdPrefixOf(scheduleId: string, leadSeconds: number): string {
  return `${scheduleId.replace(/^sched-/, 'conf-')}${leadSeconds === 0 ? '' : `-${leadSeconds}`}`;
}

/** The conference that a schedule starts at this time (epoch milliseconds). */
export function runIdAt(scheduleId: string, leadSeconds: number, time: number): string {
  return `${runIdPrefixOf(scheduleId, leadSeconds)}-${wireTime(time)}`;
}

/** A conference that a schedule makes when somebody asks for it. */
export function triggeredIdOf(scheduleId: string, bytes: Uint8Array): string {
  return `${runIdPrefixOf(scheduleId, 0)}-now-${conferenceIdOf(bytes).slice('conf-'.length)}`;
}

const OF_SCHEDULE = /^conf-([a-z2-7]{26})-(?:now-[a-z2-7]{26}|(?:(\d{1,9})-)?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ))$/;

/** The schedule that has made a conference; undefined for any other. */
export function scheduleOf(conferenceId: string): string | undefined {
  const [, letters] = OF_SCHEDULE.exec(conferenceId) ?? [];
  return letters === undefined ? undefined : `sched-${letters}`;
}

/** The time at which a schedule's conference was started (epoch milliseconds), as its id tells; undefined where there is none. */
export function runTimeOf(conferenceId: string): number | undefined {
  const [, , , time] = OF_SCHEDULE.exec(conferenceId) ?? [];
  return time === undefined ? undefined : Date.parse(time);
}

/** When such a conference begins. */
export function runBeginsAt(conferenceId: string): number | undefined {
  const [, , leadSeconds = 0] = OF_SCHEDULE.exec(conferenceId) ?? [];
  const time = runTimeOf(conferenceId);
  return time === undefined ? undefined : time + Number(leadSeconds) * 1_000;
}

/**
 * `evt-{the conference's id}-{sequence}-{mark}`: the `webhook-id` of an event. A Reset gives its sequence anew, perhaps to another
 * event: whoever knows the ids that it got must take that one.
 */
export function eventIdOf(conferenceId: string, sequence: number, event: EventBody): string {
  return `${prefixOf(conferenceId)}${sequence}-${markOf(event)}`;
}

function prefixOf(conferenceId: string): string {
  return `evt-${conferenceId.replace(/^conf-/, '')}-`;
}

/** What an event says, in 32 bits. */
function markOf(event: EventBody): string {
  return hash32Of(JSON.stringify(event)).toString(36).padStart(7, '0');
}

/** The sequence in an event's id; undefined if it is none of this conference's. Whether the event there has this id is another question. */
export function sequenceOf(eventId: string, conferenceId: string): number | undefined {
  const prefix = prefixOf(conferenceId);
  const sequence =
    eventId.startsWith(prefix) && /^([1-9]\d{0,14})-[a-z0-9]{7}$/.exec(eventId.slice(prefix.length))?.[1];
  return sequence ? Number(sequence) : undefined;
}

/** The attempt id in the callback URLs of a call that is dialled by this change, asked for in this step. */
export function dialIdOf({ nonce }: Pick<Step, 'nonce'>, changeId: number): string {
  return `${nonce}-dial.${changeId}`;
}

/** Whether an attempt id is that of a dialled call, and not of a create attempt. */
export function isDialId(attemptId: string): boolean {
  return attemptId.includes('-dial.');
}

/** A key that no object has by nature, whatever id (`__proto__`, `constructor`) a platform sends. */
export function memberKey(memberId: string): string {
  return `member ${memberId}`;
}
