import { describe, expect, test } from '@jest/globals';
import type { EventResource } from '../../src/catapult/resource-schemas.ts';
import { findingsOf, findingsOfHealth, hintFor } from '../../src/console/model/findings.ts';
import { lanesOf, stretchesIn, stretchesOf } from '../../src/console/model/lanes.ts';
import { kinds, phasesOf, rowsOf, type Story } from '../../src/console/model/timeline.ts';
import type { Health, Step } from '../../src/catapult/watching-resources.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 31, 12, 0, seconds)).toISOString();
const event = (sequence: number, seconds: number, body: EventResource['body'], more: Partial<EventResource> = {}) => ({
  ...({ id: `evt-${sequence}`, sequence, state: 'delivered', source: 'platform', acceptedTime: at(seconds) } as const),
  ...{ body, attempts: [], ...more },
});
const member = (sequence: number, seconds: number, memberId: string, more: object = {}) =>
  event(sequence, seconds, { eventType: 'conference-member', memberId, state: 'active', ...more });
const step = (id: string, seconds: number, more: Partial<Step> & Pick<Step, 'kind' | 'does'>): Step => ({
  ...{ id, time: at(seconds), state: 'done' },
  ...more,
});
const failed = (result: string, seconds = 1) => ({
  ...({ time: at(seconds), url: 'callbackUrl', ok: false, result, milliseconds: 3 } as const),
});
const story = (more: Partial<Story>): Story => ({
  ...{ conference: undefined, events: [], steps: [], now: Date.parse(at(300)) },
  ...more,
});
const all = new Set(kinds);
const told = (more: Partial<Story>) => rowsOf(story(more), all).map(({ kind, text }) => (text === '' ? kind : text));

describe('a conference is told as rows', () => {
  test('in the order of time, with now behind what was and before what is ahead', () => {
    const conference = {
      phase: 'active',
      nextTimers: [{ timer: 'max-duration', time: at(310) }],
    } as Story['conference'];
    const events = [event(1, 0, { eventType: 'conference', status: 'created' }), member(2, 295, 'member-1')];
    const steps = [step('a', 290, { kind: 'change', does: 'add call c-1 as a member' })];
    expect(told({ conference, events, steps })).toEqual([
      ...['conference created', 'idle', 'add call c-1 as a member', 'member-1 is in', 'now'],
      'it ends: maxDuration is over',
    ]);
  });

  test('idle time takes one row, however long it is', () => {
    const events = [
      event(1, 0, { eventType: 'dtmf', dtmfDigit: '1' }),
      event(2, 86_400, { eventType: 'dtmf', dtmfDigit: '2' }),
    ];
    const rows = rowsOf(story({ events, now: Date.parse(at(86_401)) }), all);
    expect(rows.map(({ kind }) => kind)).toEqual(['audio', 'idle', 'audio', 'now']);
    expect((rows[1]?.until ?? 0) - (rows[1]?.at ?? 0)).toBe(86_400_000);
  });

  test('what is over has no now', () => {
    const conference = { phase: 'completed' } as Story['conference'];
    expect(told({ conference, events: [event(1, 0, { eventType: 'conference', status: 'completed' })] })).toEqual([
      'conference completed',
    ]);
  });

  test('without the kinds that nobody wants to see', () => {
    const events = [event(1, 299, { eventType: 'dtmf', dtmfDigit: '1' }), member(2, 299, 'member-1')];
    expect(rowsOf(story({ events }), new Set(['audio'])).map(({ kind }) => kind)).toEqual(['audio', 'now']);
  });

  test('an event whose delivery fails is bad, with what the latest request came to, and its next try is ahead', () => {
    const waiting = { state: 'waiting' as const, attempts: [failed('500')], nextTryTime: at(305) };
    const rows = rowsOf(story({ events: [event(1, 299, { eventType: 'dtmf' }, waiting)] }), all);
    expect(rows.map(({ tone, detail = '' }) => `${tone} ${detail}`)).toEqual(['bad 500', 'plain ', 'waits ']);
  });

  test('what waits behind an event is not said to be tried again', () => {
    const nextTryTime = at(305);
    const head = event(1, 297, { eventType: 'dtmf' }, { state: 'waiting', attempts: [failed('500')], nextTryTime });
    const behind = [2, 3].map((sequence) =>
      event(sequence, 298, { eventType: 'dtmf' }, { state: 'waiting', attempts: [], nextTryTime }),
    );
    const ahead = (events: EventResource[]) =>
      rowsOf(story({ events }), new Set(['timer'])).flatMap(({ kind, text }) => (kind === 'timer' ? [text] : []));
    expect(ahead([head, ...behind])).toEqual(['event 1 is tried again, then 2 behind it']);
    expect(ahead(behind)).toEqual(['event 2 is sent, then 1 behind it']);
  });

  test('an event that was made up says so', () => {
    const [row] = rowsOf(
      story({ events: [member(1, 299, 'member-1', {})].map((one) => ({ ...one, source: 'reconciled' as const })) }),
      all,
    );
    expect(row?.detail).toContain('made up');
  });

  test('20,000 events are rows in a moment, and few of them are looked at to draw', () => {
    const events = Array.from({ length: 20_000 }, (_, index) => member(index + 1, index, `member-${index % 40}`));
    const rows = rowsOf(story({ events, now: Date.parse(at(20_001)) }), all);
    expect(rows).toHaveLength(20_001);
    expect(stretchesIn(stretchesOf(rows), 10_000, 10_030).length).toBeLessThan(60);
  });
});

test('phases are told once each, with the reason of the end', () => {
  const phase = (id: string, does: string) => step(id, 1, { kind: 'phase', does });
  const steps = [phase('a', 'creating'), phase('b', 'active'), phase('c', 'active'), phase('d', 'completed (alone)')];
  expect(phasesOf(steps).map((one) => one.phase)).toEqual(['creating', 'active', 'completed (alone)']);
});

describe('members are lines', () => {
  const rows = rowsOf(
    story({
      events: [
        member(1, 290, 'a'),
        member(2, 291, 'b'),
        member(3, 292, 'a', { mute: true }),
        member(4, 293, 'b', { state: 'completed' }),
        member(5, 294, 'c'),
        member(6, 295, 'a', { hold: true, mute: true }),
      ],
    }),
    all,
  );
  const stretches = stretchesOf(rows);

  test('that change where the member is muted or held', () => {
    const ofA = stretches
      .filter(({ memberId }) => memberId === 'a')
      .map(({ look, from, to }) => `${look} ${from}-${to}`);
    expect(ofA).toEqual(['in 0-2', 'muted 2-5', 'held 5-6']);
  });

  test('that end where the member leaves, else at now', () => {
    expect(stretches.filter(({ ends }) => ends).map(({ memberId, to }) => `${memberId} ${to}`)).toEqual(['b 3']);
    expect(rows[6]?.kind).toBe('now');
  });

  test('in a lane that is free', () => {
    expect(new Map(stretches.map(({ memberId, lane }) => [memberId, lane]))).toEqual(
      new Map([
        ['a', 0],
        ['b', 1],
        ['c', 1],
      ]),
    );
    expect(lanesOf(stretches)).toBe(2);
  });
});

describe('what is wrong is said first, and whose it is', () => {
  const found = (more: Partial<Story>) => findingsOf(story(more)).map(({ text, advice }) => `${text} ${advice}`);

  test('nothing of a healthy conference', () => {
    expect(found({ events: [event(1, 0, { eventType: 'dtmf' }, { attempts: [] })] })).toEqual([]);
  });

  test('a customer who is down', () => {
    const events = [
      event(1, 240, { eventType: 'dtmf' }, { state: 'waiting', attempts: [failed('connection refused')] }),
    ];
    expect(found({ events })).toEqual([
      expect.stringMatching(/^1 event waits .* 1 min.*connection refused.*service is down/),
    ]);
  });

  test('an event that nobody has sent yet, unless it is behind one that fails, or nobody will', () => {
    const unsent = event(2, 240, { eventType: 'dtmf' }, { state: 'waiting' });
    const failing = event(1, 240, { eventType: 'dtmf' }, { state: 'waiting', attempts: [failed('500')] });
    expect(found({ events: [unsent] })).toEqual([
      expect.stringMatching(/^1 event has not been sent .* 1 min\. Either no worker is free, or .* see Health/),
    ]);
    expect(found({ events: [failing, unsent] })).toEqual([expect.stringMatching(/^2 events wait /)]);
    const terminated = { phase: 'terminated' } as Story['conference'];
    expect(found({ events: [unsent], conference: terminated })).toEqual([expect.stringMatching(/was terminated/)]);
    expect(found({ events: [unsent], now: Date.parse(at(245)) })).toEqual([]);
  });

  test('a platform that refused to create it', () => {
    const refused = { phase: 'failed', error: { message: 'Your account is suspended.' } } as Story['conference'];
    expect(found({ conference: refused })).toEqual([
      expect.stringMatching(/^The conference has failed, as it could not be created on the platform: Your account is /),
    ]);
  });

  test('a platform that does not do what it is asked', () => {
    const steps = [step('a', 1, { kind: 'platform', does: 'create', state: 'running', attempts: 3, error: '503' })];
    expect(found({ steps })).toEqual([
      expect.stringMatching(/platform has not done this in 3 tries: create. It says: 503/),
    ]);
  });

  test('an event that was given up, and an end that nobody confirms', () => {
    const events = [event(1, 0, { eventType: 'dtmf' }, { state: 'dead', attempts: [failed('400')] })];
    const steps = [step('a', 200, { kind: 'phase', does: 'ending' })];
    const conference = { phase: 'ending' } as Story['conference'];
    const words = found({ conference, events, steps });
    expect(words[0]).toContain('has not confirmed the end for 1 min 40 s');
    expect(words[1]).toContain('1 event was given up');
  });

  test('parts that are away, and what helps', () => {
    const well: Health = {
      ...{ temporal: 'reachable', workers: 'working', platform: 'answers', spared: [] },
      journal: { state: 'ok', waiting: 0, damaged: 0 },
    };
    expect(findingsOfHealth(well)).toEqual([]);
    const ill = findingsOfHealth({
      ...well,
      workers: 'away',
      platform: 'silent',
      journal: { ...well.journal, state: 'full' },
    });
    expect(ill.map(({ text }) => text)).toEqual([
      expect.stringContaining('No worker'),
      expect.stringContaining('platform does not answer'),
      expect.stringContaining('journal is full'),
    ]);
  });

  test('every result of a request that the wire names has a hint', () => {
    for (const result of [
      'no public address',
      'connection refused',
      'no answer in time',
      'TLS failed',
      '500',
      '404',
      '410',
    ])
      expect(hintFor(result)).not.toBe('');
  });
});
