import { markdownLine } from '../catapult/outside-text.ts';
import { wireTime, type Member } from '../catapult/resources.ts';
import { eventName } from '../catapult/events.ts';
import { MAX_SHOWN_DELIVERIES, MAX_SHOWN_ERROR_CHARACTERS, MAX_SHOWN_PEOPLE } from './budget.ts';
import { acceptedBy, nextTryAt } from './outbox/outbox.ts';
import { changeName, type Change } from './state/changes.ts';
import { deadlinesOf, deadlineSummaries } from './state/deadlines.ts';
import { recordOf } from './state/event-log.ts';
import type { Lane, WaitingEvent } from './state/outbox.ts';
import type { ConferenceState, Participant } from './state/state.ts';

/*
 * What the Temporal UI shows of a running conference, in Markdown: who is in it, what of its events has not reached its customer, and what comes
 * next. In words for whoever is called at night: what is as it should be is told in a word.
 */

/** The story of a conference as it stands. */
export function storyOf(state: ConferenceState): string {
  const parts = [headOf(state), peopleOf(state), changesOf(state), eventsOf(state), failingOf(state), nextOf(state)];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headOf({ phase, reason, error, activeMembers, platformId, timing, settings }: ConferenceState): string {
  const members = activeMembers === 1 ? '1 member' : `${activeMembers} members`;
  const since = timing.openedAt === undefined ? [] : `on the platform since ${clock(timing.openedAt)}`;
  const head = [
    `**${phase}**${reason === undefined ? '' : ` (${reason})`}`,
    phase === 'scheduled' ? `starts ${markdownLine(settings.startAt ?? '')}` : members,
    since,
    platformId === undefined ? [] : `there called ${markdownLine(platformId)}`,
  ];
  const why = error === undefined ? '' : `\n\n${error.status} ${error.code}: ${shown(error.message)}`;
  return head.flat().join(' · ') + why;
}

function peopleOf({ participants, members, calls }: ConferenceState): string {
  const invited = new Set(participants.flatMap(({ memberId }) => memberId ?? []));
  const others = Object.values(members).filter(({ id }) => !invited.has(id));
  const memberOf = ({ memberId }: Participant) =>
    Object.values(members).find(({ id }) => memberId !== undefined && id === memberId);
  const rows = [
    ...participants.map((one) => [nameOf(one), standingOf(one), flagsOf(memberOf(one)), attemptsOf(one)]),
    // Who is there goes before who has left.
    ...[...others.filter(isThere), ...others.filter((one) => !isThere(one))].map((one) => [
      memberName(calls, one),
      isThere(one) ? 'joined' : 'left',
      flagsOf(one),
      '',
    ]),
  ];
  return tableOf(['Who', 'Is', '', 'Calls'], rows, MAX_SHOWN_PEOPLE);
}

function nameOf({ request: { to, tag } }: Participant): string {
  return tag === undefined ? markdownLine(to) : `${markdownLine(tag, 40)} (${markdownLine(to)})`;
}

/** By the number that was dialled; of who has called in, the platform does not tell it. */
function memberName(calls: ConferenceState['calls'], { id, callId }: Member): string {
  const call = callId === undefined ? undefined : Object.values(calls).find((one) => one.callId === callId);
  return call?.to === undefined ? `member ${markdownLine(id)}` : markdownLine(call.to);
}

/** What a change is, with whom it concerns by the name that people know. */
export function changeInWords(state: ConferenceState, change: Change): string {
  const words = markdownLine(changeName(change), 200);
  const memberId = change.kind === 'member' || change.kind === 'audio' ? change.memberId : undefined;
  if (memberId === undefined) return words;
  const participant = state.participants.find((one) => one.memberId === memberId);
  const member = Object.values(state.members).find(({ id }) => id === memberId);
  if (participant !== undefined) return words.replace(`member ${markdownLine(memberId)}`, () => nameOf(participant));
  return member === undefined
    ? words
    : words.replace(`member ${markdownLine(memberId)}`, () => memberName(state.calls, member));
}

function standingOf({ status, reason, dueAt }: Participant): string {
  if (status === 'failed') return `not reached: ${markdownLine(reason ?? '')}`;
  if (status === 'dialing') return 'is being dialled';
  if (status !== 'waiting') return status;
  return dueAt === undefined ? 'is dialled when the conference is there' : `is dialled again at ${clock(dueAt)}`;
}

function attemptsOf({ attempts, reason, status, request: { maxAttempts } }: Participant): string {
  const last = status === 'waiting' && reason !== undefined ? `, last: ${markdownLine(reason)}` : '';
  return attempts === 0 ? '' : `${attempts} of ${maxAttempts}${last}`;
}

function isThere({ state }: Member): boolean {
  return state === 'active';
}

function flagsOf(member: Member | undefined): string {
  if (member === undefined || !isThere(member)) return '';
  return [member.mute ? 'muted' : [], member.hold ? 'on hold' : []].flat().join(', ');
}

function changesOf(state: ConferenceState): string {
  const { changes, watch } = state;
  const words = { waiting: 'waits for its turn', running: 'under way', lost: 'no answer yet', ending: 'under way' };
  const open = changes.open.map(({ change, status }) => `- ${changeInWords(state, change)}: ${words[status]}`);
  const reading = watch.reading === undefined ? [] : ['- comparing with the platform: under way'];
  return [...open.slice(0, MAX_SHOWN_DELIVERIES), ...reading].join('\n');
}

function eventsOf({ outbox, watch }: ConferenceState): string {
  const waiting = Object.values(outbox.lanes).reduce((sum, lane) => sum + lane.waiting.length, 0);
  const dead = outbox.deadLetters.length;
  return [
    `Events: ${acceptedBy(outbox)}`,
    watch.madeUp === 0 ? [] : `${watch.madeUp} of them found by asking the platform`,
    waiting === 0 ? [] : `${waiting} on their way to the customer`,
    dead === 0 ? [] : `${dead} given up (dead letters)`,
  ]
    .flat()
    .join(', ');
}

/** The lanes whose latest delivery failed: what it was, what was answered, and what becomes of it. */
function failingOf({ outbox }: ConferenceState): string {
  const rows = Object.values(outbox.lanes).flatMap((lane) => {
    const event = triedLast(lane);
    if (event === undefined || lane.lastError === undefined) return [];
    const record = recordOf(outbox.log, event.sequence);
    const what = `${event.sequence}${record === undefined ? '' : `, ${markdownLine(eventName(record.event))}`}`;
    const next = nextTryAt(lane);
    return [
      [
        what,
        shown(lane.lastError),
        next === undefined || next === 0 ? 'now' : clock(next),
        dayAndClock(event.since + outbox.retryWindowMs),
        String(lane.waiting.length - 1),
      ],
    ];
  });
  const heads = ['Event not delivered yet', 'Last answer', 'Next try', 'Given up', 'Wait behind it'];
  return tableOf(heads, rows, MAX_SHOWN_DELIVERIES);
}

function triedLast({ waiting, lastTried }: Lane): WaitingEvent | undefined {
  return waiting.find(({ sequence }) => sequence === lastTried) ?? waiting[0];
}

function nextOf({ deadlines }: ConferenceState): string {
  const rows = deadlinesOf(deadlines).map(([name, at]) => [dayAndClock(at), deadlineSummaries[name]]);
  return tableOf(['At the latest', 'Happens'], rows, rows.length);
}

function shown(text: string): string {
  return markdownLine(text, MAX_SHOWN_ERROR_CHARACTERS);
}

/** Rows as a table; beyond so many only how many more there are. */
function tableOf(heads: string[], rows: string[][], most: number): string {
  if (rows.length === 0) return '';
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const more = rows.length > most ? [line([`and ${rows.length - most} more`, ...heads.slice(1).map(() => '')])] : [];
  return [line(heads), line(heads.map(() => '---')), ...rows.slice(0, most).map(line), ...more].join('\n');
}

/** A time of the day, by UTC. */
function clock(at: number): string {
  return `${wireTime(at).slice(11, 19)} UTC`;
}

function dayAndClock(at: number): string {
  return `${wireTime(at).slice(0, 10)} ${clock(at)}`;
}
