import { describe, expect, test } from '@jest/globals';
import { nextBatch } from '../../src/workflows/outbox.ts';
import { isOver, type Receipt } from '../../src/workflows/state.ts';
import { completed, created, CUSTOMER, dtmf, member, platformId, REFUSAL, SILENCE } from './lifecycle-world-events.ts';
import { World } from './lifecycle-world.ts';

/* The named rules of a conference's life, one example each. What holds for all histories is in lifecycle.property.test.ts. */

const P1 = platformId(1);
const P2 = platformId(2);

/** What the customer is told of the conference itself, in order. */
const told = ({ accepted }: World) =>
  accepted.flatMap(({ event }) => (event.eventType === 'conference' ? [event.status] : []));

const ordered = (world: World) => world.effects('complete').map((effect) => effect.platformId);

function conferenceThatIs(phase: 'created' | 'active'): World {
  const world = new World();
  world.answer(true);
  if (phase === 'active') world.event(member(P1, 'member-a'));
  expect(world.state.phase).toBe(phase);
  return world;
}

describe('creating', () => {
  test('an answer makes the conference created, and nothing is left to do', () => {
    const world = conferenceThatIs('created');
    expect(world.state).toMatchObject({ platformId: P1, creation: 'over', orders: [] });
    expect(world.state.deadlines).toEqual({});
    expect(world.effects('stop-creating')).toEqual([]);
  });

  test('a `created` event that comes before the answer is enough: creating is stopped', () => {
    const world = new World();
    world.event(created(P1));
    expect(world.state).toMatchObject({ phase: 'created', platformId: P1, creation: 'stopping' });
    expect(world.effects('stop-creating')).toHaveLength(1);
    world.stopped();
    expect(world.state).toMatchObject({ phase: 'created', creation: 'over' });
    expect(world.state.deadlines).toEqual({});
  });

  test('the answer of a second attempt, after the `created` event of the first, is completed at once', () => {
    const world = new World();
    world.answer(false);
    world.event(created(P1));
    world.answer(true);
    expect(world.state.platformId).toBe(P1);
    expect(ordered(world)).toEqual([P2]);
    expect(world.state.phase).toBe('created');
  });

  test('the event of a stray is not told to the customer', () => {
    const world = conferenceThatIs('created');
    world.event(created(P2));
    world.event(member(P2, 'member-b'));
    expect(world.accepted).toEqual([]);
    expect(world.state.activeMembers).toBe(0);
  });

  test('the created time is the platform’s as soon as it is told', () => {
    const world = conferenceThatIs('created');
    expect(world.state.createdTime).toBe('2026-01-01T00:00:00Z');
    world.event(created(P1));
    expect(world.state.createdTime).toBe('2026-01-01T00:00:01Z');
  });
});

describe('a refusal', () => {
  test('of the first attempt is final at once', () => {
    const world = new World();
    world.refuse('refusal');
    expect(world.state).toMatchObject({ phase: 'failed', reason: 'creation-failed', error: REFUSAL });
  });

  test('of a later attempt waits 10 s for the `created` event of an earlier one, and adopts it', () => {
    const world = new World();
    world.answer(false);
    world.refuse('refusal');
    world.ringAfter(9_999);
    expect(world.state.phase).toBe('creating');
    world.event(created(P1));
    world.ringAfter(1);
    expect(world.state).toMatchObject({ phase: 'created', platformId: P1 });
    expect(world.state.deadlines).toEqual({});
    expect(world.state.error).toBeUndefined();
  });

  test('of a later attempt is final after 10 s without such an event', () => {
    const world = new World();
    world.answer(false);
    world.refuse('refusal');
    world.ringAfter(10_000);
    expect(world.state).toMatchObject({ phase: 'failed', reason: 'creation-failed', error: REFUSAL });
  });

  test('that is final does not keep what shows on the platform after it', () => {
    const world = new World();
    world.refuse('refusal');
    world.event(created(P1));
    expect(ordered(world)).toEqual([P1]);
    expect(world.state).toMatchObject({ phase: 'failed' });
    expect(isOver(world.state)).toBe(false);
  });

  test('is not told by callback to a caller who still waits for the answer', () => {
    const world = new World();
    world.take({ type: 'asked' });
    world.pass(7_999);
    world.refuse('refusal');
    expect(world.state.phase).toBe('failed');
    expect(told(world)).toEqual([]);
  });

  test('is told by callback when 8 s have passed: the caller may have gone with a 202', () => {
    const world = new World();
    world.take({ type: 'asked' });
    world.pass(8_000);
    world.refuse('refusal');
    expect(told(world)).toEqual(['failed']);
  });

  test('is told by callback when nobody waited, with our ids and the platform’s own words', () => {
    const world = new World();
    world.refuse('refusal');
    const { status: _status, ...error } = REFUSAL;
    expect(world.accepted.map(({ event }) => event)).toEqual([
      {
        eventType: 'conference',
        status: 'failed',
        conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
        conferenceUri: '/v1/users/u-1/conferences/conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
        completedTime: '2026-01-01T00:00:00Z',
        error,
      },
    ]);
  });

  test('may come after the conference was adopted by its event, and means nothing then', () => {
    const world = new World();
    world.answer(false);
    world.event(created(P1));
    world.refuse('refusal');
    expect(world.state).toMatchObject({ phase: 'created', creation: 'over' });
    expect(world.state.deadlines).toEqual({});
    expect(world.state.error).toBeUndefined();
  });
});

describe('no answer within the time for creating', () => {
  test('fails the conference 10 s later, as unavailable', () => {
    const world = new World();
    world.refuse('timeout');
    expect(world.state.phase).toBe('creating');
    world.ringAfter(10_000);
    expect(world.state).toMatchObject({ phase: 'failed', error: SILENCE });
    expect(told(world)).toEqual(['failed']);
  });
});

describe('told to complete while it is being created', () => {
  function endedWhileCreating(): World {
    const world = new World();
    world.change({ state: 'completed' });
    expect(world.state).toMatchObject({ phase: 'ending', endRequested: 'ended-via-api', creation: 'stopping' });
    expect(world.effects('stop-creating')).toHaveLength(1);
    return world;
  }

  test('a conference that an attempt makes all the same is completed, and ends as one that was ended', () => {
    const world = endedWhileCreating();
    world.answer(true);
    expect(ordered(world)).toEqual([P1]);
    expect(world.state.phase).toBe('ending');
    world.confirm(0);
    world.event(completed(P1));
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
  });

  test('it is cancelled when nothing shows on the platform for 10 s, and the customer is told', () => {
    const world = endedWhileCreating();
    world.stopped();
    world.ringAfter(9_999);
    expect(world.state.phase).toBe('ending');
    world.ringAfter(1);
    expect(world.state).toMatchObject({ phase: 'cancelled', reason: 'cancelled' });
    expect(world.state.deadlines).toEqual({});
    expect(told(world)).toEqual(['completed']);
  });

  test('a refusal then ends it too, without an error', () => {
    const world = endedWhileCreating();
    world.refuse('refusal');
    expect(world.state).toMatchObject({ phase: 'cancelled', reason: 'cancelled' });
    expect(world.state.error).toBeUndefined();
  });
});

describe('ending', () => {
  test('orders the platform’s conference completed once, however often it is asked for', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.change({ state: 'completed' });
    world.take({ type: 'cancel' });
    expect(ordered(world)).toEqual([P1]);
    expect(world.state).toMatchObject({ phase: 'ending', endRequested: 'ended-via-api' });
  });

  test('answers its caller within 8 s, confirmed or not, and goes on', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.ringAfter(7_999);
    expect(world.effects('answer')).toEqual([]);
    world.ringAfter(1);
    expect(world.effects('answer')).toEqual([{ type: 'answer', askers: [1], answer: { outcome: 'pending' } }]);
    expect(world.state.deadlines).toEqual({});
    expect(world.state.phase).toBe('ending');
  });

  test('answers its caller as soon as the platform has confirmed it', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    expect(world.state.platformCompleted).toBe(true);
    expect(world.effects('answer')).toEqual([{ type: 'answer', askers: [1], answer: { outcome: 'done' } }]);
  });

  test('makes the `completed` event up when the platform has not sent it 30 s after it confirmed', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    world.ringAfter(29_999);
    expect(world.state.phase).toBe('ending');
    world.ringAfter(1);
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
    expect(world.accepted.at(-1)?.event).toEqual({
      eventType: 'conference',
      status: 'completed',
      conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
      conferenceUri: '/v1/users/u-1/conferences/conf-aaaaaaaaaaaaaaaaaaaaaaaaaa',
      createdTime: '2026-01-01T00:00:00Z',
      completedTime: '2026-01-01T00:00:00Z',
    });
  });

  test('makes nothing up when the `completed` event has come in time', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    world.event(completed(P1));
    world.ringAfter(30_000);
    expect(told(world)).toEqual(['completed']);
    expect(world.state.completedTime).toBe('2026-01-01T01:00:00Z');
  });

  test('drops the platform’s own `completed` event when it comes after the one made up', () => {
    const world = conferenceThatIs('active');
    world.change({ state: 'completed' });
    world.confirm(0);
    world.ringAfter(30_000);
    world.event(completed(P1));
    expect(told(world)).toEqual(['completed']);
    expect(world.state.completedTime).toBe('2026-01-01T00:00:00Z');
  });

  test('by the platform is because the last member left, if there were members', () => {
    const world = conferenceThatIs('active');
    world.event(member(P1, 'member-a', { state: 'completed', time: 60 }));
    world.event(completed(P1));
    expect(world.state).toMatchObject({
      phase: 'completed',
      reason: 'last-member-left',
      completedTime: '2026-01-01T01:00:00Z',
    });
    expect(ordered(world)).toEqual([]);
  });

  test('by the platform without a member is as if by its API', () => {
    const world = conferenceThatIs('created');
    world.event(completed(P1));
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
  });

  test('has the reason it was told first, whatever the members do meanwhile', () => {
    const world = conferenceThatIs('active');
    world.take({ type: 'cancel' });
    world.event(member(P1, 'member-a', { state: 'completed', time: 60 }));
    world.event(completed(P1));
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'cancelled' });
  });
});

describe('closed', () => {
  test('a conference takes no change any more', () => {
    const world = conferenceThatIs('created');
    world.event(completed(P1));
    const { settings } = world.state;
    world.change({ tag: 'too late', state: 'completed' });
    world.take({ type: 'cancel' });
    expect(world.state.settings).toEqual(settings);
    expect(world.state.deadlines).toEqual({});
    expect(ordered(world)).toEqual([]);
  });

  test('a conference is over only when its events are delivered', () => {
    const world = conferenceThatIs('created');
    world.event(completed(P1));
    expect(isOver(world.state)).toBe(false);
    world.settle(0, 'well');
    expect(isOver(world.state)).toBe(true);
  });

  test('a conference still tells of late events, but has no members', () => {
    const world = conferenceThatIs('active');
    world.event(completed(P1));
    world.event(member(P1, 'member-b'));
    expect(world.accepted.at(-1)?.event).toMatchObject({ memberId: 'member-b', state: 'active' });
    expect(world.state).toMatchObject({ phase: 'completed', activeMembers: 0 });
  });

  test('a conference is not closed anew by a `completed` event that does not say of which conference', () => {
    const world = new World();
    world.change({ state: 'completed' });
    world.refuse('refusal');
    expect(world.state.phase).toBe('cancelled');
    const { conferenceId: _conferenceId, ...withoutId } = completed(P1);
    world.event(withoutId);
    expect(world.state).toMatchObject({ phase: 'cancelled', reason: 'cancelled' });
    expect(told(world)).toEqual(['completed']);
  });
});

describe('members', () => {
  test('the conference is active from the first member on, and stays so when members leave', () => {
    const world = conferenceThatIs('active');
    world.event(member(P1, 'member-b'));
    expect(world.state.activeMembers).toBe(2);
    world.event(member(P1, 'member-a', { state: 'completed', time: 5 }));
    world.event(member(P1, 'member-b', { state: 'completed', time: 5 }));
    expect(world.state).toMatchObject({ phase: 'active', activeMembers: 0 });
  });

  test('a conference adopted by a member’s event is active', () => {
    const world = new World();
    world.event(member(P1, 'member-a'));
    expect(world.state).toMatchObject({ phase: 'active', platformId: P1, activeMembers: 1 });
  });

  test('an event that was overtaken is told, but changes nothing', () => {
    const world = conferenceThatIs('active');
    world.event(member(P1, 'member-a', { state: 'completed', time: 60 }));
    world.event(member(P1, 'member-a', { mute: true, time: 30 }));
    expect(world.state.activeMembers).toBe(0);
    expect(world.accepted).toHaveLength(3);
  });
});

describe('a `completed` event', () => {
  test('is not lost when it comes before the platform’s conference is known', () => {
    const world = new World();
    world.answer(false);
    world.event(completed(P1));
    world.event(created(P1), 'fallback');
    world.stopped();
    expect(told(world).sort()).toEqual(['completed', 'created']);
    expect(world.state.phase).toBe('completed');
  });
});

describe('a change of settings', () => {
  test('of the callbackUrl lets what backs off be tried at once', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    world.settle(0, 'failed');
    world.ringAfter(30_000);
    expect(world.deliveries.size).toBe(0);
    world.change({ callbackUrl: 'https://customer.example/other' });
    expect(world.effects('restart-delivery')).toHaveLength(1);
    expect(world.deliveries.get('conference')?.events.map(({ sequence }) => sequence)).toEqual([1]);
  });

  test('of the fallbackUrl does so too, and of the tag does not', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    world.settle(0, 'failed');
    world.change({ tag: 'other' });
    expect(nextBatch(world.state.outbox, 'conference', world.now)).toBeUndefined();
    expect(world.effects('restart-delivery')).toEqual([]);
    world.change({ fallbackUrl: 'https://customer.example/fallback' });
    expect(nextBatch(world.state.outbox, 'conference', world.now)).toBeDefined();
  });

  test('keeps what it does not name', () => {
    const world = conferenceThatIs('created');
    world.change({ tag: 'other', callbackUrl: undefined });
    expect(world.state.settings).toMatchObject({ tag: 'other', callbackUrl: CUSTOMER, callbackTimeout: 10_000 });
  });

  test('holds for the events accepted after it', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    world.change({ tag: 'other' });
    world.event(member(P1, 'member-a'));
    expect(world.accepted.map(({ event }) => event.tag)).toEqual([undefined, 'other']);
  });
});

describe('an event of a type that we do not know', () => {
  test('is taken in, told with our ids, and named in the log', () => {
    const world = conferenceThatIs('created');
    const effects = world.event({ eventType: 'conference-recording', conferenceId: P1, file: 'a.wav' });
    expect(world.accepted.map(({ event }) => event)).toEqual([
      { eventType: 'conference-recording', conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa', file: 'a.wav' },
    ]);
    const message = 'conference-recording is an event of a type we do not know';
    expect(effects).toContainEqual({ type: 'log', message });
  });

  test('is not named so when we know it', () => {
    const world = conferenceThatIs('created');
    for (const event of [created(P1), member(P1, 'member-a'), dtmf(1)]) world.event(event);
    expect(world.effects('log').filter(({ message }) => message.includes('do not know'))).toEqual([]);
  });
});

describe('without a callbackUrl', () => {
  test('events are numbered and recorded only', () => {
    const world = new World({});
    world.event(created(P1));
    world.event(dtmf(1));
    expect(world.state.outbox).toEqual({ nextSequence: 3, lanes: {}, waitingSize: 0, deadLetters: [] });
  });

  test('what is accepted after one is set is delivered', () => {
    const world = new World({});
    world.event(created(P1));
    world.change({ callbackUrl: CUSTOMER });
    world.event(completed(P1));
    expect(world.accepted.map(({ sequence }) => sequence)).toEqual([2]);
  });
});

describe('receipts', () => {
  test('an arrival is known again by its journal’s sequence, and those of another journal are others', () => {
    const world = conferenceThatIs('created');
    world.callbacks('journal-0', [{ event: dtmf(1) }, { event: dtmf(2) }]);
    const [first] = world.batches;
    world.callbacks('journal-0', [{ event: dtmf(3) }], first?.receipts);
    world.callbacks('journal-1', [{ event: dtmf(4) }]);
    expect(world.accepted.map(({ event }) => event['press'])).toEqual([1, 2, 3, 4]);
  });

  test('of a hundred journals are remembered, the latest in use', () => {
    const world = conferenceThatIs('created');
    const resend = (which: number) => {
      const batch = world.batches[which];
      return batch === undefined ? [] : world.take({ type: 'callbacks', batch });
    };
    for (let journal = 0; journal < 100; journal += 1) world.callbacks(`j-${journal}`, [{ event: dtmf(journal) }]);
    world.callbacks('j-0', [{ event: dtmf(100) }]);
    world.callbacks('j-100', [{ event: dtmf(101) }]);
    expect(Object.keys(world.state.receipts)).toHaveLength(100);
    expect(resend(0)).toEqual([]);
    expect(resend(2)).toEqual([]);
    expect(world.state.receipts['j-1']).toBeUndefined();
  });
});

describe('a callback URL', () => {
  const VICTIM = 'platform-of-someone-else';
  const receipt = (sequence: number, attemptId: string, event: Receipt['event']): Receipt => ({
    sequence,
    channel: 'primary',
    attemptId,
    digest: String(sequence),
    event,
  });
  const send = (world: World, ...receipts: Receipt[]) =>
    world.take({ type: 'callbacks', batch: { journal: 'other', receipts } });

  test('speaks for the conference of its attempt alone: nobody ends another one with it', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    send(world, receipt(1, 'run.1', created(VICTIM)), receipt(2, 'run.1', { eventType: 'x', conferenceId: VICTIM }));
    expect(ordered(world)).toEqual([]);
    expect(world.state.platformId).toBe(P1);
    expect(told(world)).toEqual(['created']);
  });

  test('of a stray brings no event that names no conference', () => {
    const world = conferenceThatIs('created');
    send(world, receipt(1, 'run.2', created(P2)), receipt(2, 'run.2', dtmf(1)), receipt(3, 'run.1', dtmf(2)));
    expect(world.accepted.map(({ event }) => event['dtmfDigit'])).toEqual(['2']);
  });

  test('takes ids that plain objects have by nature, and goes on', () => {
    const world = conferenceThatIs('created');
    for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) world.event(member(P1, id));
    expect(world.accepted).toHaveLength(4);
    expect(world.state.activeMembers).toBe(4);
  });
});
