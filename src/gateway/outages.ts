import { setTimeout as pause } from 'node:timers/promises';
import type { ConferenceIds } from '../client/index.ts';
import type { Logger } from '../telemetry/log.ts';
import { MAX_REFUSED_CONFERENCES, LULL_MS, RECONCILE_AGAIN_AFTER_MS } from './budget.ts';

/** Has conferences reconcile what they did not hear. */
export interface Reconciler {
  reconcile(ids: ConferenceIds, why: string): Promise<boolean>;
  reconcileOpen(why: string): Promise<number>;
}

/**
 * After an outage of the bridge the platform may have given up on callbacks: the conferences concerned reconcile.
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
    if (this.refused.size <= MAX_REFUSED_CONFERENCES)
      this.refused.set(`${userId}/${conferenceId}`, { userId, conferenceId });
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
    if (concerned.length > MAX_REFUSED_CONFERENCES) return this.reconcileAllOpen(why);
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
        this.log.debug({ err: error }, 'conferences could not be asked to reconcile; trying again soon');
        await pause(RECONCILE_AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}
