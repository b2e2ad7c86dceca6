import type { Step } from './effects.ts';

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

/** `evt-{the conference's id}-{sequence}`: the `webhook-id` of an event. */
export function eventIdOf(conferenceId: string, sequence: number): string {
  return `evt-${conferenceId.replace(/^conf-/, '')}-${sequence}`;
}

/** The sequence in an event's id; undefined if it is none of this conference's. */
export function sequenceOf(eventId: string, conferenceId: string): number | undefined {
  const sequence = /-([1-9]\d{0,14})$/.exec(eventId)?.[1];
  return sequence !== undefined && eventIdOf(conferenceId, Number(sequence)) === eventId ? Number(sequence) : undefined;
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
