import { HELD_BACK_MS } from './budget.ts';
import type { CallbackEvent } from '../catapult/events.ts';
import { present } from '../catapult/present.ts';
import type { DeliveryAttempt, Deliverer, Target } from '../delivery/deliver.ts';
import type { Clock } from './clock.ts';
import type { CallbackFault, Faults } from './faults.ts';
import type { SentCallback, Happening } from './happening.ts';
import type { KeptQueue } from './kept.ts';

/** Sends the callbacks of a platform; knows whether any is under way. */
export class Callbacks {
  readonly clock: Clock;
  readonly faults: Faults;
  private readonly deliverer: Deliverer;
  private readonly changed: () => void;
  private underWay = 0;
  private stopped = false;
  private waiters: (() => void)[] = [];

  /** `changed` hears that a callback is through. */
  constructor(deliverer: Deliverer, clock: Clock, faults: Faults, changed: () => void = () => undefined) {
    this.deliverer = deliverer;
    this.changed = changed;
    this.clock = clock;
    this.faults = faults;
  }

  queue(target: Target, kept?: KeptQueue): CallbackQueue {
    return new CallbackQueue(this, target, kept);
  }

  /** Resolves when no callback is under way or held back. */
  async quiet(): Promise<void> {
    if (this.underWay > 0 && !this.stopped) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  /** What has not been sent yet never will be. */
  stop(): void {
    this.stopped = true;
    this.nobodyWaits();
  }

  begin(): void {
    this.underWay += 1;
  }

  end(): void {
    this.underWay -= 1;
    this.changed();
    if (this.underWay === 0) this.nobodyWaits();
  }

  /** How many callbacks are still to be sent, or have not been answered yet. */
  get waiting(): number {
    return this.stopped ? 0 : this.underWay;
  }

  /** Undefined when the platform is no more. */
  async deliver(event: CallbackEvent, target: Target): Promise<DeliveryAttempt[] | undefined> {
    return this.stopped ? undefined : this.deliverer.deliver({ event }, target);
  }

  private nobodyWaits(): void {
    for (const resolve of this.waiters) resolve();
    this.waiters = [];
  }
}

/** The callbacks of one conference or one call: each is sent when the one before it is through. */
export class CallbackQueue {
  /** What was sent so far, in order. */
  readonly sent: SentCallback[] = [];
  private readonly callbacks: Callbacks;
  private readonly target: Target;
  private turn: Promise<void> = Promise.resolve();
  private letGo: (() => void) | undefined;
  private pile: Happening[] | undefined;
  private happened = 0;
  /** What is not through yet, in order. */
  private waiting: Happening[] = [];

  /** The target is read anew for each callback, so that a changed URL holds from the next one on. */
  constructor(callbacks: Callbacks, target: Target, kept?: KeptQueue) {
    this.callbacks = callbacks;
    this.target = target;
    if (kept === undefined) return;
    this.sent.push(...kept.sent);
    this.happened = kept.happened;
    for (const happening of kept.waiting) {
      this.callbacks.begin();
      this.waiting.push(happening);
      this.enqueue(happening, undefined);
    }
  }

  /** For after a restart: what a fault held up is sent at once then. */
  keep(): KeptQueue {
    return { sent: this.sent, waiting: this.waiting, happened: this.happened };
  }

  send(event: CallbackEvent): void {
    this.callbacks.begin();
    const letGo = this.letGo;
    const fault = this.callbacks.faults.onCallback(event, { canHold: letGo === undefined });
    this.happened += 1;
    const happening = { event, number: this.happened, at: new Date(this.callbacks.clock.now()).toISOString() };
    this.waiting.push(happening);
    if (fault?.callbacks === 'reorder') return this.hold(happening, fault);
    if (fault?.callbacks === 'burst') return this.pileUp(happening, fault);
    this.enqueue(happening, fault);
    letGo?.();
  }

  /** Keeps an event until the next one has overtaken it, or until nothing has come for a while. */
  private hold(happening: Happening, fault: CallbackFault): void {
    const letGo = () => {
      cancel();
      this.letGo = undefined;
      this.enqueue(happening, fault);
    };
    const cancel = this.callbacks.clock.after(fault.delay ?? HELD_BACK_MS, letGo);
    this.letGo = letGo;
  }

  /** Keeps events for a while; then all go at the same time, and none waits for another's answer. */
  private pileUp(happening: Happening, fault: CallbackFault): void {
    if (this.pile !== undefined) return void this.pile.push(happening);
    const pile = [happening];
    this.pile = pile;
    this.callbacks.clock.after(fault.delay ?? HELD_BACK_MS, () => {
      this.pile = undefined;
      this.turn = this.turn
        .then(() => Promise.all(pile.map((piled) => this.transmit(piled, 'burst'))))
        .then(() => pile.forEach(() => this.callbacks.end()));
    });
  }

  private enqueue(happening: Happening, fault: CallbackFault | undefined): void {
    const ready = fault?.callbacks === 'delay' ? this.pause(fault.delay ?? HELD_BACK_MS) : undefined;
    this.turn = this.turn
      .then(() => ready)
      .then(() => this.transmit(happening, fault?.callbacks))
      .then(() => this.callbacks.end());
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.callbacks.clock.after(milliseconds, resolve));
  }

  private async transmit(happening: Happening, fault: SentCallback['fault']): Promise<void> {
    if (fault === 'lose') {
      this.sent.push({ ...happening, attempts: [], fault });
      return this.finish(happening);
    }
    // What could not be sent any more waits for the next start.
    if (!(await this.attempt(happening, fault, this.target))) return;
    this.finish(happening);
    if (fault === 'repeat') await this.attempt(happening, fault, this.target);
    if (fault === 'repeat-on-fallback')
      await this.attempt(happening, fault, { ...this.target, callbackUrl: undefined });
  }

  private async attempt(happening: Happening, fault: SentCallback['fault'], target: Target): Promise<boolean> {
    const attempts = await this.callbacks.deliver(happening.event, target);
    if (attempts === undefined) return false;
    this.sent.push(present({ ...happening, attempts, fault }));
    return true;
  }

  private finish(happening: Happening): void {
    this.waiting = this.waiting.filter((other) => other !== happening);
  }
}
