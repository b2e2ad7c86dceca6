import fc from 'fast-check';
import { catapultError } from '../../src/catapult/errors.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { CreateConferenceRequest, UpdateConferenceRequest } from '../../src/catapult/requests.ts';
import { wireTime } from '../../src/catapult/resources.ts';
import { reduce } from '../../src/workflows/lifecycle.ts';
import { nextBatch, nextTryAt, type Batch, type WaitingEvent } from '../../src/workflows/outbox.ts';
import type { Channel } from '../../src/workflows/repetition.ts';
import {
  deadlinesOf,
  initialState,
  type CallbackBatch,
  type ConferenceState,
  type Context,
  type Effect,
  type Input,
  type Receipt,
} from '../../src/workflows/state.ts';

/*
 * A world around the rules: a platform that makes conferences, loses answers and sends events; gateways that hand them
 * on, sometimes twice; a customer; a clock. It interprets effects as conference.ts does, without a server.
 */

export const START = Date.UTC(2026, 0, 1);
export const USER = 'u-1';
export const CONFERENCE = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
export const REFUSAL = catapultError('validation-error', 'from: is no number of this account.').wire;
export const SILENCE = catapultError('gateway-unavailable', 'The platform did not answer within 300 s.').wire;

const SETTINGS: CreateConferenceRequest = {
  from: '+19195551234',
  callbackHttpMethod: 'POST',
  callbackTimeout: 10_000,
  profile: 'interpret_digits',
};
export const CUSTOMER = 'https://customer.example/events';

/** The id that the platform gives to what create attempt n makes. */
export const platformId = (attempt: number) => `platform-${attempt}`;

/** One input taken by the rules, and what came of it. */
export interface Taken {
  before: ConferenceState;
  input: Input;
  context: Context;
  after: ConferenceState;
  effects: Effect[];
}

export class World {
  state: ConferenceState;
  now = START;
  attempts = 0;
  /** The create activity: it runs, or has been told to stop, or has ended. */
  creating: 'not yet' | 'running' | 'told to stop' | 'ended' = 'not yet';
  readonly openOrders: string[] = [];
  readonly deliveries = new Map<string, Batch>();
  readonly taken: Taken[] = [];
  readonly accepted: WaitingEvent[] = [];
  readonly delivered: WaitingEvent[] = [];
  readonly batches: CallbackBatch[] = [];
  private readonly sequences = new Map<string, number>();

  constructor(settings: Partial<CreateConferenceRequest> = { callbackUrl: CUSTOMER }) {
    this.state = initialState({ ...SETTINGS, ...settings }, START);
    this.take({ type: 'opened' });
  }

  take(input: Input): Effect[] {
    const before = this.state;
    const context = { userId: USER, conferenceId: CONFERENCE, runId: 'run', now: this.now };
    const { state: after, effects } = reduce(before, input, context);
    this.taken.push({ before, input, context, after, effects });
    this.state = after;
    const waiting = Object.values(after.outbox.lanes).flatMap((lane) => lane.waiting);
    this.accepted.push(...waiting.filter(({ sequence }) => sequence >= before.outbox.nextSequence));
    for (const effect of effects) this.perform(effect);
    this.startDeliveries();
    return effects;
  }

  private perform(effect: Effect): void {
    if (effect.type === 'create') this.creating = 'running';
    if (effect.type === 'stop-creating' && this.creating === 'running') this.creating = 'told to stop';
    if (effect.type === 'complete') this.openOrders.push(effect.platformId);
  }

  private startDeliveries(): void {
    for (const lane of Object.keys(this.state.outbox.lanes)) {
      const batch = this.deliveries.has(lane) ? undefined : nextBatch(this.state.outbox, lane, this.now);
      if (batch !== undefined) this.deliveries.set(lane, batch);
    }
  }

  /** The running attempt makes a conference on the platform; with a lost answer nobody hears of it. */
  answer(isHeard: boolean): void {
    if (!this.isCreating()) return;
    const attempt = (this.attempts += 1);
    if (!isHeard) return;
    this.creating = 'ended';
    this.take({ type: 'creation-succeeded', platformId: platformId(attempt), attempt });
  }

  /** The platform refuses, or (a timeout) has never answered. */
  refuse(how: 'refusal' | 'timeout'): void {
    if (!this.isCreating()) return;
    const attempt = (this.attempts += 1);
    this.creating = 'ended';
    if (how === 'timeout') this.take({ type: 'creation-failed', error: SILENCE, final: false });
    else this.take({ type: 'creation-failed', error: REFUSAL, final: attempt === 1 });
  }

  stopped(): void {
    if (this.creating !== 'told to stop') return;
    this.creating = 'ended';
    this.take({ type: 'creation-stopped' });
  }

  private isCreating(): boolean {
    return this.creating === 'running' || this.creating === 'told to stop';
  }

  /** The attempt on whose callback URL an event comes: that of its conference, or one that nothing is known of. */
  private attemptOf({ conferenceId }: CallbackEvent): string {
    return `run.${conferenceId?.replace('platform-', '') ?? 'unknown'}`;
  }

  /** The platform's callbacks come in at a gateway, whose next sequences they get. `resent` go before them once more. */
  callbacks(
    journal: string,
    events: { event: CallbackEvent; channel?: Channel }[],
    resent: readonly Receipt[] = [],
  ): Effect[] {
    const receipts = events.map(({ event, channel = 'primary' }): Receipt => {
      const sequence = (this.sequences.get(journal) ?? 0) + 1;
      this.sequences.set(journal, sequence);
      return { sequence, channel, attemptId: this.attemptOf(event), digest: JSON.stringify(event), event };
    });
    const batch = { journal, receipts: [...resent, ...receipts] };
    this.batches.push(batch);
    return this.take({ type: 'callbacks', batch });
  }

  /** One callback event on its own. */
  event(event: CallbackEvent, channel: Channel = 'primary'): Effect[] {
    return this.callbacks('journal-0', [{ event, channel }]);
  }

  change(fields: UpdateConferenceRequest): void {
    this.take({ type: 'change', change: { kind: 'conference', fields }, asker: 1 });
  }

  /** A delivery ends: the first events of its batch are delivered; then it is through, or failed, or was cancelled. */
  settle(delivers: number, end: 'well' | 'failed' | 'cancelled'): void {
    const [started] = this.deliveries;
    if (started === undefined) return;
    const [lane, { events }] = started;
    this.deliveries.delete(lane);
    const passed = end === 'well' ? events : events.slice(0, delivers);
    const stoppedAt = end === 'failed' ? events[passed.length] : undefined;
    this.delivered.push(...passed);
    const result = { delivered: passed.map(({ id }) => id) };
    const failed = stoppedAt === undefined ? {} : { failed: { id: stoppedAt.id, error: '500' } };
    this.take({ type: 'settled', lane, result: { ...result, ...failed } });
  }

  /** The platform confirms that a conference it was ordered to complete is complete. */
  confirm(which: number, isSaidTwice = false): void {
    const [ordered] = this.openOrders.splice(which % Math.max(this.openOrders.length, 1), 1);
    if (ordered === undefined) return;
    this.take({ type: 'platform-completed', platformId: ordered });
    if (isSaidTwice) this.take({ type: 'platform-completed', platformId: ordered });
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
  }

  /** Time passes, and then the alarm rings. */
  ringAfter(milliseconds: number): void {
    this.pass(milliseconds);
    this.take({ type: 'clock' });
  }

  /** Everything that is under way ends, every order is answered, the customer takes everything, every deadline passes. */
  comeToRest(creationEnds: 'made' | 'not made'): void {
    for (let round = 0; round < 1_000; round += 1) {
      if (this.isCreating()) this.endCreation(creationEnds);
      else if (this.openOrders.length > 0) this.confirm(0);
      else if (this.deliveries.size > 0) this.settle(0, 'well');
      else if (!this.ringNext()) return;
    }
    throw new Error('the conference does not come to rest');
  }

  private endCreation(ends: 'made' | 'not made'): void {
    if (ends === 'made') this.answer(true);
    else if (this.creating === 'told to stop') this.stopped();
    else this.refuse('timeout');
  }

  private ringNext(): boolean {
    const lanes = Object.values(this.state.outbox.lanes).flatMap((lane) => nextTryAt(lane) ?? []);
    const due = [...deadlinesOf(this.state.deadlines).map(([, at]) => at), ...lanes];
    if (due.length === 0) return false;
    this.ringAfter(Math.max(Math.min(...due) - this.now, 0));
    return true;
  }

  /** The effects of one type so far. */
  effects<Type extends Effect['type']>(type: Type): Extract<Effect, { type: Type }>[] {
    const all = this.taken.flatMap(({ effects }) => effects);
    return all.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type);
  }
}

// — events as the platform sends them —

export const created = (conferenceId: string): CallbackEvent => ({
  eventType: 'conference',
  conferenceId,
  conferenceUri: `https://platform.example/v1/users/p/conferences/${conferenceId}`,
  status: 'created',
  createdTime: '2026-01-01T00:00:01Z',
});

export const completed = (conferenceId: string): CallbackEvent => ({
  ...created(conferenceId),
  status: 'completed',
  completedTime: '2026-01-01T01:00:00Z',
});

export interface MemberFields {
  state?: 'active' | 'completed';
  mute?: boolean;
  hold?: boolean;
  /** Seconds after the start. */
  time?: number;
}

export const member = (
  conferenceId: string,
  memberId: string,
  { state = 'active', mute = false, hold = false, time = 0 }: MemberFields = {},
): CallbackEvent => ({
  eventType: 'conference-member',
  conferenceId,
  memberId,
  callId: `call-of-${memberId}`,
  activeMembers: 1,
  state,
  mute,
  hold,
  time: wireTime(START + time * 1_000),
});

export const playback = (conferenceId: string, status: string): CallbackEvent => ({
  eventType: 'conference-playback',
  conferenceId,
  status,
  time: '2026-01-01T00:02:00Z',
});

/** A digit; `press` tells one press from the next. */
export const dtmf = (press: number): CallbackEvent => ({
  eventType: 'dtmf',
  callId: 'call-1',
  dtmfDigit: String(press % 10),
  press,
});

// — random histories —

type EventPlan =
  | { kind: 'created' | 'completed' | 'playback'; conference: number; channel: Channel }
  | { kind: 'member'; conference: number; memberId: string; fields: MemberFields; channel: Channel }
  | { kind: 'dtmf'; channel: Channel }
  | { kind: 'copy'; which: number };

type Command =
  | { do: 'answer'; isHeard: boolean }
  | { do: 'refuse'; how: 'refusal' | 'timeout' }
  | { do: 'stopped' }
  | { do: 'ask' }
  | { do: 'callbacks'; journal: string; events: EventPlan[]; overlaps: boolean }
  | { do: 'resend'; which: number }
  | { do: 'change'; change: UpdateConferenceRequest }
  | { do: 'cancel' }
  | { do: 'ring' }
  | { do: 'settle'; delivers: number; end: 'well' | 'failed' | 'cancelled' }
  | { do: 'confirm'; which: number; isSaidTwice: boolean };

interface History {
  hasCallbackUrl: boolean;
  /** Whether every delivery goes well. */
  isFaultless: boolean;
  commands: { after: number; command: Command }[];
  creationEnds: 'made' | 'not made';
}

const channel = fc.constantFrom<Channel>('primary', 'fallback');
const conference = fc.constantFrom(1, 1, 1, 1, 2, 3);
const memberFields: fc.Arbitrary<MemberFields> = fc.record({
  state: fc.constantFrom('active', 'active', 'completed'),
  mute: fc.boolean(),
  hold: fc.boolean(),
  time: fc.integer({ min: 0, max: 3 }),
});
const memberId = fc.constantFrom('member-a', 'member-b');

const eventPlan: fc.Arbitrary<EventPlan> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('created' as const), conference, channel }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('completed' as const), conference, channel }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('playback' as const), conference, channel }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('member' as const),
      conference,
      memberId,
      fields: memberFields,
      channel,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('dtmf' as const), channel }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('copy' as const), which: fc.nat({ max: 9 }) }) },
);

const change: fc.Arbitrary<UpdateConferenceRequest> = fc.oneof(
  fc.constant<UpdateConferenceRequest>({ state: 'completed' }),
  fc.constant<UpdateConferenceRequest>({ callbackUrl: 'https://customer.example/other' }),
  fc.constant<UpdateConferenceRequest>({ tag: 'another tag' }),
  fc.constant<UpdateConferenceRequest>({}),
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), isHeard: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('refuse' as const),
      how: fc.constantFrom<'refusal' | 'timeout'>('refusal', 'timeout'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stopped' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ask' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('callbacks' as const),
      journal: fc.constantFrom('journal-0', 'journal-1'),
      events: fc.array(eventPlan, { minLength: 1, maxLength: 4 }),
      overlaps: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resend' as const), which: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), change }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ring' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      delivers: fc.nat({ max: 4 }),
      end: fc.constantFrom<'well' | 'failed' | 'cancelled'>('well', 'failed', 'failed', 'cancelled'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('confirm' as const),
      which: fc.nat({ max: 3 }),
      isSaidTwice: fc.boolean(),
    }),
  },
);

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const after = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, SECOND, 5 * SECOND) },
  { weight: 2, arbitrary: fc.constantFrom(10 * SECOND, 30 * SECOND, MINUTE + 1, 6 * MINUTE) },
  { weight: 1, arbitrary: fc.constantFrom(HOUR, 5 * HOUR, 24 * HOUR) },
);

/** Anything that may happen to a conference, in any order. */
export const history: fc.Arbitrary<History> = fc.record({
  hasCallbackUrl: fc.constantFrom(true, true, true, false),
  isFaultless: fc.boolean(),
  commands: fc.array(fc.record({ after, command }), { maxLength: 40, size: 'max' }),
  creationEnds: fc.constantFrom<'made' | 'not made'>('made', 'not made'),
});

/** Lives a history, to its end. */
export function live({ hasCallbackUrl, isFaultless, commands, creationEnds }: History): World {
  const world = new World(hasCallbackUrl ? { callbackUrl: CUSTOMER } : {});
  for (const { after: pause, command: next } of commands) {
    world.pass(pause);
    obey(world, next, isFaultless);
  }
  world.comeToRest(creationEnds);
  return world;
}

function obey(world: World, next: Command, isFaultless: boolean): void {
  switch (next.do) {
    case 'answer':
      return world.answer(next.isHeard);
    case 'refuse':
      return world.refuse(next.how);
    case 'stopped':
      return world.stopped();
    case 'ask':
      return void world.take({ type: 'asked' });
    case 'callbacks': {
      const earlier = world.batches.filter(({ journal }) => journal === next.journal).at(-1)?.receipts ?? [];
      const events = next.events.map((plan) => planned(world, plan));
      return void world.callbacks(next.journal, events, next.overlaps ? earlier.slice(-3) : []);
    }
    case 'resend': {
      const batch = world.batches[next.which % Math.max(world.batches.length, 1)];
      return batch && void world.take({ type: 'callbacks', batch });
    }
    case 'change':
      return world.change(next.change);
    case 'cancel':
      return void world.take({ type: 'cancel' });
    case 'ring':
      return world.ringAfter(0);
    case 'settle':
      return world.settle(next.delivers, isFaultless && next.end === 'failed' ? 'well' : next.end);
    case 'confirm':
      return world.confirm(next.which, next.isSaidTwice);
  }
}

let presses = 0;

function planned(world: World, plan: EventPlan): { event: CallbackEvent; channel: Channel } {
  switch (plan.kind) {
    case 'created':
      return { event: created(platformId(plan.conference)), channel: plan.channel };
    case 'completed':
      return { event: completed(platformId(plan.conference)), channel: plan.channel };
    case 'playback':
      return { event: playback(platformId(plan.conference), 'started'), channel: plan.channel };
    case 'member':
      return { event: member(platformId(plan.conference), plan.memberId, plan.fields), channel: plan.channel };
    case 'dtmf':
      return { event: dtmf((presses += 1)), channel: plan.channel };
    case 'copy': {
      const original = world.batches.flatMap(({ receipts }) => receipts).at(-1 - plan.which);
      if (original === undefined) return { event: dtmf((presses += 1)), channel: 'primary' };
      return { event: original.event, channel: original.channel === 'primary' ? 'fallback' : 'primary' };
    }
  }
}
