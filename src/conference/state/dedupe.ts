/* What is remembered to know repetitions by, as plain data. */

/** Which of our two callback URLs an event came in on. */
export type Channel = 'primary' | 'fallback';

export interface Switches {
  mute: string;
  hold: string;
}

export interface MemberMemory extends Switches {
  state: 'active' | 'completed';
  time: number;
  /** Whether its joining has been taken: its leaving may come first. */
  joined: boolean;
  /** Set where its joining was made up: the time that the event itself would have, but for parts of a second. */
  madeUpJoin?: number;
  /** Set where mute and hold were made up: they stand for every event up to this time that says the same. */
  madeUp?: Switches & { to: number };
  /** Set where the times do not show which of two mutes or holds is the last: only the platform knows. */
  unsure?: boolean;
}

export interface RememberedArrival {
  digest: string;
  channel: Channel;
  /** When it came to the bridge (epoch milliseconds). */
  at: number;
  paired: boolean;
}

export interface DedupeMemory {
  /** Conference status events taken. */
  statuses: string[];
  /** By {@link memberKey}. */
  members: Record<string, MemberMemory>;
  /** The events that calls send once; the latest. */
  calls: string[];
  /** Recent bodies, in the order in which they were taken. */
  arrivals: RememberedArrival[];
  /** How many repetitions were dropped. */
  repeated: number;
}

export function emptyDedupeMemory(): DedupeMemory {
  return { statuses: [], members: {}, calls: [], arrivals: [], repeated: 0 };
}
