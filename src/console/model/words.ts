import type { EventResource } from '../../catapult/resource-schemas.ts';

/* What people read of events, steps and timers. */

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

/** What an event tells, in a few words. */
export function eventInWords({ body }: Pick<EventResource, 'body'>): string {
  const told: Record<string, unknown> = body;
  const say = (name: string) => text(told[name]);
  switch (body.eventType) {
    case 'conference':
      return `conference ${say('status')}${say('reason') === '' ? '' : ` (${say('reason')})`}`;
    case 'conference-member':
      return memberInWords(told);
    case 'conference-participant':
      return `participant ${say('to')} ${say('status')}${say('reason') === '' ? '' : `: ${say('reason')}`}`;
    case 'conference-playback':
      return `playback ${say('status')}`;
    case 'conference-speak':
      return `speaking ${say('status')}`;
    case 'dtmf':
      return `key ${say('dtmfDigit')}`;
    case 'answer':
      return `call answered${toWhom(say('to'))}`;
    case 'timeout':
      return `call not answered${toWhom(say('to'))}`;
    case 'hangup':
      return `call ended${toWhom(say('to'))}${say('cause') === '' ? '' : ` (${say('cause')})`}`;
    default:
      return body.eventType;
  }
}

function toWhom(to: string): string {
  return to === '' ? '' : `: ${to}`;
}

function memberInWords(told: Record<string, unknown>): string {
  const id = short(text(told['memberId']));
  const who = id.startsWith('member') ? id : `member ${id}`;
  if (told['state'] === 'completed') return `${who} left`;
  const settings = [told['mute'] === true ? 'muted' : '', told['hold'] === true ? 'on hold' : ''].filter(Boolean);
  return `${who} ${settings.length > 0 ? settings.join(', ') : 'is in'}`;
}

/** The beginning of an id, by which people tell it from others. */
export function short(id: string): string {
  return id.length > 14 ? `${id.slice(0, 13)}…` : id;
}

/** A text with its long ids shortened, as events show them. */
export function withShortIds(words: string): string {
  return words.replace(/\b\w+-[\da-z-]{12,}/g, short).replace(/\bmember (?=member-)/g, '');
}

/** What is due at a timer. */
export function timerInWords(timer: string): string {
  const words: Record<string, string> = {
    start: 'the conference begins',
    reminder: 'a reminder is sent',
    participants: 'the next participant is dialled, or a call is given up',
    'no-show': 'it ends, unless somebody has joined',
    alone: 'it ends, unless a second member has joined',
    'max-duration-warning': 'the members are warned of its end',
    'max-duration': 'it ends: maxDuration is over',
  };
  return words[timer] ?? timer;
}

/** What the state of an event means. */
export const stateInWords: Record<EventResource['state'], string> = {
  waiting: 'waits to be delivered',
  delivered: 'delivered',
  dead: 'given up: a dead letter',
  recorded: 'recorded only: there is no URL for it',
};
