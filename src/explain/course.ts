import type { WhatIf } from '../catapult/explaining-resources.ts';
import { present } from '../catapult/present.ts';
import { exactTime, wireTime } from '../catapult/resources.ts';
import { reduce } from '../conference/reduce.ts';
import { deadlinesOf } from '../conference/state/deadlines.ts';
import type { Effect } from '../conference/state/effects.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { Input, PlatformReading } from '../conference/state/inputs.ts';
import { isClosed, type ConferenceState } from '../conference/state/state.ts';
import type { Taken } from './replay.ts';

/** Changes that only this course asks for are numbered from here, so that those of the history keep their numbers. */
const OWN_CHANGES_FROM = 1e9;

/** Timers that come again and again while nothing happens, and the end of the search for something to come. */
const IDLE: ReadonlySet<string> = new Set(['silence', 'reconcile', 'lease']);
const MAX_STEPS_ALONE = 1_000;

/** Nothing follows from these for the course of a conference: its events are taken to be delivered at once. */
export const isAboutDeliveries = ({ type }: Input): boolean => type === 'delivery-settled' || type === 'redeliver';

const CREATED: Input = { type: 'creation-succeeded', platformId: 'assumed', attemptId: 'assumed' };

/** The course of a conference that no workflow runs: what is not in a history is assumed. */
export class Course {
  state: ConferenceState;
  readonly told: { at: number; says: string }[] = [];
  /** When it was over. */
  endAt: number | undefined;
  hasAssumed = false;
  hasGoneOn = false;
  /** The platform's answer is not in the history yet. */
  isCreationAssumed = false;
  private readonly ids: ConferenceIds;
  private phase: string;
  private ownChanges = 0;

  constructor(state: ConferenceState, ids: ConferenceIds) {
    this.state = state;
    this.ids = ids;
    this.phase = state.phase;
  }

  /** What it has come to, and why. */
  get inShort(): WhatIf['was'] {
    const { phase, reason } = this.state;
    return present({ phase, reason, endTime: this.endAt === undefined ? undefined : exactTime(this.endAt) });
  }

  /** Notes what a step has told. */
  note(at: number, effects: readonly Effect[], state = this.state): void {
    for (const effect of effects) if (effect.type === 'log') this.told.push({ at, says: effect.message });
    if (state.phase !== this.phase) this.told.push({ at, says: `${this.phase} → ${state.phase}` });
    this.phase = state.phase;
    if (isClosed(state)) this.endAt ??= at;
  }

  /** Takes what is in the history; what was asked for there has its answer there. */
  takeWith({ at, input, nonce, effects, before }: Taken): void {
    if (isAboutDeliveries(input)) return;
    this.state.changes.nextId = before.nextChangeId;
    this.step(structuredClone(input), at, nonce, effects);
  }

  /** Takes what is in no history. */
  takeAlone(input: Input, at: number): void {
    this.state.changes.nextId = OWN_CHANGES_FROM + this.ownChanges;
    this.step(input, at, '', []);
    this.ownChanges = Math.max(this.ownChanges, this.state.changes.nextId - OWN_CHANGES_FROM);
  }

  /** Goes on by its timers alone, until it is over or waits for nothing more. */
  goOn(from: number): void {
    this.hasGoneOn = true;
    if (this.state.phase === 'creating') this.assumeCreation(from);
    let now = from;
    for (let steps = 0; steps < MAX_STEPS_ALONE && !isClosed(this.state); steps += 1) {
      const [next] = deadlinesOf(this.state.deadlines).filter(([name]) => !IDLE.has(name));
      if (next === undefined) return;
      now = Math.max(now, next[1]);
      this.takeAlone({ type: 'clock' }, now);
    }
  }

  private assumeCreation(at: number): void {
    this.isCreationAssumed = true;
    this.takeAlone(CREATED, at);
  }

  private step(input: Input, at: number, nonce: string, answered: readonly Effect[]): void {
    const inputs = [input];
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      const effects = reduce(this.state, next, { ...this.ids, now: at, nonce });
      this.note(at, effects);
      const own = effects.filter((effect) => !answered.some((other) => isSame(effect, other)));
      const assumed = own.flatMap((effect) => assumedAnswer(effect, this.state, at));
      if (assumed.length > 0) this.hasAssumed = true;
      inputs.push(...assumed);
    }
    this.deliver(at);
  }

  /** Nobody waits for its customer. */
  private deliver(at: number): void {
    for (const [lane, { waiting }] of Object.entries(this.state.outbox.lanes)) {
      if (waiting.length === 0) continue;
      const about = { at, url: 'callbackUrl', ok: true, result: '200', milliseconds: 0 } as const;
      const result = { attempts: waiting.map(({ sequence }) => ({ sequence, ...about })) };
      reduce(this.state, { type: 'delivery-settled', lane, result }, { ...this.ids, now: at, nonce: '' });
    }
  }
}

function isSame(one: Effect, other: Effect): boolean {
  if (one.type === 'run-change') return other.type === one.type && other.id === one.id;
  if (one.type === 'complete') return other.type === one.type && other.platformId === one.platformId;
  return one.type === other.type;
}

/** What follows from an effect where no history tells it. */
function assumedAnswer(effect: Effect, state: ConferenceState, at: number): Input[] {
  switch (effect.type) {
    case 'create':
      return [CREATED];
    case 'stop-creating':
      return [{ type: 'creation-stopped' }];
    case 'complete':
      return [
        { type: 'platform-completed', platformId: effect.platformId },
        ...(effect.platformId === state.platformId ? [completedEvent(state, effect.platformId, at)] : []),
      ];
    case 'run-change':
      return [{ type: 'change-settled', id: effect.id, outcome: { outcome: 'done' } }];
    case 'read-platform':
      return [{ type: 'platform-read', reading: asKnown(state) }];
    case 'recall-lease':
      return [{ type: 'lease-recalled', epoch: effect.epoch, isBack: true }];
    case 'notify-watcher':
      return [{ type: 'watcher-notified', id: effect.id }];
    case 'restart-delivery':
    case 'log':
    case 'measure':
      return [];
  }
}

/** As the platform tells of an end. */
function completedEvent({ createAttempts, createdTime }: ConferenceState, platformId: string, at: number): Input {
  const attemptId = Object.entries(createAttempts).find(([, made]) => made === platformId)?.[0] ?? 'assumed';
  const times = present({ createdTime, completedTime: wireTime(at) });
  const event = { eventType: 'conference', status: 'completed', conferenceId: platformId, ...times };
  const receipt = { sequence: 1, arrivedAt: at, channel: 'primary', attemptId, digest: 'assumed', event } as const;
  return { type: 'callbacks', batch: { opening: 'assumed', receipts: [receipt] } };
}

/** The platform knows what its callbacks have told. */
function asKnown({ activeMembers, createdTime, members }: ConferenceState): PlatformReading {
  return {
    outcome: 'read',
    conference: { state: activeMembers > 0 ? 'active' : 'created', ...present({ createdTime }) },
    members: Object.values(members).map(({ callId, ...member }) => ({ ...member, callId })),
  };
}
