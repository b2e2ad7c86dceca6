import { describe, expect, test } from '@jest/globals';
import { nextBatch } from '../../src/conference/outbox/outbox.ts';
import { completed, created, CUSTOMER, dtmf, member } from './conference-world-events.ts';
import { conferenceThatIs, P1 } from './conference-world-examples.ts';
import { World } from './conference-world.ts';

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

describe('without a callbackUrl', () => {
  test('events are numbered and recorded only', () => {
    const world = new World({});
    world.event(created(P1));
    world.event(dtmf(1));
    expect(world.state.outbox).toMatchObject({ nextSequence: 3, lanes: {}, waitingBytes: 0, deadLetters: [] });
    expect(world.state.outbox.log.accepted.map(({ status }) => status)).toEqual(['recorded', 'recorded']);
  });

  test('what is accepted after one is set is delivered', () => {
    const world = new World({});
    world.event(created(P1));
    world.change({ callbackUrl: CUSTOMER });
    world.event(completed(P1));
    expect(world.accepted.map(({ sequence }) => sequence)).toEqual([2]);
  });
});
