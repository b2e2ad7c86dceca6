import { fileURLToPath } from 'node:url';
import { convoke } from './systems/convoke.ts';
import { memory, plainTemporal } from './systems/others.ts';
import { dbos, lackOf, restate } from './systems/peers.ts';
import type { System } from './systems/system.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Every system, by the name that the command line gives it. `baseline` is the folder of another checkout, built. */
export function systems(baseline?: string): System[] {
  return [
    convoke('convoke', 'this checkout, delivering from the gateway', root, { DELIVER_FROM: 'gateway' }),
    convoke('convoke-worker', 'this checkout, delivering from the worker', root, { DELIVER_FROM: 'worker' }),
    ...(baseline === undefined ? [] : [convoke('baseline', `Convoke as it is in ${baseline}`, baseline, {})]),
    plainTemporal(root),
    restate,
    dbos,
    memory,
  ];
}

/** What it lacks here, as a sentence; undefined if it can run. */
export const lackOfSystem = lackOf;
