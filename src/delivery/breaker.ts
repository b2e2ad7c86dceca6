import {
  DEAD_AFTER_ROUNDS,
  FIRST_SPARED_MS,
  HOSTS_COUNTED_FOR_MS,
  MAX_HOSTS,
  MAX_SPARED_MS,
  PROBE_WITHIN_MS,
  ROUND_MS,
} from './budget.ts';

interface Host {
  /** Rounds without an answer in a row. */
  silentRounds: number;
  /** When the latest of them was noted. */
  notedAt: number;
  sparedUntil: number;
  /** The request that is looking whether it is back. */
  probe?: Begun;
}

/** One request to a host. */
interface Begun {
  host: string;
  at: number;
}

export type HostState = 'answering' | 'silent' | 'spared';

/**
 * Spares hosts that do not answer: each request to one would take a slot for the whole of its time-out. What is spared has
 * not failed: nobody's retries are spent while a host is dead. It counts by rounds: requests that were under way together and
 * fail together show one thing, not as many as they are.
 */
export class Breaker {
  private readonly hosts = new Map<string, Host>();
  /** When each of the others answered last, the latest last. */
  private readonly answering = new Map<string, number>();
  private readonly now: () => number;

  /** The clock is one that is never set. */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** How long this host is to be spared (ms); 0: a request may be sent. */
  spare(host: string): number {
    const known = this.hosts.get(host);
    if (known === undefined || known.silentRounds < DEAD_AFTER_ROUNDS) return 0;
    const left = known.sparedUntil - this.now();
    if (left > 0) return left;
    const isProbed = known.probe !== undefined && this.now() < known.probe.at + PROBE_WITHIN_MS;
    return isProbed ? FIRST_SPARED_MS / 2 : 0;
  }

  /**
   * The hosts that are spared, and how often in a row each has not answered. Nothing is sent there for so long (ms); less than 0: a request
   * may look whether it is back, and none has found that.
   */
  spared(): { host: string; leftMs: number; silentRounds: number }[] {
    return [...this.hosts].flatMap(([host, known]) => {
      const { silentRounds, sparedUntil } = known;
      if (this.stateOf(known) !== 'spared') return [];
      return { host, leftMs: sparedUntil - this.now(), silentRounds };
    });
  }

  /** A request is sent to this host; its outcome is to be given to `heard`. */
  begin(host: string): Begun {
    const begun = { host, at: this.now() };
    const known = this.hosts.get(host);
    if (known !== undefined && known.silentRounds >= DEAD_AFTER_ROUNDS) known.probe = begun;
    return begun;
  }

  /** The host has answered this request, whatever it said, or has not; undefined if that says nothing of it. */
  heard(begun: Begun, answered: boolean | undefined): void {
    const { host } = begun;
    if (answered === true) return this.noteAnswer(host);
    const known = this.hosts.get(host) ?? { silentRounds: 0, notedAt: -Infinity, sparedUntil: 0 };
    const isProbe = known.probe === begun;
    if (isProbe) delete known.probe;
    const isSameRound = begun.at < known.notedAt || this.now() < known.notedAt + ROUND_MS;
    if (answered === undefined || (isSameRound && !isProbe)) return;
    known.silentRounds += 1;
    known.notedAt = this.now();
    const times = known.silentRounds - DEAD_AFTER_ROUNDS;
    if (times >= 0) known.sparedUntil = this.now() + Math.min(FIRST_SPARED_MS * 2 ** times, MAX_SPARED_MS);
    this.answering.delete(host);
    putLast(this.hosts, host, known);
  }

  /** How many of the hosts that were sent to lately are in which state. */
  count(): Record<HostState, number> {
    const counts = { answering: 0, silent: 0, spared: 0 };
    for (const at of this.answering.values()) if (this.isRecent(at)) counts.answering += 1;
    for (const host of this.hosts.values()) {
      const state = this.stateOf(host);
      if (state !== undefined) counts[state] += 1;
    }
    return counts;
  }

  /** Undefined for one that nothing was sent to lately. */
  private stateOf({ silentRounds, notedAt, sparedUntil }: Host): 'silent' | 'spared' | undefined {
    if (!this.isRecent(Math.max(notedAt, sparedUntil))) return undefined;
    return silentRounds < DEAD_AFTER_ROUNDS ? 'silent' : 'spared';
  }

  private isRecent(at: number): boolean {
    return this.now() - at < HOSTS_COUNTED_FOR_MS;
  }

  private noteAnswer(host: string): void {
    this.hosts.delete(host);
    putLast(this.answering, host, this.now());
  }
}

/** Remembers it as the latest; the oldest is forgotten where they are too many. */
function putLast<Value>(all: Map<string, Value>, host: string, value: Value): void {
  all.delete(host);
  all.set(host, value);
  const [oldest] = all.keys();
  if (all.size > MAX_HOSTS && oldest !== undefined) all.delete(oldest);
}
