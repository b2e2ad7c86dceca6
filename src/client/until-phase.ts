import { CatapultError } from '../catapult/errors.ts';
import type { Conference } from '../catapult/resources.ts';
import type { Phase } from '../conference/state/state.ts';
import { unlessAborted } from './call.ts';
import type { Follower } from './watch.ts';

/** The phases before the end, in their order. */
const order = ['scheduled', 'creating', 'created', 'active', 'ending'];

/** Waits until a conference that is followed is in a phase, or past it; the follower is left then. */
export async function untilPhase(
  follower: Follower,
  get: () => Promise<Conference>,
  phase: Phase,
  signal: AbortSignal | undefined,
): Promise<Conference> {
  try {
    for (;;) {
      const isLast = follower.isOver();
      const conference = await get().catch(unlessFinal);
      if (conference !== undefined && (isLast || isReached(phase, conference.phase))) return conference;
      if (conference === undefined) follower.lookAgain();
      await unlessAborted(signal, follower.next());
    }
  } finally {
    follower.leave();
  }
}

function isReached(wanted: Phase, phase = ''): boolean {
  const place = order.indexOf(phase);
  return place < 0 || (order.includes(wanted) && place >= order.indexOf(wanted));
}

/** When nobody answers it is asked again. */
function unlessFinal(error: unknown): undefined {
  if (!(error instanceof CatapultError && error.status === 503)) throw error;
}
