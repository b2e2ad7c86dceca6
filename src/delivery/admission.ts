import { BUSY_FOR_MS, REQUEST_SLOTS } from './budget.ts';
import { Breaker, type HostState } from './breaker.ts';
import { gauges } from '../telemetry/metrics.ts';
import type { Claim } from './shares.ts';
import { Slots } from './slots.ts';
import { Turns } from './turns.ts';

/**
 * Let in: the request is to be sent now, and then reported whether it was answered, and when its connection is free. Or not, for so
 * long (ms), since the host is dead, or only since others were before it.
 */
export type Admitted =
  { over: (answered: boolean | undefined, isFree?: Promise<void>) => void } | { sparedMs: number; isDead: boolean };

/** An origin of an account that does not answer: nothing is sent there until then (epoch milliseconds), and then one request at a time. */
export interface SparedOrigin {
  account: string;
  origin: string;
  sparedUntil: number;
  silentRounds: number;
}

/** Who may send now: accounts, and the origins of an account, have shares of the slots, and what is dead is spared. */
export class Admission {
  private readonly slots = new Slots(REQUEST_SLOTS);
  private readonly breaker = new Breaker();
  private readonly turns = new Turns();
  /** Nobody looks any more how many hosts are spared. */
  readonly close = gauges((set) => {
    for (const [state, hosts] of Object.entries(this.breaker.count()) as [HostState, number][])
      set('convoke_delivery_hosts', { state }, hosts);
  });

  /** Waits for a slot, unless the signal says that it need not any longer. */
  async enter(claim: Claim, signal: AbortSignal | undefined): Promise<Admitted> {
    // An account's URL may be wrong where another's is right, although both lead to one origin.
    const host = `${claim.account} ${claim.origin}`;
    if (this.breaker.spare(host) > 0) return { sparedMs: this.breaker.spare(host), isDead: true };
    const free = await this.slots.take(claim, signal);
    if (free === undefined) return { sparedMs: BUSY_FOR_MS, isDead: false };
    // It may have been found dead meanwhile.
    const sparedMs = this.breaker.spare(host);
    if (sparedMs > 0) {
      free();
      return { sparedMs, isDead: true };
    }
    const begun = this.breaker.begin(host);
    return {
      over: (answered, isFree = Promise.resolve()) => {
        this.breaker.heard(begun, answered);
        void isFree.then(free);
      },
    };
  }

  /** The origins that are spared. */
  spared(): SparedOrigin[] {
    return this.breaker.spared().map(({ host, leftMs, silentRounds }) => {
      const [account = '', origin = ''] = host.split(' ');
      return { account, origin, sparedUntil: Date.now() + leftMs, silentRounds };
    });
  }

  /** In how many milliseconds what was not let in is to come back. */
  comeBackAfter(claim: Claim, sparedMs: number): number {
    return this.turns.next(claim, sparedMs);
  }
}
