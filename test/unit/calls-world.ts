import type { Change, DialRequest } from '../../src/conference/state/changes.ts';
import { platformId } from './conference-world-events.ts';
import type { PlatformRun } from './conference-world-runs.ts';
import { World } from './conference-world.ts';

/*
 * Dialled calls and their events, for the rules that have one example each. What holds for all histories is in
 * calls.property.test.ts.
 */

export const P1 = platformId(1);
export const CALLS = 'https://customer.example/calls';
export const dial = (fields: Partial<DialRequest> = {}): Change => ({
  kind: 'dial',
  call: {
    ...{ from: '+19195551234', to: '+19195550000', callTimeout: 60 },
    ...{ callbackHttpMethod: 'POST', callbackTimeout: 10_000 },
    ...fields,
  },
});

export function conference(settings?: ConstructorParameters<typeof World>[0]): World {
  const world = new World(settings);
  world.answer(true);
  return world;
}

export function dialled(world: World, fields: Partial<DialRequest> = {}): PlatformRun {
  world.ask(dial(fields));
  world.platformSays('done');
  return world.lastRun;
}

export const lanes = ({ accepted }: World) => accepted.map(({ event, lane }) => [event.eventType, lane]);
