/** Who wants a place: places are shared among accounts, and what an account has among its origins. */
export interface Claim {
  account: string;
  origin: string;
}

interface Holder {
  held: number;
  origins: Map<string, number>;
}

/** An account may hold so many for each that is free: less for more at an origin that has one already. */
export interface Parts {
  firstAtOrigin: number;
  moreAtOrigin: number;
}

/** And so many in any case, beyond what there are if need be: accounts are few. */
const ALWAYS = 4;

/**
 * Places of which nobody can take all: what an account may hold goes by how many are free. Those that hold on to what they have
 * share it about evenly, and whoever comes new finds some free; so does, within what its account may hold, an origin that comes new.
 */
export class Shares {
  private readonly places: number;
  private readonly parts: Parts;
  private readonly mostPerOrigin: number;
  private readonly accounts = new Map<string, Holder>();
  private held = 0;

  constructor(places: number, parts: Parts, mostPerOrigin = Infinity) {
    this.places = places;
    this.parts = parts;
    this.mostPerOrigin = mostPerOrigin;
  }

  mayTake({ account, origin }: Claim): boolean {
    const ofOrigin = this.heldBy(account, origin);
    const part = ofOrigin === 0 ? this.parts.firstAtOrigin : this.parts.moreAtOrigin;
    const ofAccount = Math.max(ALWAYS, (this.places - this.held) * part);
    return ofOrigin < this.mostPerOrigin && this.heldBy(account) < ofAccount;
  }

  take({ account, origin }: Claim): void {
    const holder = this.accounts.get(account) ?? { held: 0, origins: new Map<string, number>() };
    this.accounts.set(account, holder);
    holder.held += 1;
    holder.origins.set(origin, (holder.origins.get(origin) ?? 0) + 1);
    this.held += 1;
  }

  giveBack({ account, origin }: Claim): void {
    const holder = this.accounts.get(account);
    const ofOrigin = holder?.origins.get(origin);
    if (holder === undefined || ofOrigin === undefined) return;
    this.held -= 1;
    holder.held -= 1;
    if (ofOrigin > 1) holder.origins.set(origin, ofOrigin - 1);
    else holder.origins.delete(origin);
    if (holder.held === 0) this.accounts.delete(account);
  }

  /** How many an account holds, or one of its origins. */
  heldBy(account: string, origin?: string): number {
    const holder = this.accounts.get(account);
    return (origin === undefined ? holder?.held : holder?.origins.get(origin)) ?? 0;
  }
}
