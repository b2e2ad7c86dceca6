import type { Client } from '@temporalio/client';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { reconcileSignal } from '../workflows/messages.ts';
import { OpenConferences } from './open-conferences.ts';
import type { Signals } from './signals.ts';

/** Has conferences ask the platform what its callbacks never reported; `why` is for their log. */
export class Reconciling {
  private readonly open: OpenConferences;
  private readonly signals: Signals;

  constructor(client: Client, taskQueue: string, signals: Signals) {
    this.open = new OpenConferences(client, taskQueue);
    this.signals = signals;
  }

  /** @returns false if no such conference is open. */
  async one(ids: ConferenceIds, why: string): Promise<boolean> {
    return await this.signals.sendIfOpen(ids, reconcileSignal, why);
  }

  /** Every open conference, those with members first; answers how many there were. */
  async allOpen(why: string, onProgress: (done: number) => void = () => undefined): Promise<number> {
    let count = 0;
    for await (const ids of this.open.all()) if (await this.one(ids, why)) onProgress(++count);
    return count;
  }
}
