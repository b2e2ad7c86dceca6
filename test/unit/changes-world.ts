import { expect } from '@jest/globals';
import type { Change, IdempotencyKey } from '../../src/conference/state/changes.ts';
import { member, platformId } from './conference-world-events.ts';
import { World } from './conference-world.ts';

/*
 * A conference that is asked for changes: the named rules of changes have one example each. What holds for all
 * histories is in changes-*.property.test.ts.
 */

export const P1 = platformId(1);
export const HOLD: Change = { kind: 'conference', fields: { hold: true } };
export const TAG: Change = { kind: 'conference', fields: { tag: 'other' } };
export const END: Change = { kind: 'conference', fields: { state: 'completed' } };
export const MUTE: Change = { kind: 'member', memberId: 'member-a', fields: { mute: true } };
export const REMOVE: Change = { kind: 'member', memberId: 'member-a', fields: { state: 'completed' } };
export const SPEAK: Change = { kind: 'audio', audio: { sentence: 'Welcome.' } };
export const ADD: Change = { kind: 'add-member', member: { callId: 'call-x' } };
export const DIAL: Change = {
  kind: 'dial',
  call: {
    from: '+19195551234',
    to: '+19195550000',
    callTimeout: 60,
    callbackHttpMethod: 'POST',
    callbackTimeout: 10_000,
  },
};

export const KEY: IdempotencyKey = { id: 'key-1', fingerprint: 'of this change' };

/** An active conference with one member. */
export function conference(settings?: ConstructorParameters<typeof World>[0]): World {
  const world = new World(settings);
  world.answer(true);
  world.event(member(P1, 'member-a'));
  return world;
}

export const refusal = (status: number, message: string) => ({
  outcome: 'refused',
  error: { status, message: expect.stringContaining(message) },
});

/** Asks for a change that is answered at once, without the platform. */
export function answered(world: World, change: Change, key?: IdempotencyKey) {
  const runs = world.runs.length;
  const answers = world.answersTo(world.ask(change, key));
  expect(world.runs).toHaveLength(runs);
  expect(answers).toHaveLength(1);
  return answers[0];
}
