import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackEvent } from '../catapult/events.ts';
import type { Deliverer, Target } from '../delivery/deliver.ts';
import { FIRST_CALLBACK_PAUSE_MS, LAST_CALLBACK_PAUSE_MS } from './budget.ts';
import { Turns } from './turns.ts';

/** Sends the events of each conference and of each call in order: one goes when the one before it is through, or given up. */
export class Callbacks {
  private readonly deliverer: Deliverer;
  private readonly lanes = new Turns();
  private readonly stopping = new AbortController();

  constructor(deliverer: Deliverer) {
    this.deliverer = deliverer;
  }

  /** Resolves whether it has been taken. */
  async tell(lane: string, event: CallbackEvent, target: Target): Promise<boolean> {
    if (target.callbackUrl === undefined && target.fallbackUrl === undefined) return true;
    return await this.lanes.take(lane, () => this.send(event, target));
  }

  /** What waits is tried once more. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.lanes.quiet();
    await this.deliverer.close();
  }

  private async send(event: CallbackEvent, target: Target): Promise<boolean> {
    const { signal } = this.stopping;
    for (let pause = FIRST_CALLBACK_PAUSE_MS; ; pause *= 2) {
      const attempts = await this.deliverer.deliver({ event }, target);
      if (attempts.some(({ ok, gone }) => ok || gone === true)) return true;
      if (pause > LAST_CALLBACK_PAUSE_MS || signal.aborted) return false;
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
