/** So many requests in a row that got no answer at all, and a host counts as dead. */
const DEAD_AFTER = 5;

/** For how long a dead host is spared before one request looks whether it is back (ms); doubles each time it is not. */
const SPARE_FIRST = 10_000;
const SPARE_MOST = 5 * 60_000;

interface Host {
  /** Requests without an answer in a row. */
  silent: number;
  sparedUntil: number;
  /** Whether a request is looking whether it is back. */
  probing: boolean;
}

/**
 * Spares hosts that do not answer: each request to one would take a slot for the whole of its time-out. What is spared has
 * not failed: nobody's retries are spent while a host is dead.
 */
export class Breaker {
  private readonly hosts = new Map<string, Host>();
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** How long this host is to be spared (ms); 0: send the request, and tell with `heard` what came of it. */
  spare(host: string): number {
    const known = this.hosts.get(host);
    if (known === undefined || known.silent < DEAD_AFTER) return 0;
    const left = known.sparedUntil - this.now();
    if (left > 0) return left;
    if (known.probing) return SPARE_FIRST / 2;
    known.probing = true;
    return 0;
  }

  /** A host has answered a request, whatever it said, or has not; undefined if it had no time to. */
  heard(host: string, answered: boolean | undefined): void {
    if (answered === true) return void this.hosts.delete(host);
    const known = this.hosts.get(host) ?? { silent: 0, sparedUntil: 0, probing: false };
    known.probing = false;
    if (answered === undefined) return;
    known.silent += 1;
    const times = known.silent - DEAD_AFTER;
    if (times >= 0) known.sparedUntil = this.now() + Math.min(SPARE_FIRST * 2 ** times, SPARE_MOST);
    this.hosts.set(host, known);
    this.forgetOldest();
  }

  /** Hosts are named by customers: what is kept of them is bounded. */
  private forgetOldest(): void {
    const [oldest] = this.hosts.keys();
    if (this.hosts.size > 10_000 && oldest !== undefined) this.hosts.delete(oldest);
  }
}
