import { created } from './conference-world-events.ts';
import { conferenceThatIs, P1 } from './conference-world-examples.ts';
import type { World } from './conference-world.ts';

/* A conference, and what the platform says of it when it is asked. */

export const A = 'member-a';
export const at = (seconds: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000).toISOString();

/** A conference of which everything has been told, with one member. */
export function quiet(): World {
  const world = conferenceThatIs('active');
  world.event(created(P1));
  return world;
}

export const asked = (world: World) => world.effects('read-platform').length;
export const ofMembers = ({ accepted }: World) =>
  accepted.flatMap(({ event, source }) =>
    event.eventType === 'conference-member' ? [[event.memberId, event.state, source]] : [],
  );

/** The platform tells of these members, and of a conference in this state. */
export function platformTells(world: World, state: 'active' | 'completed', members: object[], from?: number): void {
  world.isReading = false;
  const known = members.map((fields) => ({
    ...{ id: A, callId: 'call-a', state: 'active' as const, mute: false, hold: false },
    ...{ addedTime: at(0), removedTime: undefined },
    ...fields,
  }));
  const conference = { state, createdTime: at(0), completedTime: state === 'completed' ? at(60) : undefined };
  const reading = {
    outcome: 'read' as const,
    conference,
    members: known,
    ...(from === undefined ? {} : { asOf: { from, to: from + 1_000 } }),
  };
  world.take({ type: 'platform-read', reading });
}
