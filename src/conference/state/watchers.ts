/* Who waits for a conference from outside, and for what, as plain data. */

/** What is waited for. `completed` is every end, as in the wire's `state`: also of one that has failed or was cancelled. */
export type Awaited = { phase: 'created' | 'active' | 'completed' } | { members: number };

/** How a conference stands, as far as somebody may wait for it. */
export interface Standing {
  /** A phase, or `terminated` where its workflow was. */
  phase: string;
  /** Why it has ended. */
  reason?: string;
  activeMembers: number;
  /** Whether anybody has ever been in it. */
  hadMembers: boolean;
}

/** What a watcher is notified of, once: that what it waits for has come, that it cannot come any more, or that too many wait already. */
export interface Word {
  outcome: 'reached' | 'over' | 'too-many';
  standing: Standing;
}

export interface Watcher {
  /** The id of its workflow. */
  id: string;
  awaited: Awaited;
  /** Set once there is an outcome. */
  word?: Word;
  /** Whether its notification is under way. */
  isBeingNotified?: true;
}
