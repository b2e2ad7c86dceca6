import { Shares, type Claim } from './shares.ts';

export interface SlotsOptions {
  slots: number;
  slotsPerOrigin: number;
  /** How many may wait for one, and for how long (ms). */
  waiting: number;
  waitMs: number;
}

interface Waiter extends Claim {
  settle: (free: (() => void) | undefined) => void;
}

/**
 * Slots for work that may take long, such as a request: what an account has in hand, working or waiting, is bounded by shares,
 * so that what is slow of it holds up neither others nor what else it has.
 */
export class Slots {
  private readonly taken: Shares;
  private readonly waiting: Shares;
  private readonly waitMs: number;
  private readonly line = new Set<Waiter>();

  constructor({ slots, slotsPerOrigin, waiting, waitMs }: SlotsOptions) {
    this.taken = new Shares(slots, slotsPerOrigin);
    this.waiting = new Shares(waiting);
    this.waitMs = waitMs;
  }

  /** A slot, as what frees it; undefined if too many wait, if none came in time, or if the signal says that it is not wanted. */
  async take(claim: Claim, signal?: AbortSignal): Promise<(() => void) | undefined> {
    if (signal?.aborted === true) return undefined;
    if (this.taken.mayTake(claim) && this.waiting.heldBy(claim.account, claim.origin) === 0) return this.grant(claim);
    if (!this.waiting.mayTake(claim)) return undefined;
    return await new Promise((resolve) => {
      const leave = () => waiter.settle(undefined);
      const waiter: Waiter = {
        ...claim,
        settle: (free) => {
          this.line.delete(waiter);
          this.waiting.giveBack(claim);
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          resolve(free);
        },
      };
      const timer = setTimeout(leave, this.waitMs);
      signal?.addEventListener('abort', leave);
      this.waiting.take(claim);
      this.line.add(waiter);
    });
  }

  private grant(claim: Claim): () => void {
    this.taken.take(claim);
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      this.taken.giveBack(claim);
      this.serve();
    };
  }

  /** The next slots are for the accounts, and then the origins, that have the fewest; among equals for who has waited longest. */
  private serve(): void {
    for (let next = this.nextInLine(); next !== undefined; next = this.nextInLine()) next.settle(this.grant(next));
  }

  private nextInLine(): Waiter | undefined {
    let best: { waiter: Waiter; account: number; origin: number } | undefined;
    for (const waiter of this.line) {
      const account = this.taken.heldBy(waiter.account);
      const origin = this.taken.heldBy(waiter.account, waiter.origin);
      const isBetter =
        best === undefined || account < best.account || (account === best.account && origin < best.origin);
      if (isBetter && this.taken.mayTake(waiter)) best = { waiter, account, origin };
    }
    return best?.waiter;
  }
}
