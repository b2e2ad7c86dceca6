import { describe, expect, test } from '@jest/globals';
import type { Receipt } from '../../src/conference/state/inputs.ts';
import { created, dtmf, member } from './conference-world-events.ts';
import { conferenceThatIs, ordered, P1, P2, told } from './conference-world-examples.ts';
import type { World } from './conference-world.ts';

describe('a callback URL', () => {
  const VICTIM = 'platform-of-someone-else';
  const receipt = (sequence: number, attemptId: string, event: Receipt['event']): Receipt => ({
    sequence,
    arrivedAt: 0,
    channel: 'primary',
    attemptId,
    digest: String(sequence),
    event,
  });
  const send = (world: World, ...receipts: Receipt[]) =>
    world.take({ type: 'callbacks', batch: { opening: 'other', receipts } });

  test('speaks for the conference of its attempt alone: nobody ends another one with it', () => {
    const world = conferenceThatIs('created');
    world.event(created(P1));
    send(world, receipt(1, 'run.1', created(VICTIM)), receipt(2, 'run.1', { eventType: 'x', conferenceId: VICTIM }));
    expect(ordered(world)).toEqual([]);
    expect(world.state.platformId).toBe(P1);
    expect(told(world)).toEqual(['created']);
  });

  test('of an orphan brings no event that names no conference', () => {
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
