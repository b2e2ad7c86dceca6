import { describe, expect, test } from '@jest/globals';
import { count, type Evidence } from '../support/town/count.ts';
import type { PlatformCall, PlatformConference, Sent } from '../support/controls.ts';
import type { Delivery } from '../support/customer.ts';

const OURS = 'conf-ours';
const START = Date.UTC(2026, 0, 1, 12);
const time = (seconds: number) => new Date(START + seconds * 1_000).toISOString();

const created = { eventType: 'conference', status: 'created' };
const completed = { eventType: 'conference', status: 'completed' };
const joined = member({ state: 'active', mute: false, seconds: 1 });
const muted = member({ state: 'active', mute: true, seconds: 2 });
const left = member({ state: 'completed', mute: true, seconds: 3 });
const digit = { eventType: 'dtmf', callId: 'c-1', dtmfDigit: '5', time: time(2) };

function member({ state, mute, seconds }: { state: string; mute: boolean; seconds: number }) {
  const ids = { memberId: 'member-1', callId: 'c-1' };
  return { eventType: 'conference-member', ...ids, state, mute, hold: false, time: time(seconds) };
}

type Event = typeof created | typeof joined | typeof digit;

/** What the platform shows of a conference in which all this happened, a second apart, each answered 200. */
function onThePlatform(events: Event[], fields: Partial<PlatformConference> = {}): PlatformConference {
  return {
    id: 'conf-platforms',
    state: 'completed',
    callbackUrl: `http://gateway/callbacks/u/${OURS}/primary/token`,
    mute: false,
    members: [{ id: 'member-1', callId: 'c-1', state: 'completed', mute: true, hold: false }],
    callbacks: events.map((event, index) => sent(event, index + 1)),
    ...fields,
  };
}

function sent(event: Event, number: number, ok = true, url: 'callbackUrl' | 'fallbackUrl' = 'callbackUrl'): Sent {
  return { event, number, at: time(number), attempts: [{ url, ok, result: ok ? '200' : '503' }] };
}

function delivered(event: Event, sequence: number, at = sequence): Delivery {
  const when = { at: START + at * 1_000, answered: 200 };
  return { conferenceId: OURS, path: '/callback', webhookId: `id-${sequence}`, sequence, event, ...when };
}

const STORY = [created, joined, muted, left, completed];

function evidence(
  events: Event[],
  deliveries: Delivery[],
  { calls = [], platform = [onThePlatform(events)], phase = 'completed' }: Partial<Evidence> & { phase?: string } = {},
): Evidence {
  return { conferences: [{ conferenceId: OURS, phase }], platform, calls, deliveries };
}

const all = (events: Event[]) => events.map((event, index) => delivered(event, index + 1));
const without = (missing: Event) => all(STORY).filter(({ event }) => event !== missing);

test('a story of which nothing is missing counts as such', () => {
  const nothing = { lost: [], orphans: [], twice: [], open: [], apart: [], outOfOrder: [], repeated: 0, madeUp: 0 };
  expect(count(evidence(STORY, all(STORY)))).toEqual({
    ...nothing,
    conferences: 1,
    sent: 5,
    takenIn: 5,
    longestPause: 0,
  });
});

describe('what is lost is found, with the conference and the event', () => {
  test.each([
    ['created', created, '“created” never came'],
    ['completed', completed, '“completed” never came'],
    ['left', left, 'member-1 never left'],
  ])('%s', (_name, event, sentence) => {
    expect(count(evidence(STORY, without(event))).lost).toEqual([`${OURS}: ${sentence}`]);
  });

  test('joined: no event ever showed the member as active', () => {
    const told = all(STORY).filter(({ event }) => event !== joined && event !== muted);
    expect(count(evidence(STORY, told)).lost).toEqual([`${OURS}: member-1 never joined`]);
  });

  test('the last mute, of a member that is still there', () => {
    const events = [created, joined, muted, completed];
    const members = [{ id: 'member-1', callId: 'c-1', state: 'active', mute: true, hold: false }];
    const platform = [onThePlatform(events, { members, callbacks: [created, joined, completed].map(sentInOrder) })];
    const { lost } = count(evidence(events, all([created, joined, completed]), { platform }));
    expect(lost).toEqual([`${OURS}: member-1 has mute true, hold false; the customer knows mute false, hold false`]);
  });

  test('whatever we answered 200, also what leaves no trace in the platform’s state', () => {
    const events = [created, joined, digit, muted, left, completed];
    const told = all(events).filter(({ event }) => event !== digit);
    const { lost, apart } = count(evidence(events, told));
    expect(lost).toEqual([expect.stringContaining('dtmf') as unknown]);
    expect(apart).toEqual([]);
  });

  test('but what we never answered 200 and left no trace is counted apart', () => {
    const callbacks = [...STORY.map(sentInOrder), sent(digit, 6, false)];
    const counted = count(evidence(STORY, all(STORY), { platform: [onThePlatform([], { callbacks })] }));
    expect(counted).toMatchObject({ lost: [], sent: 6, apart: [expect.stringContaining('dtmf')] });
  });

  test('not a join that reconciling has told first, as muted: the join itself was a repetition then', () => {
    const told = all(STORY).filter(({ event }) => event !== joined);
    const conferences = [{ conferenceId: OURS, phase: 'completed', events: { accepted: 4, madeUp: 1, repeated: 1 } }];
    const { lost, apart } = count({ ...evidence(STORY, told), conferences });
    expect([lost, apart]).toEqual([[], [expect.stringContaining('mute false')]]);
    expect(count(evidence(STORY, told)).lost).toHaveLength(1);
  });

  test('an event of a call that was dialled into it', () => {
    const answer = { eventType: 'answer', callId: 'c-1', status: '' };
    const call: PlatformCall = {
      callId: 'c-1',
      to: '+1',
      state: 'completed',
      conferenceId: 'conf-platforms',
      callbacks: [sent(answer, 1)],
    };
    expect(count(evidence(STORY, all(STORY), { calls: [call] })).lost).toEqual([
      expect.stringContaining('answer') as unknown,
    ]);
  });
});

describe('what is left on the platform is found', () => {
  test('an orphan: another attempt’s conference that nobody completed', () => {
    const orphan = onThePlatform([created], { id: 'conf-orphan', state: 'created', members: [] });
    const { orphans } = count(evidence(STORY, all(STORY), { platform: [orphan, onThePlatform(STORY)] }));
    expect(orphans).toEqual([`${OURS}: conf-orphan is left created on the platform`]);
  });

  test('a conference that is nobody’s', () => {
    const stranger = onThePlatform([], { id: 'conf-strange', state: 'active', callbackUrl: 'http://elsewhere/' });
    const { orphans } = count(evidence(STORY, all(STORY), { platform: [stranger, onThePlatform(STORY)] }));
    expect(orphans).toEqual(['nobody’s conference: conf-strange is left active on the platform']);
  });

  test('another attempt’s conference that was completed is none, and its events are not missed', () => {
    const extra = onThePlatform([created, completed], { id: 'conf-extra', members: [] });
    const counted = count(evidence(STORY, all(STORY), { platform: [extra, onThePlatform(STORY)] }));
    expect(counted).toMatchObject({ lost: [], orphans: [], twice: [], sent: 5 });
  });

  test('a conference of ours that has not ended', () => {
    expect(count(evidence(STORY, all(STORY), { phase: 'ending' })).open).toEqual([`${OURS}: is still ending`]);
  });
});

describe('what came more than once is found', () => {
  test('as twice, when it has two webhook-ids', () => {
    const { twice, repeated } = count(evidence(STORY, [...all(STORY), delivered(left, 6)]));
    expect(twice).toEqual([
      expect.stringMatching(/^conf-ours: conference-member completed .* as events 4, 6$/) as unknown,
    ]);
    expect(repeated).toBe(0);
  });

  test('as repeated, when it has the same webhook-id', () => {
    const { twice, repeated } = count(evidence(STORY, [...all(STORY), delivered(left, 4)]));
    expect([twice, repeated]).toEqual([[], 1]);
  });

  test('a mute that happened twice may come twice, and no third time', () => {
    const unmuted = member({ state: 'active', mute: false, seconds: 2 });
    const again = member({ state: 'active', mute: true, seconds: 3 });
    const events = [created, joined, muted, unmuted, again, left, completed];
    expect(count(evidence(events, all(events))).twice).toEqual([]);
    expect(count(evidence(events, [...all(events), delivered(again, 8)])).twice).toHaveLength(1);
  });

  test('a digit that was sent twice on one URL may come twice, since it cannot be told', () => {
    const events = [...STORY.slice(0, 4), digit, completed];
    const callbacks = [...events.map(sentInOrder), sent(digit, 5)];
    const told = [...all(events), delivered(digit, 7)];
    expect(count(evidence(events, told, { platform: [onThePlatform([], { callbacks })] })).twice).toEqual([]);
    const onFallback = [...events.map(sentInOrder), sent(digit, 5, true, 'fallbackUrl')];
    const platform = [onThePlatform([], { callbacks: onFallback })];
    expect(count(evidence(events, told, { platform })).twice).toHaveLength(1);
  });
});

test('the longest pause is that between an event on the platform and its first arrival', () => {
  const told = [...all(STORY).slice(0, 4), delivered(completed, 5, 12), delivered(completed, 5, 60)];
  expect(count(evidence(STORY, told)).longestPause).toBe(7_000);
});

test('what reconciling made up is no event that came in', () => {
  const events = { accepted: 5, madeUp: 2, repeated: 0 };
  const conferences = [{ conferenceId: OURS, phase: 'completed', events }];
  expect(count({ ...evidence(STORY, all(STORY)), conferences })).toMatchObject({ takenIn: 3, madeUp: 2 });
});

function sentInOrder(event: Event, index: number): Sent {
  return sent(event, index + 1);
}
