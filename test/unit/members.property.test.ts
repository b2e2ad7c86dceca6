import { describe, expect, test } from '@jest/globals';
import { saidBy } from '../../src/catapult/events.ts';
import { hasEnded, isClosed, type ConferenceState } from '../../src/conference/state/state.ts';
import { always, samples } from './conference-world-histories.ts';
import { madeBy } from './conference-world-runs.ts';
import type { Taken } from './conference-world-interpreter.ts';
import type { World } from './conference-world.ts';

/* What holds for the members of every conference: who is in it is what the platform's answers and events say. */

/** Who was seen in the conference, and who was seen to leave it, whichever came first. */
class Seen {
  readonly here = new Set<string>();
  readonly left = new Set<string>();

  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  take({ before, input, after }: Taken): void {
    if (input.type === 'change-settled' && input.outcome.outcome === 'done') {
      const run = this.world.runs.find(({ id }) => id === input.id);
      if (run?.change.kind === 'add-member') this.here.add(madeBy(run));
      if (run?.change.kind === 'member' && run.change.fields.state !== undefined) this.left.add(run.change.memberId);
    }
    if (input.type !== 'callbacks') return;
    const { opening, receipts } = input.batch;
    for (const { sequence, event: told } of receipts) {
      const event = saidBy(told);
      const isOurs = event.conferenceId === after.platformId && sequence > (before.highestSequences[opening] ?? 0);
      if (event.eventType !== 'conference-member' || event.memberId === undefined || !isOurs) continue;
      (event.state === 'completed' ? this.left : this.here).add(event.memberId);
    }
  }

  get active(): string[] {
    return [...this.here].filter((id) => !this.left.has(id)).sort();
  }
}

const membersIn = ({ members }: ConferenceState, state: 'active' | 'completed') =>
  Object.values(members)
    .filter((member) => member.state === state)
    .map(({ id }) => id)
    .sort();

test('the random histories have members that are added, come, are removed and leave, in any order', () => {
  const ways = new Set<string>();
  // A member whose removal is confirmed before its event comes is rare.
  samples(400).forEach((world) => {
    const seen = new Seen(world);
    for (const step of world.taken) {
      const { before, input, after } = step;
      const came = membersIn(after, 'active').length > membersIn(before, 'active').length;
      if (came) ways.add(`came by ${input.type}`);
      const gone = membersIn(after, 'completed').length > membersIn(before, 'completed').length;
      if (gone) ways.add(`${isClosed(after) ? 'ended' : 'gone'} by ${input.type}`);
      seen.take(step);
      if ([...seen.left].some((id) => !seen.here.has(id))) ways.add('left before it came');
    }
  });
  expect([...ways]).toEqual(
    expect.arrayContaining([
      ...['came by callbacks', 'came by change-settled', 'gone by callbacks', 'gone by change-settled'],
      ...['ended by callbacks', 'left before it came'],
    ]),
  );
});

describe('the members of a conference', () => {
  test('that are active are those that events and answers show, and have not shown to leave', () => {
    always((world) => {
      const seen = new Seen(world);
      for (const step of world.taken) {
        seen.take(step);
        if (!hasEnded(step.after)) expect(membersIn(step.after, 'active')).toEqual(seen.active);
      }
    });
  });

  test('are counted', () => {
    always(({ taken }) => {
      for (const { after } of taken) expect(after.activeMembers).toBe(membersIn(after, 'active').length);
    });
  });

  test('have all left a conference that has ended on the platform', () => {
    always(({ taken }) => {
      for (const { after } of taken) if (hasEnded(after)) expect(membersIn(after, 'active')).toEqual([]);
    });
  });

  test('stay gone, and left when they left', () => {
    always(({ taken }) => {
      for (const { before, after } of taken) {
        for (const [key, { state, removedTime }] of Object.entries(before.members)) {
          if (state === 'completed') expect(after.members[key]).toMatchObject({ state, removedTime });
        }
      }
    });
  });

  test('make the conference active, from the first on', () => {
    always(({ taken }) => {
      for (const { after } of taken) if (after.phase === 'created') expect(after.activeMembers).toBe(0);
    });
  });

  test('are never another conference’s', () => {
    always(({ state, batches }) => {
      const receipts = batches.flatMap((batch) => batch.receipts);
      for (const { id } of Object.values(state.members)) {
        if (id.startsWith('member-of-change')) continue;
        const shownBy = receipts.filter(({ event }) => event.memberId === id).map(({ event }) => event.conferenceId);
        expect(shownBy).toContain(state.platformId);
      }
    });
  });

  test('once changed are as they were asked to be, until another event or answer', () => {
    always((world) => {
      for (const { input, after } of world.taken) {
        if (input.type !== 'change-settled' || input.outcome.outcome !== 'done') continue;
        const run = world.runs.find(({ id }) => id === input.id);
        if (run?.change.kind !== 'member') continue;
        const { memberId, fields } = run.change;
        const { state, ...settings } = fields;
        expect(Object.values(after.members).find(({ id }) => id === memberId)).toMatchObject({
          ...settings,
          ...(state && { state }),
        });
      }
    });
  });
});
