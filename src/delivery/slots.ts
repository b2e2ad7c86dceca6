import { Shares, type Claim } from './shares.ts';

export interface SlotsOptions {
  slots: number;
  slotsPerOrigin: number;
  /** How many may wait for one, and for how long (ms). */
  waiting: number;
  waitMs: number;
}

/** Slots are kept for who comes new; a place in the line costs little, and one origin may have many. */
const SLOTS = { firstAtOrigin: 1 / 2, moreAtOrigin: 1 / 8 };
const PLACES_IN_LINE = { firstAtOrigin: 1 / 2, moreAtOrigin: 1 / 3 };

interface Waiter extends Claim {
  /** Who came sooner has the smaller one. */
  number: number;
  settle: (free: (() => void) | undefined) => void;
}

/**
 * A semaphore with slots by account and origin, for work that may take long, such as a request: what an account has in hand, working or waiting, is bounded by shares,
 * so that what is slow of it holds up neither others nor what else it has.
 */
export class Slots {
  private readonly taken: Shares;
  private readonly waiting: Shares;
  private readonly waitMs: number;
  /** The lines of each account's origins. */
  private readonly lines = new Map<string, Set<Waiter>>();
  private came = 0;

  constructor({ slots, slotsPerOrigin, waiting, waitMs }: SlotsOptions) {
    this.taken = new Shares(slots, SLOTS, slotsPerOrigin);
    this.waiting = new Shares(waiting, PLACES_IN_LINE);
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
        number: (this.came += 1),
        settle: (free) => {
          this.leave(waiter);
          this.waiting.giveBack(claim);
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          resolve(free);
        },
      };
      const timer = setTimeout(leave, this.waitMs);
      signal?.addEventListener('abort', leave);
      this.waiting.take(claim);
      this.lines.set(lineOf(waiter), (this.lines.get(lineOf(waiter)) ?? new Set()).add(waiter));
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

  private leave(waiter: Waiter): void {
    const line = this.lines.get(lineOf(waiter));
    line?.delete(waiter);
    if (line?.size === 0) this.lines.delete(lineOf(waiter));
  }

  private nextInLine(): Waiter | undefined {
    let best: { waiter: Waiter; has: [account: number, origin: number, number: number] } | undefined;
    for (const [waiter] of this.lines.values()) {
      if (waiter === undefined || !this.taken.mayTake(waiter)) continue;
      const { account, origin, number } = waiter;
      const has: [number, number, number] = [this.taken.heldBy(account), this.taken.heldBy(account, origin), number];
      if (best === undefined || isLess(has, best.has)) best = { waiter, has };
    }
    return best?.waiter;
  }
}

function lineOf({ account, origin }: Claim): string {
  return `${account} ${origin}`;
}

/** By the first number in which they differ. */
function isLess(these: number[], those: number[]): boolean {
  const difference = these.map((one, place) => one - (those[place] ?? 0)).find((one) => one !== 0);
  return (difference ?? 0) < 0;
}
