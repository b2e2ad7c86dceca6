import { expect } from '@jest/globals';
import { member, platformId } from './conference-world-events.ts';
import { World } from './conference-world.ts';

/*
 * For the named rules of a conference's life, which have one example each. What holds for all histories is in
 * conference.property.test.ts.
 */

export const P1 = platformId(1);
export const P2 = platformId(2);

/** What the customer is told of the conference itself, in order. */
export const told = ({ accepted }: World) =>
  accepted.flatMap(({ event }) => (event.eventType === 'conference' ? [event.status] : []));

export const ordered = (world: World) => world.effects('complete').map((effect) => effect.platformId);

export function conferenceThatIs(phase: 'created' | 'active'): World {
  const world = new World();
  world.answer(true);
  if (phase === 'active') world.event(member(P1, 'member-a'));
  expect(world.state.phase).toBe(phase);
  return world;
}
