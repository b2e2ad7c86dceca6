import fc from 'fast-check';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { CreateConferenceRequest } from '../../src/catapult/requests.ts';
import type { Channel } from '../../src/conference/state/dedupe.ts';
import type { Receipt } from '../../src/conference/state/inputs.ts';
import {
  callEvent,
  completed,
  created,
  CUSTOMER,
  digestOf,
  dtmf,
  member,
  platformId,
  playback,
  type MemberFields,
} from './conference-world-events.ts';

/* Random arrivals at a gateway: events of a conference and of the calls that it has dialled, and whatever else comes to its URLs. */

/** What comes in; `back` is which of those before it comes again. */
export type ArrivalPlan = { after: number; channel: Channel } & (
  | { what: 'created' | 'completed' | 'playback' | 'unknown'; isOfOther: boolean }
  | { what: 'member'; memberId: string; fields: MemberFields }
  | { what: 'digit' }
  | { what: 'call'; call: string; eventType: string }
  | { what: 'again'; back: number; isOnOther: boolean }
);

/** An event as it comes to the bridge, before it has its place in the journal. */
export type Came = Omit<Receipt, 'sequence' | 'lent'>;

/** The calls of the conference: one with a callbackUrl of its own, one without; and one that nobody has dialled. */
export const CALLS = { own: 'run-dial.1', without: 'run-dial.2', unknown: 'run-dial.9' };

export const CREATE_ATTEMPT = 'run.1';

const SECOND = 1_000;
const after = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(0, 1, SECOND, 10 * SECOND) },
  // Beyond what copies are paired within, and what is remembered.
  { weight: 1, arbitrary: fc.constantFrom(61 * SECOND, 601 * SECOND) },
);
const about = { after, channel: fc.constantFrom<Channel>('primary', 'fallback') };
/** On the URL of our attempt, events of another conference: no lease covers that. */
const isOfOther = fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

export const arrivalPlan: fc.Arbitrary<ArrivalPlan> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constantFrom('created' as const, 'playback' as const, 'unknown' as const),
      isOfOther,
      ...about,
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('completed' as const), isOfOther, ...about }) },
  {
    weight: 10,
    arbitrary: fc.record({
      what: fc.constant('member' as const),
      memberId: fc.constantFrom('member-a', 'member-b', '__proto__'),
      fields: fc.record({
        state: fc.constantFrom('active' as const, 'active' as const, 'completed' as const),
        mute: fc.boolean(),
        hold: fc.boolean(),
        time: fc.integer({ min: 0, max: 4 }),
      }),
      ...about,
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('digit' as const), ...about }) },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('call' as const),
      call: fc.constantFrom(...Array<string[]>(15).fill([CALLS.own, CALLS.without]).flat(), CALLS.unknown),
      eventType: fc.constantFrom('answer', 'hangup', 'timeout', 'dtmf', 'speak', 'of a new type'),
      ...about,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      what: fc.constant('again' as const),
      back: fc.nat({ max: 6 }),
      isOnOther: fc.boolean(),
      ...about,
    }),
  },
);

/** Settings that make a difference to where events go, and what is told. */
export const settingsPlan: fc.Arbitrary<Partial<CreateConferenceRequest>> = fc.record({
  callbackUrl: fc.constantFrom(CUSTOMER, CUSTOMER, CUSTOMER, undefined),
  fallbackUrl: fc.constantFrom(undefined, 'https://customer.example/other'),
  tag: fc.constantFrom(undefined, 'a tag'),
  ...{ maxDuration: fc.constantFrom(undefined, undefined, 86_400) },
});

/** What comes in by these plans, the first at `now`; each digit is another one. */
export function arrivalsOf(plans: readonly ArrivalPlan[], now: number, firstMark = 1): Came[] {
  const came: Came[] = [];
  let at = now;
  for (const [index, plan] of plans.entries()) {
    at += plan.after;
    came.push(arrivalOf(plan, came, { at, mark: firstMark + index }));
  }
  return came;
}

/** What comes in by one plan, behind others. */
export function arrivalOf(
  plan: ArrivalPlan,
  before: readonly Came[],
  { at, mark }: { at: number; mark: number },
): Came {
  const { channel } = plan;
  const again = plan.what === 'again' ? before.at(-1 - plan.back) : undefined;
  if (plan.what === 'again' && again !== undefined) {
    const other = again.channel === 'primary' ? 'fallback' : 'primary';
    return { ...again, arrivedAt: at, channel: plan.isOnOther ? other : again.channel };
  }
  const event = eventOf(plan, mark);
  const attemptId = plan.what === 'call' ? plan.call : CREATE_ATTEMPT;
  return { arrivedAt: at, channel, attemptId, digest: digestOf(event), event };
}

function eventOf(plan: ArrivalPlan, mark: number): CallbackEvent {
  const conference = platformId('isOfOther' in plan && plan.isOfOther ? 2 : 1);
  switch (plan.what) {
    case 'created':
      return created(conference);
    case 'completed':
      return completed(conference);
    case 'playback':
      return playback(conference, 'started');
    case 'unknown':
      return { eventType: 'of a new type', conferenceId: conference, tag: 'a tag', mark: mark % 2 };
    case 'member':
      return member(conference, plan.memberId, plan.fields);
    case 'call':
      return callEvent(plan.eventType, `call-of-${plan.call}`, mark % 2);
    case 'digit':
    case 'again':
      return dtmf(mark);
  }
}
