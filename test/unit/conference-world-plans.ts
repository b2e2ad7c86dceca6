import fc from 'fast-check';
import type { AudioRequest } from '../../src/catapult/requests.ts';
import type { Change, ChangeOutcome } from '../../src/conference/state/changes.ts';
import type { Channel } from '../../src/conference/state/dedupe.ts';
import type { Awaited } from '../../src/conference/state/watchers.ts';
import { CUSTOMER, type MemberFields } from './conference-world-events.ts';

/* Random histories: anything that may happen to a conference, in any order. */

export type EventPlan =
  | { kind: 'created' | 'completed' | 'playback'; conference: number; channel: Channel }
  | { kind: 'member'; conference: number; memberId: string; fields: MemberFields; channel: Channel }
  | { kind: 'dtmf'; channel: Channel }
  | { kind: 'call'; which: number; eventType: string; channel: Channel }
  | { kind: 'copy'; which: number };

export type Command =
  | { do: 'answer'; isHeard: boolean }
  | { do: 'refuse'; how: 'refusal' | 'timeout' }
  | { do: 'stopped' }
  | { do: 'ask whether created' }
  | { do: 'callbacks'; opening: string; events: EventPlan[]; overlaps: boolean }
  | { do: 'resend'; which: number }
  | { do: 'ask'; change: Change; key: string | undefined }
  | { do: 'ask again'; which: number }
  | { do: 'end run'; which: number; outcome: ChangeOutcome['outcome']; asksToWait: boolean }
  | { do: 'show'; which: number; channel: Channel }
  | { do: 'watch'; awaited: Awaited }
  | { do: 'unwatch' | 'tell'; which: number }
  | { do: 'cancel' }
  | { do: 'ring' }
  | { do: 'reconcile' }
  | { do: 'read'; outcome: 'read' | 'missing' | 'unreadable' }
  | { do: 'settle'; delivers: number; end: 'well' | 'failed' | 'cancelled' }
  | { do: 'confirm'; which: number; isSaidTwice: boolean };

export interface History {
  hasCallbackUrl: boolean;
  /** Whether every delivery goes well. */
  isFaultless: boolean;
  begins: 'creating' | 'created' | 'active';
  commands: { after: number; command: Command }[];
  creationEnds: 'made' | 'not made';
}

/** Stands for the member that was added last. */
export const ADDED = 'the member added last';

const channel = fc.constantFrom<Channel>('primary', 'fallback');
const conference = fc.constantFrom(1, 1, 1, 1, 2, 3);
const memberFields: fc.Arbitrary<MemberFields> = fc.record({
  state: fc.constantFrom('active', 'active', 'completed'),
  mute: fc.boolean(),
  hold: fc.boolean(),
  time: fc.integer({ min: 0, max: 3 }),
});

const memberId = fc.constantFrom('member-a', 'member-b', ADDED);
const which = fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 9 }));

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
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      which,
      eventType: fc.constantFrom('answer', 'hangup', 'timeout', 'dtmf', 'of a new type'),
      channel,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('copy' as const), which }) },
);

const audio = fc.constantFrom<AudioRequest>(
  { sentence: 'Welcome.' },
  { sentence: 'Welcome.', tag: 'jingle' },
  { sentence: '' },
);
const dialled = { from: '+19195551234', to: '+19195550000', callTimeout: 60, callbackTimeout: 10_000 };
const POST = { callbackHttpMethod: 'POST' } as const;

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('conference' as const),
      fields: fc.constantFrom(
        ...[{ callbackUrl: 'https://customer.example/other' }, { tag: 'another tag' }, {}],
        ...[{ hold: true }, { mute: true, tag: 'muted' }, { hold: false, callbackUrl: CUSTOMER }],
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('conference' as const),
      fields: fc.constantFrom({ state: 'completed' as const }, { state: 'completed' as const, tag: 'ended' }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('member' as const),
      memberId: fc.constantFrom('member-a', 'member-b', ADDED, 'nobody'),
      fields: fc.constantFrom(
        ...[{ mute: true }, { hold: true, mute: false }, { joinTone: true }, {}],
        ...[{ state: 'completed' as const }, { state: 'completed' as const, mute: true }],
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('audio' as const), audio }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('audio' as const), memberId, audio }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('add-member' as const),
      member: fc.constantFrom({ callId: 'call-x' }, { callId: 'call-y', mute: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Change>(
      { kind: 'dial', call: { ...dialled, ...POST } },
      { kind: 'dial', call: { ...dialled, ...POST, callbackUrl: 'https://customer.example/calls' } },
    ),
  },
);

const awaited = fc.constantFrom<Awaited>(
  ...[{ phase: 'created' as const }, { phase: 'active' as const }, { phase: 'completed' as const }],
  ...[{ members: 1 }, { members: 2 }, { members: 3 }],
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), isHeard: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('refuse' as const),
      how: fc.constantFrom<'refusal' | 'timeout'>('refusal', 'timeout'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stopped' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ask whether created' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('callbacks' as const),
      opening: fc.constantFrom('opening-0', 'opening-1'),
      events: fc.array(eventPlan, { minLength: 1, maxLength: 4 }),
      overlaps: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resend' as const), which: fc.nat({ max: 20 }) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      change,
      key: fc.constantFrom(undefined, undefined, 'key-1', 'key-2', 'key-3'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask again' as const), which }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('end run' as const),
      which,
      outcome: fc.constantFrom<ChangeOutcome['outcome']>('done', 'refused', 'lost'),
      asksToWait: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('show' as const), which, channel }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('watch' as const), awaited }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('unwatch' as const, 'tell' as const, 'tell' as const), which }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ring' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconcile' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      outcome: fc.constantFrom('read' as const, 'read' as const, 'missing' as const, 'unreadable' as const),
    }),
  },
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

export const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const after = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0, 0, 1, SECOND, 5 * SECOND) },
  { weight: 2, arbitrary: fc.constantFrom(10 * SECOND, 30 * SECOND, MINUTE + 1, 6 * MINUTE) },
  { weight: 1, arbitrary: fc.constantFrom(HOUR, 5 * HOUR, 24 * HOUR) },
);

export const history: fc.Arbitrary<History> = fc.record({
  hasCallbackUrl: fc.constantFrom(true, true, true, false),
  isFaultless: fc.boolean(),
  begins: fc.constantFrom<History['begins']>('creating', 'created', 'active'),
  commands: fc.array(fc.record({ after, command }), { maxLength: 40, size: 'max' }),
  creationEnds: fc.constantFrom<'made' | 'not made'>('made', 'not made'),
});
