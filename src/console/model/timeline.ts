import type { Conference, EventResource } from '../../catapult/resource-schemas.ts';
import type { Step } from '../../catapult/watching-resources.ts';
import { eventInWords, timerInWords, withShortIds } from './words.ts';

/*
 * A conference as rows, one below the other in the order of time: what happened, and what is still ahead. Rows stand close however much
 * time is between them; where that is much, a row says how much.
 */

/** What kinds of rows there are; each can be left out but `now` and `idle`. */
export const kinds = ['phase', 'member', 'call', 'audio', 'change', 'platform', 'worker', 'other', 'timer'] as const;
export type Kind = (typeof kinds)[number];

/** How a row looks: all is well, something failed, something waits or goes on, or nothing to say of that. */
export type Tone = 'good' | 'bad' | 'waits' | 'plain';

export interface Row {
  key: string;
  kind: Kind | 'now' | 'idle';
  /** Epoch milliseconds. */
  at: number;
  text: string;
  tone: Tone;
  /** More in small print. */
  detail?: string | undefined;
  event?: EventResource;
  /** Of an idle row: until when nothing happened. */
  until?: number;
}

export interface Story {
  conference: Conference | undefined;
  events: readonly EventResource[];
  steps: readonly Step[];
  now: number;
}

/** After so long a pause a row says how long nothing happened (ms). */
export const IDLE_MS = 60_000;

/** The rows of these kinds, oldest first; what is ahead of now stands below it. */
export function rowsOf({ conference, events, steps, now }: Story, wanted: ReadonlySet<Kind>): Row[] {
  const past = [...events.map(knownRowOf), ...steps.flatMap(rowOfStep)].filter(({ kind }) => isWanted(kind, wanted));
  past.sort((a, b) => a.at - b.at);
  const isOver = ['completed', 'failed', 'cancelled', 'terminated'].includes(conference?.phase ?? '');
  const ahead =
    isOver && events.every(({ state }) => state !== 'waiting') ? [] : aheadOf({ conference, events, now }, wanted);
  const isDone = isOver && ahead.length === 0;
  return withIdle([...past, ...(isDone ? [] : [nowRow(now)]), ...ahead]);
}

function isWanted(kind: Row['kind'], wanted: ReadonlySet<Kind>): boolean {
  return kind === 'now' || kind === 'idle' || wanted.has(kind);
}

function nowRow(now: number): Row {
  return { key: 'now', kind: 'now', at: now, text: 'now', tone: 'plain' };
}

const toneOfState: Record<EventResource['state'], Tone> = {
  delivered: 'good',
  dead: 'bad',
  waiting: 'waits',
  recorded: 'plain',
};

/** An event that has not changed has the same row: of 20,000 few change at a time. */
const known = new WeakMap<EventResource, Row>();

function knownRowOf(event: EventResource): Row {
  const row = known.get(event) ?? rowOfEvent(event);
  known.set(event, row);
  return row;
}

function rowOfEvent(event: EventResource): Row {
  const isFailing = event.state === 'waiting' && event.attempts.some(({ ok }) => !ok);
  const madeUp = event.source === 'reconciled' ? 'made up from the platform’s state' : '';
  const detail = [madeUp, lastOf(event)].filter(Boolean).join(' · ');
  return {
    key: `e${event.sequence}`,
    kind: kindOfEvent(event.body.eventType),
    at: Date.parse(event.acceptedTime),
    text: eventInWords(event),
    tone: isFailing ? 'bad' : toneOfState[event.state],
    detail: detail || undefined,
    event,
  };
}

/** What the latest request came to, unless all is well. */
function lastOf({ state, attempts }: EventResource): string {
  const last = attempts.at(-1);
  if (last === undefined || (last.ok && attempts.length === 1)) return '';
  const times = attempts.length === 1 ? '' : ` after ${attempts.length} requests`;
  return `${state === 'delivered' ? 'delivered' : last.result}${times}`;
}

function kindOfEvent(eventType: string): Kind {
  if (eventType === 'conference') return 'phase';
  if (eventType === 'conference-member') return 'member';
  if (['answer', 'timeout', 'hangup', 'conference-participant'].includes(eventType)) return 'call';
  return ['conference-playback', 'conference-speak', 'dtmf'].includes(eventType) ? 'audio' : 'other';
}

const toneOfStep: Record<Step['state'], Tone> = { done: 'plain', failed: 'bad', running: 'waits' };
const wordOfStep: Record<Step['state'], string> = { done: '', failed: 'failed', running: 'goes on' };

function rowOfStep({ id, kind, does, time, endTime, state, attempts = 1, error }: Step): Row[] {
  const shown = { run: 'other', phase: 'phase', change: 'change', platform: 'platform', delivery: 'worker' } as const;
  // A request that another try follows is as good as failed, while it does.
  const tone = state === 'running' && error !== undefined ? 'bad' : toneOfStep[state];
  const took = endTime === undefined ? '' : `${Date.parse(endTime) - Date.parse(time)} ms`;
  const tries = attempts > 1 ? `${attempts} tries` : '';
  const detail = [wordOfStep[state], tries, error ?? '', took].filter(Boolean).join(' · ');
  const words = withShortIds(does);
  const text = kind === 'phase' ? `phase: ${words}` : kind === 'platform' ? `to the platform: ${words}` : words;
  return [{ key: `s${id}`, kind: shown[kind], at: Date.parse(time), text, tone, detail: detail || undefined }];
}

function aheadOf({ conference, events, now }: Omit<Story, 'steps'>, wanted: ReadonlySet<Kind>): Row[] {
  if (!wanted.has('timer')) return [];
  const timers = (conference?.nextTimers ?? []).map(({ timer, time }): Row => {
    return { key: `t${timer}`, kind: 'timer', at: Date.parse(time), text: timerInWords(timer), tone: 'waits' };
  });
  return [...timers, ...triesOf(events, now)].sort((a, b) => a.at - b.at);
}

/** When events are sent; what waits behind another one has its turn with that, and no row. */
function triesOf(events: readonly EventResource[], now: number): Row[] {
  const byTime = new Map<number, EventResource[]>();
  for (const event of events) {
    const at = Date.parse(event.nextTryTime ?? '');
    if (at >= now) byTime.set(at, [...(byTime.get(at) ?? []), event]);
  }
  return [...byTime].flatMap(([at, all]) => {
    const tried = all.filter(({ attempts }) => attempts.length > 0);
    const first = tried.length > 0 ? tried : all.slice(0, 1);
    const behind = all.length - first.length;
    return first.map(({ sequence, attempts }, index): Row => {
      const waits = behind > 0 && index === first.length - 1 ? `, then ${behind} behind it` : '';
      const text = `event ${sequence} is ${attempts.length > 0 ? 'tried again' : 'sent'}${waits}`;
      return { key: `n${sequence}`, kind: 'timer', at, text, tone: 'waits' };
    });
  });
}

function withIdle(rows: readonly Row[]): Row[] {
  return rows.flatMap((row, index) => {
    const before = rows[index - 1];
    if (before === undefined || row.at - before.at < IDLE_MS) return [row];
    const idle: Row = {
      ...{ key: `i${before.key}`, kind: 'idle', at: before.at, until: row.at },
      ...{ text: '', tone: 'plain' },
    };
    return [idle, row];
  });
}

/** The phases that a conference has gone through, each with when it began, and the reason of its end. */
export function phasesOf(steps: readonly Step[]): { phase: string; time: string }[] {
  const all = steps.filter(({ kind }) => kind === 'phase').map(({ does, time }) => ({ phase: does, time }));
  return all.filter(({ phase }, index) => all[index - 1]?.phase !== phase);
}
