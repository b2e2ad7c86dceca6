import { setTimeout as pause } from 'node:timers/promises';
import type { ConferenceIds } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';

/** Conferences remembered of which callbacks were refused; beyond it all open ones are asked. */
const MAX_REMEMBERED = 1_000;

/** How long to wait before asking again whether Temporal answers (ms). */
const AGAIN_AFTER = 5_000;

/** How long after a callback was turned away that is taken to be over. */
const LULL_MS = 5_000;

/** Has conferences ask the platform what they were not told. */
export interface Reconciler {
  reconcile(ids: ConferenceIds, why: string): Promise<boolean>;
  reconcileOpen(why: string): Promise<number>;
}

/**
 * After an outage of the bridge the platform may have given up on callbacks: the conferences concerned are told to ask it.
 */
export class Outages {
  private readonly reconciler: Reconciler;
  private readonly log: Logger;
  private refused = new Map<string, ConferenceIds>();
  private lull: Promise<void> | undefined;
  private readonly stopped = new AbortController();

  constructor(reconciler: Reconciler, log: Logger) {
    this.reconciler = reconciler;
    this.log = log;
  }

  /** Nobody was here to take callbacks, of whatever conference. */
  reconcileAllOpen(why: string): void {
    void this.untilDone(() => this.reconciler.reconcileOpen(why));
  }

  /** A callback could not be taken. */
  noteRefused({ userId, conferenceId }: ConferenceIds): void {
    if (this.refused.size <= MAX_REMEMBERED) this.refused.set(`${userId}/${conferenceId}`, { userId, conferenceId });
  }

  /** A callback was refused before it came to the journal: too much was being sent just then. */
  noteTurnedAway(ids: ConferenceIds): void {
    this.noteRefused(ids);
    const { signal } = this.stopped;
    this.lull ??= pause(LULL_MS, undefined, { signal, ref: false })
      .then(() => this.reconcileRefused())
      .catch(() => undefined)
      .finally(() => (this.lull = undefined));
  }

  /** A callback that was acknowledged is lost. */
  reconcileOne(ids: ConferenceIds): void {
    void this.untilDone(() => this.reconciler.reconcile(ids, 'a callback of it was damaged in the journal'));
  }

  /** Callbacks can be taken again. */
  reconcileRefused(): void {
    if (this.refused.size === 0) return;
    const concerned = [...this.refused.values()];
    this.refused = new Map();
    const why = 'callbacks of it were refused while the journal could not take them';
    if (concerned.length > MAX_REMEMBERED) return this.reconcileAllOpen(why);
    for (const ids of concerned) void this.untilDone(() => this.reconciler.reconcile(ids, why));
  }

  stop(): void {
    this.stopped.abort();
  }

  private async untilDone(work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        this.log.debug({ err: error }, 'conferences could not be told to ask the platform; again soon');
        await pause(AGAIN_AFTER, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}
