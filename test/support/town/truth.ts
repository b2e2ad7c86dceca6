import { saidBy, type CallbackEvent } from '../../../src/catapult/events.ts';
import type { OurConference } from './count.ts';
import { madeFor, type PlatformCall, type PlatformConference, type Sent } from '../controls.ts';

/* What really happened: which conference of the platform is ours, and the events that happened in it. */

/** An event of the platform, once, however often it was sent. */
export interface Generated {
  event: CallbackEvent;
  /** Epoch milliseconds. */
  at: number;
  /** Whether one of its requests was answered 200. */
  answered: boolean;
  /** How often it may come to the customer: a repetition on the same URL of an event without state cannot be told. */
  mayCome: number;
}

/** The platform’s conference that became ours; other create attempts may have made more. */
export function adoptedOf(
  platform: PlatformConference[],
  { conferenceId, phase }: OurConference,
): PlatformConference | undefined {
  if (phase === 'failed' || phase === 'cancelled') return undefined;
  const made = madeFor(conferenceId, platform);
  // People come to the adopted one only; where nobody came, all look the same.
  return made.toSorted((a, b) => b.members.length - a.members.length)[0];
}

/** All events of a conference and of the calls that were dialled into it. */
export function generatedOf(conference: PlatformConference, calls: PlatformCall[]): Generated[] {
  const ofCalls = calls.filter(({ conferenceId }) => conferenceId === conference.id);
  return [conference, ...ofCalls].flatMap(({ callbacks }) => once(callbacks));
}

function once(callbacks: Sent[]): Generated[] {
  const numbers = [...new Set(callbacks.map(({ number }) => number))].sort((a, b) => a - b);
  return numbers.flatMap((wanted) => {
    const copies = callbacks.filter(({ number }) => number === wanted);
    const [first] = copies;
    if (first === undefined) return [];
    const sentTo = (wanted: string) =>
      copies.filter(({ attempts }) => attempts.some(({ url }) => url === wanted)).length;
    return {
      event: saidBy(first.event),
      at: Date.parse(first.at),
      answered: copies.some(({ attempts }) => attempts.some(({ ok }) => ok)),
      mayCome: hasState(saidBy(first.event)) ? 1 : Math.max(1, sentTo('callbackUrl'), sentTo('fallbackUrl')),
    };
  });
}

function hasState({ eventType }: CallbackEvent): boolean {
  return ['conference', 'conference-member', 'answer', 'hangup', 'timeout'].includes(eventType);
}

/** What must agree for two events to be one to the customer: type, ids, state or status, and the values. */
const COMPARED = ['status', 'state', 'memberId', 'callId', 'mute', 'hold', 'dtmfDigit', 'cause'] as const;

export function keyOf(event: CallbackEvent): string {
  const values = COMPARED.filter((field) => event[field] !== undefined).map(
    (field) => `${field} ${String(event[field])}`,
  );
  return [event.eventType, ...values].join(', ');
}
