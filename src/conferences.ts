import type { Conference, EventResource, ListedConference, Member } from './catapult/resources.ts';

/* Conferences and their events in words, for people at a terminal. */

/** A conference in a line. */
export function inLine({ id, phase, startTime, from, activeMembers, deadLetters, tag }: ListedConference): string {
  const dead = deadLetters === 0 ? '' : `, ${counted(deadLetters, 'dead letter')}`;
  const begins = startTime === undefined ? '' : `  ${startTime}`;
  return `${id}  ${phase.padEnd(10)}${begins}  ${from}  ${counted(activeMembers, 'member')}${dead}  ${oneLine(tag)}`.trimEnd();
}

/** A conference with who is in it, and what it waits for. */
export function inFull(conference: Conference, members: readonly Member[]): string {
  const { id, from, tag, reason, error, scheduledFor, createdTime, completedTime, participants = [] } = conference;
  const { phase = conference.state, nextTimers = [] } = conference;
  const times = [
    ['scheduled for', scheduledFor],
    ['created', createdTime],
    ['completed', completedTime],
  ] as const;
  return [
    `${id}  ${phase}${reason === undefined ? '' : ` (${reason})`}  ${from}  ${oneLine(tag)}`.trimEnd(),
    ...(error === undefined ? [] : [`  ${error.code}: ${oneLine(error.message)}`]),
    ...times.flatMap(([what, time]) => (time === undefined ? [] : [`  ${what} ${time}`])),
    ...members.map(memberInLine),
    ...participants.map(
      ({ to, status, attempts, reason: why }) =>
        `  participant ${to}  ${status}  ${counted(attempts, 'attempt')}${why === undefined ? '' : `, ${why}`}`,
    ),
    ...nextTimers.map(({ timer, time }) => `  next: ${timer} at ${time}`),
  ].join('\n');
}

function memberInLine({ id, state, mute, hold, addedTime, removedTime }: Member): string {
  const how = [...(mute ? ['muted'] : []), ...(hold ? ['held'] : [])];
  const when = removedTime === undefined ? `since ${addedTime ?? '?'}` : `left ${removedTime}`;
  return `  member ${id}  ${[state, ...how].join(', ')}  ${when}`;
}

/** An event in a line: what it tells, and what has become of it. */
export function eventInLine({ sequence, acceptedTime, body, state, source, attempts, nextTryTime }: EventResource) {
  const { eventType, status, state: memberState, tag: _none, ...others } = body as Record<string, unknown>;
  const subject = others['memberId'] ?? others['callId'];
  const told = [eventType, memberState ?? status, subject].filter((one) => typeof one === 'string').join(' ');
  const last = attempts.at(-1);
  const tried = last === undefined ? '' : `, ${last.url} ${last.result} (${last.milliseconds} ms)`;
  const next = nextTryTime === undefined ? '' : `, next try ${nextTryTime}`;
  const made = source === 'reconciled' ? '  made up' : '';
  return `#${sequence}  ${acceptedTime}  ${oneLine(told)}${made}  ${state}${tried}${next}`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function oneLine(text = ''): string {
  return text.replace(/\s+/g, ' ');
}
