import { beforeEach, describe, expect, test } from '@jest/globals';
import { MAX_SHOWN_PEOPLE } from '../../src/conference/budget.ts';
import { changeInWords, storyOf } from '../../src/conference/story.ts';
import { deadlineSummaries } from '../../src/conference/state/deadlines.ts';
import { initialState, type ConferenceState } from '../../src/conference/state/state.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { enqueue, settleDelivery } from '../../src/conference/outbox/outbox.ts';
import { CONFERENCE_LANE } from '../../src/conference/outbox/lanes.ts';

/* The current details of a conference in the Temporal UI: Markdown, for whoever is called at night. */

const NOW = Date.parse('2026-11-27T02:00:00Z');
const participant = { to: '+19195550001', tag: 'Alice', maxAttempts: 3, retryInterval: 30 };
const member = (id: string, more: object = {}) => ({
  ...{ id, state: 'active' as const, mute: false, hold: false, joinTone: true, leavingTone: false },
  ...more,
});

let state: ConferenceState;
beforeEach(() => {
  const request = createConferenceRequest.parse({
    from: '+19195550000',
    callbackUrl: 'https://customer.example/callback',
    participants: [participant, { to: '+19195550002' }],
  });
  state = { ...initialState(request, NOW), phase: 'active', platformId: 'conf-p', activeMembers: 2 };
  state.timing.openedAt = NOW;
});

const table = (text: string, head: string) =>
  text
    .split('\n\n')
    .find((part) => part.startsWith(`| ${head}`))
    ?.split('\n')
    .slice(2);

describe('who', () => {
  test('participants by name and number, with state, attempts and reason', () => {
    Object.assign(state.participants[0] ?? {}, { status: 'joined', attempts: 1, memberId: 'm1' });
    Object.assign(state.participants[1] ?? {}, { status: 'waiting', attempts: 1, reason: 'busy', dueAt: NOW + 30_000 });
    state.members = { m1: member('m1', { mute: true }) };
    expect(table(storyOf(state), 'Who')).toEqual([
      '| Alice (+19195550001) | joined | muted | 1 of 3 |',
      '| +19195550002 | is dialled again at 02:00:30 UTC |  | 1 of 1, last: busy |',
    ]);
    Object.assign(state.participants[1] ?? {}, { status: 'failed', reason: 'no-answer' });
    expect(storyOf(state)).toContain('| +19195550002 | not reached: no-answer |  | 1 of 1 |');
  });

  test('others by the number that was dialled, who is there before who has left', () => {
    state.participants = [];
    state.members = { m1: member('m1', { state: 'completed' }), m2: member('m2', { callId: 'c2', hold: true }) };
    state.calls = {
      'dial-1': { to: '+19195550009', callId: 'c2', ended: false, callbackHttpMethod: 'POST', callbackTimeout: 1 },
    };
    expect(table(storyOf(state), 'Who')).toEqual([
      '| +19195550009 | joined | on hold |  |',
      '| member m1 | left |  |  |',
    ]);
    const mute = { kind: 'member', memberId: 'm2', fields: { mute: true } } as const;
    expect(changeInWords(state, mute)).toBe('change mute of +19195550009');
    expect(changeInWords(state, { ...mute, memberId: 'm1' })).toBe('change mute of member m1');
  });

  test('no more of them than anybody reads', () => {
    for (let n = 0; n < 1_000; n += 1) state.members[`m${n}`] = member(`m${n}`);
    const rows = table(storyOf(state), 'Who') ?? [];
    expect(rows).toHaveLength(MAX_SHOWN_PEOPLE + 1);
    expect(rows.at(-1)).toBe(`| and ${1_002 - MAX_SHOWN_PEOPLE} more |  |  |  |`);
  });
});

test('of a failing delivery: what, the last answer, the next try, when it is given up, and what waits', () => {
  const context = { conferenceId: 'conf-1', now: NOW };
  for (const status of ['created', 'completed'])
    enqueue(state.outbox, CONFERENCE_LANE, { eventType: 'conference', status }, context);
  const failed = { sequence: 1, error: 'callbackUrl: 503' };
  settleDelivery(state.outbox, CONFERENCE_LANE, { attempts: [], failed }, context);
  const [row = ''] = table(storyOf(state), 'Event not delivered yet') ?? [];
  const [, what, answer, next, givenUp, behind] = row.split('|').map((cell) => cell.trim());
  expect([what, answer, givenUp, behind]).toEqual([
    '1, conference created',
    'callbackUrl: 503',
    '2026-11-28 02:00:00 UTC',
    '1',
  ]);
  expect(next).toMatch(/^02:\d\d:\d\d UTC$/);
  expect(storyOf(state)).toContain('Events: 2, 2 on their way to the customer');
});

test('what comes next, in words and times', () => {
  state.deadlines = { 'max-duration': NOW + 3_600_000, reconcile: NOW + 10_000 };
  expect(table(storyOf(state), 'At the latest')).toEqual([
    `| 2026-11-27 02:00:10 UTC | ${deadlineSummaries.reconcile} |`,
    `| 2026-11-27 03:00:00 UTC | ${deadlineSummaries['max-duration']} |`,
  ]);
});

test('words that alarm nobody, of a conference that is well', () => {
  const { 'late-created': _trouble, ...usual } = deadlineSummaries;
  state.deadlines = Object.fromEntries(Object.keys(usual).map((name) => [name, NOW]));
  expect(storyOf(state)).not.toMatch(/missing|contradict|made up|fail|lost|error|runs out|given up|dead/i);
});

test('why it has failed', () => {
  const error = { status: 403, category: 'forbidden', code: 'conference-error', message: 'No | room' } as const;
  expect(storyOf({ ...state, phase: 'failed', reason: 'creation-failed', error })).toContain(
    '**failed** (creation-failed) · 2 members · on the platform since 02:00:00 UTC · there called conf-p\n\n403 conference-error: No \\| room',
  );
});
