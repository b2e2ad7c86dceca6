import type { CreateConferenceRequest } from '../../src/catapult/requests.ts';
import { isUnderLease } from '../../src/conference/outbox/lease.ts';
import { nextBatch } from '../../src/conference/outbox/outbox.ts';
import type { ChangeAnswer } from '../../src/conference/state/changes.ts';
import type { Context, Effect } from '../../src/conference/state/effects.ts';
import type { LoggedEvent } from '../../src/conference/state/event-log.ts';
import type { Input } from '../../src/conference/state/inputs.ts';
import type { FirstHolder } from '../../src/conference/state/lease.ts';
import type { DeliveryBatch } from '../../src/conference/state/outbox.ts';
import { initialState, type ConferenceState } from '../../src/conference/state/state.ts';
import { reduceCopy } from './conference-reduce.ts';
import { CONFERENCE, CUSTOMER, SETTINGS, START, USER } from './conference-world-events.ts';
import type { PlatformRun } from './conference-world-runs.ts';

/* Interprets effects as conference.ts does, without a server. What happens next is said by the world around it (conference-world.ts). */

/** One input taken by the rules, and what came of it. */
export interface Taken {
  before: ConferenceState;
  input: Input;
  context: Context;
  after: ConferenceState;
  effects: Effect[];
  /** Who got which answer. */
  answered: { requester: string; answer: ChangeAnswer }[];
}

/** The rules at work: takes inputs, keeps what came of each, and holds what is under way because of it. */
export class Interpreter {
  state: ConferenceState;
  now = START;
  /** The create activity: it runs, or has been told to stop, or has ended. */
  creating: 'not yet' | 'running' | 'told to stop' | 'ended' = 'not yet';
  /** Whether the platform is being asked what it knows. */
  isReading = false;
  readonly openOrders: string[] = [];
  /** Those who wait from outside, and are being told. */
  readonly beingTold: string[] = [];
  readonly runs: PlatformRun[] = [];
  readonly deliveries = new Map<string, DeliveryBatch>();
  readonly taken: Taken[] = [];
  readonly accepted: (LoggedEvent & { lane: string })[] = [];
  readonly delivered: (LoggedEvent & { lane: string })[] = [];
  /** Whether every delivery goes well. */
  readonly isFaultless: boolean;

  constructor(
    settings: Partial<CreateConferenceRequest> = { callbackUrl: CUSTOMER },
    isFaultless = false,
    holder?: FirstHolder,
  ) {
    this.isFaultless = isFaultless;
    this.state = initialState({ ...SETTINGS, ...settings }, START, { holder });
    this.take({ type: 'opened' });
  }

  take(input: Input): Effect[] {
    const before = this.state;
    const context = { userId: USER, conferenceId: CONFERENCE, now: this.now, nonce: 'run' };
    const { state: after, effects } = reduceCopy(before, input, context);
    const known = new Set(before.changes.answers.map(({ requester }) => requester));
    const news = after.changes.answers.filter(({ requester }) => !known.has(requester));
    const answered = news.map(({ requester, answer }) => ({ requester, answer }));
    this.taken.push({ before, input, context, after, effects, answered });
    this.state = after;
    const fresh = after.outbox.log.accepted.slice(before.outbox.log.accepted.length);
    this.accepted.push(...fresh.flatMap((event) => (event.lane === undefined ? [] : [{ ...event, lane: event.lane }])));
    for (const effect of effects) this.perform(effect);
    this.startDeliveries();
    return effects;
  }

  private perform(effect: Effect): void {
    if (effect.type === 'create') this.creating = 'running';
    if (effect.type === 'stop-creating' && this.creating === 'running') this.creating = 'told to stop';
    if (effect.type === 'complete') this.openOrders.push(effect.platformId);
    if (effect.type === 'notify-watcher') this.beingTold.push(effect.id);
    if (effect.type === 'run-change') this.startRun(effect.id);
    if (effect.type === 'read-platform') this.isReading = true;
  }

  private startRun(id: number): void {
    const open = this.state.changes.open.find((change) => change.id === id);
    if (open === undefined) throw new Error(`change ${id} is to run, and is not open`);
    this.runs.push({ id, change: open.change, key: open.key, startedAt: this.now, isShown: false });
  }

  private startDeliveries(): void {
    for (const lane of Object.keys(this.state.outbox.lanes)) {
      const isOthers = this.deliveries.has(lane) || isUnderLease(this.state, lane);
      const batch = isOthers ? undefined : nextBatch(this.state.outbox, lane, this.now);
      if (batch !== undefined) this.deliveries.set(lane, batch);
    }
  }

  /** The answers that somebody got, in order: there is to be one. */
  answersTo(requester: string): ChangeAnswer[] {
    return this.answers.flatMap((given) => (given.requester === requester ? [given.answer] : []));
  }

  /** All answers that anybody got. */
  get answers(): Taken['answered'] {
    return this.taken.flatMap(({ answered }) => answered);
  }

  /** The platform calls under way. */
  get underWay(): PlatformRun[] {
    return this.runs.filter(({ outcome }) => outcome === undefined);
  }

  /** The latest change that was given to the platform. */
  get lastRun(): PlatformRun {
    const run = this.runs.at(-1);
    if (run === undefined) throw new Error('nothing was given to the platform');
    return run;
  }

  /** The effects of one type so far. */
  effects<Type extends Effect['type']>(type: Type): Extract<Effect, { type: Type }>[] {
    const all = this.taken.flatMap(({ effects }) => effects);
    return all.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type);
  }
}
