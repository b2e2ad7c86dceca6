import { CancellationScope } from '@temporalio/workflow';
import { isUnderLease } from '../conference/outbox/lease.ts';
import { nextBatch } from '../conference/outbox/outbox.ts';
import type { Input } from '../conference/state/inputs.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import { deliver } from './activity-calls.ts';

/** The deliveries of a run that are under way: one at a time in each lane, so that its order is kept. */
export class Deliveries {
  private readonly underWay = new Map<string, CancellationScope>();
  private readonly state: ConferenceState;
  private readonly take: (outcome: Input) => void;

  constructor(state: ConferenceState, take: (outcome: Input) => void) {
    this.state = state;
    this.take = take;
  }

  get areDone(): boolean {
    return this.underWay.size === 0;
  }

  isUnderWay(lane: string): boolean {
    return this.underWay.has(lane);
  }

  /** Starts one in each lane that has something to deliver now. */
  start(): void {
    for (const lane of Object.keys(this.state.outbox.lanes)) {
      if (this.underWay.has(lane) || isUnderLease(this.state, lane)) continue;
      const batch = nextBatch(this.state.outbox, lane, Date.now());
      if (batch === undefined) continue;
      const scope = new CancellationScope();
      this.underWay.set(lane, scope);
      void scope
        .run(() => deliver(lane, batch, this.state))
        .then((outcome) => {
          // In one step with what it delivered: a lane that is free, its delivery not settled, would deliver it again.
          this.underWay.delete(lane);
          this.take(outcome);
        });
    }
  }

  /** Has all of them stop and report. */
  stop(): void {
    for (const scope of this.underWay.values()) scope.cancel();
  }
}
