import { describe, expect, test } from '@jest/globals';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { Change } from '../../src/conference/state/changes.ts';
import { membersOf, viewOf } from '../../src/conference/view.ts';
import { completed, created, member, platformId, START } from './conference-world-events.ts';
import { madeBy } from './conference-world-runs.ts';
import { World } from './conference-world.ts';

/* Who is in a conference, one example for each rule. What holds for all histories is in members.property.test.ts. */

const P1 = platformId(1);
const add = (fields: object = {}): Change => ({ kind: 'add-member', member: { callId: 'call-x', ...fields } });
const change = (fields: object): Change => ({ kind: 'member', memberId: 'member-a', fields });

function conference(settings?: ConstructorParameters<typeof World>[0]): World {
  const world = new World(settings);
  world.answer(true);
  return world;
}

const memberIn = (world: World, id: string) => membersOf(world.state).find((one) => one.id === id);

/** So many times some events, as they pile up at a gateway. */
function inBatches(times: number, eventsOf: (n: number) => CallbackEvent[]): { event: CallbackEvent }[][] {
  const all = Array.from({ length: times }, (_, n) => eventsOf(n).map((event) => ({ event })));
  return Array.from({ length: times / 50 }, (_, batch) => all.slice(batch * 50, batch * 50 + 50).flat());
}

describe('a member', () => {
  test('that an event shows is in the conference, as the event says', () => {
    const world = conference();
    world.event(member(P1, 'member-a', { mute: true, time: 7 }));
    expect(membersOf(world.state)).toEqual([
      {
        id: 'member-a',
        callId: 'call-of-member-a',
        state: 'active',
        mute: true,
        hold: false,
        joinTone: false,
        leavingTone: false,
        addedTime: '2026-01-01T00:00:07Z',
      },
    ]);
    expect(world.state).toMatchObject({ phase: 'active', activeMembers: 1 });
  });

  test('whose switches come as strings has them all the same', () => {
    const world = conference();
    world.event({ ...member(P1, 'member-a'), mute: 'true', hold: 'false' });
    expect(memberIn(world, 'member-a')).toMatchObject({ mute: true, hold: false });
  });

  test('that was added is in the conference with the answer, before its event', () => {
    const world = conference();
    world.ask(add({ mute: true, joinTone: true }));
    world.platformSays('done');
    expect(memberIn(world, madeBy(world.lastRun))).toMatchObject({
      callId: 'call-x',
      mute: true,
      hold: false,
      joinTone: true,
      addedTime: '2026-01-01T00:00:00Z',
    });
    world.show(world.lastRun);
    expect(world.state).toMatchObject({ phase: 'active', activeMembers: 1 });
    expect(membersOf(world.state)).toHaveLength(1);
  });

  test('that was added has its tones, though its event came first', () => {
    const world = conference();
    world.ask(add({ leavingTone: true }));
    world.show(world.lastRun);
    world.platformSays('done');
    expect(memberIn(world, madeBy(world.lastRun))).toMatchObject({ leavingTone: true, state: 'active' });
  });

  test('that was muted after it joined is not unmuted by the answer to its adding, which came later', () => {
    const world = conference();
    world.ask(add({ mute: false }));
    world.show(world.lastRun);
    const id = madeBy(world.lastRun);
    world.event(member(P1, id, { mute: true, time: 2, callId: 'call-x' }));
    world.platformSays('done');
    expect(memberIn(world, id)).toMatchObject({ mute: true });
  });

  test('that came and left before its adding was answered has left', () => {
    const world = conference();
    world.ask(add());
    world.show(world.lastRun);
    world.event(member(P1, madeBy(world.lastRun), { state: 'completed', time: 9 }));
    world.platformSays('done');
    expect(world.state.activeMembers).toBe(0);
    expect(memberIn(world, madeBy(world.lastRun))).toMatchObject({ state: 'completed' });
  });

  test.each<[string, (world: World) => void]>([
    ['answered', (world) => world.platformSays('done')],
    ['shown', (world) => (world.platformSays('lost'), world.show(world.lastRun))],
  ])('whose adding is %s after the conference’s end is not in it', (_what, happens) => {
    const world = conference();
    world.ask(add());
    world.event(completed(P1));
    happens(world);
    expect(world.state).toMatchObject({ phase: 'completed', activeMembers: 0 });
    expect(membersOf(world.state).filter(({ state }) => state === 'active')).toEqual([]);
  });

  test('is changed in what was asked for, when the platform has done it', () => {
    const world = conference();
    world.event(member(P1, 'member-a', { hold: true }));
    world.ask(change({ mute: true, joinTone: true }));
    expect(memberIn(world, 'member-a')).toMatchObject({ mute: false });
    world.platformSays('done');
    expect(memberIn(world, 'member-a')).toMatchObject({ mute: true, joinTone: true, hold: true });
  });

  test('is not changed when the platform refuses', () => {
    const world = conference();
    world.event(member(P1, 'member-a'));
    world.ask(change({ mute: true }));
    world.platformSays('refused');
    expect(memberIn(world, 'member-a')).toMatchObject({ mute: false });
  });

  test('that is removed has left with the answer, and at that time', () => {
    const world = conference();
    world.event(member(P1, 'member-a'));
    world.ask(change({ state: 'completed' }));
    world.pass(2_000);
    world.platformSays('done');
    expect(memberIn(world, 'member-a')).toMatchObject({ state: 'completed', removedTime: '2026-01-01T00:00:02Z' });
    world.event(member(P1, 'member-a', { state: 'completed', time: 9 }));
    expect(memberIn(world, 'member-a')).toMatchObject({ removedTime: '2026-01-01T00:00:02Z' });
    expect(world.accepted).toHaveLength(2);
  });

  test('that has left is not brought back by an event that was overtaken, whoever removed it', () => {
    const world = conference();
    world.event(member(P1, 'member-a'));
    world.ask(change({ state: 'completed' }));
    world.platformSays('done');
    world.event(member(P1, 'member-a', { mute: true, time: 1 }));
    expect(memberIn(world, 'member-a')).toMatchObject({ state: 'completed' });
    expect(world.state.activeMembers).toBe(0);
  });

  test('that comes later is held and muted as the whole conference is', () => {
    const world = conference();
    world.ask({ kind: 'conference', fields: { mute: true } });
    world.platformSays('done');
    const { mute: _mute, ...silent } = member(P1, 'member-a');
    world.event(silent);
    expect(memberIn(world, 'member-a')).toMatchObject({ mute: true, hold: false });
  });

  test('with an id that plain objects have by nature is one like others', () => {
    const world = conference();
    for (const id of ['__proto__', 'constructor', '']) world.event(member(P1, id));
    expect(membersOf(world.state).map(({ id }) => id)).toEqual(['__proto__', 'constructor', '']);
  });

  test('that shows before the platform’s conference is known makes it active once it is', () => {
    const world = new World();
    const { conferenceId: _conferenceId, ...event } = member(P1, 'member-a');
    world.event(event, 'primary', 'run.1');
    world.event(created(P1));
    expect(world.state).toMatchObject({ phase: 'active', activeMembers: 1 });
  });

  test('that shows before the platform’s conference is known cannot be removed yet, and nobody waits for it in vain', () => {
    const world = new World();
    const { conferenceId: _conferenceId, ...event } = member(P1, 'member-a');
    world.event(event, 'primary', 'run.1');
    const requester = world.ask(change({ state: 'completed' }));
    expect(world.runs).toEqual([]);
    expect(world.answersTo(requester)).toMatchObject([{ outcome: 'refused', error: { status: 503 } }]);
  });
});

describe('a conference whose last member left', () => {
  test('ended for that, though only the answer to its adding had shown the member', () => {
    const world = conference();
    world.ask(add());
    world.platformSays('done');
    world.event(completed(P1));
    expect(world.state).toMatchObject({ phase: 'completed', reason: 'last-member-left' });
  });
});

describe('a conference without members', () => {
  test('that had some is still active for the wire, until it is completed', () => {
    const world = conference();
    expect(viewOf(world.state, 'conf-1').conference.state).toBe('created');
    world.event(member(P1, 'member-a'));
    world.event(member(P1, 'member-a', { state: 'completed', time: 5 }));
    expect(viewOf(world.state, 'conf-1').conference).toMatchObject({ state: 'active', activeMembers: 0 });
  });
});

describe('the members remembered', () => {
  test('are 501 at most, those that left first forgotten first, and none that is there', () => {
    const world = conference({});
    world.event(member(P1, 'member-a'));
    inBatches(600, (n) => {
      const [time, left] = [{ time: n }, { time: n + 1, state: 'completed' as const }];
      return [member(P1, `m-${n}`, time), member(P1, `m-${n}`, left)];
    }).forEach((events) => {
      world.callbacks('journal-1', events);
      expect(world.state.activeMembers).toBe(1);
    });
    for (const record of [world.state.members, world.state.dedupe.members]) {
      expect(Object.keys(record).length).toBeLessThanOrEqual(501);
    }
    expect(memberIn(world, 'member-a')).toMatchObject({ state: 'active' });
    expect(memberIn(world, 'm-0')).toBeUndefined();
    expect(memberIn(world, 'm-599')).toMatchObject({ state: 'completed' });
  });

  test('are 501 at most, though nobody was ever seen to leave', () => {
    const world = conference({});
    for (const events of inBatches(600, (n) => [member(P1, `m-${n}`, { time: n })]))
      world.callbacks('journal-1', events);
    for (const record of [world.state.members, world.state.dedupe.members]) {
      expect(Object.keys(record).length).toBeLessThanOrEqual(501);
    }
  });

  test('have left when the conference ends, those at other times before too', () => {
    const world = conference();
    world.event(member(P1, 'member-a'));
    world.event(member(P1, 'member-b'));
    world.event(member(P1, 'member-b', { state: 'completed', time: 5 }));
    world.pass(60_000);
    world.event(completed(P1));
    expect(new Date(START + 60_000).toISOString()).toBe('2026-01-01T00:01:00.000Z');
    expect(membersOf(world.state).map(({ removedTime }) => removedTime)).toEqual([
      '2026-01-01T00:01:00Z',
      '2026-01-01T00:00:05Z',
    ]);
  });
});
