import { describe, expect, test } from '@jest/globals';
import { closedOf } from '../../src/conference/carry.ts';
import { CONFERENCE_LANE } from '../../src/conference/outbox/lanes.ts';
import { settleDelivery } from '../../src/conference/outbox/outbox.ts';
import { bytesOf } from '../../src/conference/state/plain-data.ts';
import { membersOf, viewOf } from '../../src/conference/view.ts';
import { completed, CONFERENCE, created, CUSTOMER, member } from './conference-world-events.ts';
import { P1 } from './conference-world-examples.ts';
import { World } from './conference-world.ts';
import { took } from './outbox-took.ts';

const MAX_BYTES = 1024 * 1024;
const RUN = { workflowId: `conference/u-1/${CONFERENCE}`, runId: 'run' };

/** A conference that has had so many digits of this size, and is over: all has been delivered. */
function over(digits: number, bytes: number): World {
  const world = new World({ callbackUrl: CUSTOMER }, true);
  world.answer(true);
  world.event(created(P1));
  world.event(member(P1, 'a', { callId: 'call-a' }));
  for (let number = 0; number < digits; number += 1)
    world.event({ eventType: 'dtmf', conferenceId: P1, digits: 'x'.repeat(bytes), number });
  world.event(completed(P1));
  const all = world.state.outbox.log.accepted.map(({ sequence }) => sequence);
  const context = { conferenceId: CONFERENCE, now: world.now };
  settleDelivery(world.state.outbox, CONFERENCE_LANE, { attempts: took(all, world.now) }, context);
  return world;
}

describe('what a conference leaves when it closes', () => {
  test('is all that became of its events, if that is little', () => {
    const world = over(3, 1);
    const { records, state } = closedOf(world.state, RUN);
    expect(records).toEqual(world.state.outbox.log.accepted);
    expect(viewOf(state, CONFERENCE)).toEqual(viewOf(world.state, CONFERENCE));
    expect(membersOf(state)).toEqual(membersOf(world.state));
  });

  test('is the newest of them, in order, where all would be too much for Temporal', () => {
    const world = over(60, 30_000);
    const closed = closedOf(world.state, RUN);
    const { accepted } = world.state.outbox.log;
    expect(bytesOf(closed)).toBeLessThanOrEqual(MAX_BYTES + 1_000);
    expect(bytesOf(closed)).toBeGreaterThan(MAX_BYTES - 60_000);
    expect(closed.records).toEqual(accepted.slice(-closed.records.length));
    expect(closed.records.length).toBeLessThan(accepted.length);
  });

  test('names the run that has the others', () => {
    const { state } = closedOf(over(1, 1).state, RUN);
    expect(state.outbox.log.earlier).toEqual([{ ...RUN, first: 1 }]);
  });
});
