import type { CallbackEvent } from '../catapult/events.ts';
import type { Attempt, Deliverer, Target } from '../delivery/deliver.ts';
import type { Clock } from './clock.ts';
import { HELD_BACK, type CallbackFault, type Faults } from './faults.ts';

/** A callback that the sandbox sent, what each try at the two URLs came to, and the fault that it met. */
export interface SentCallback {
  event: CallbackEvent;
  attempts: Attempt[];
  fault?: CallbackFault['callbacks'];
}

/** Sends the callbacks of a platform; knows whether any is under way. */
export class Callbacks {
  readonly clock: Clock;
  readonly faults: Faults;
  private readonly deliverer: Deliverer;
  private underWay = 0;
  private stopped = false;
  private waiters: (() => void)[] = [];

  constructor(deliverer: Deliverer, clock: Clock, faults: Faults) {
    this.deliverer = deliverer;
    this.clock = clock;
    this.faults = faults;
  }

  lane(target: Target): Lane {
    return new Lane(this, target);
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
    if (this.underWay === 0) this.nobodyWaits();
  }

  /** Undefined when the platform is no more. */
  async deliver(event: CallbackEvent, target: Target): Promise<Attempt[] | undefined> {
    return this.stopped ? undefined : this.deliverer.deliver({ event }, target);
  }

  private nobodyWaits(): void {
    for (const resolve of this.waiters) resolve();
    this.waiters = [];
  }
}

/** The callbacks of one conference or one call: each is sent when the one before it is through. */
export class Lane {
  /** What was sent so far, in order. */
  readonly sent: SentCallback[] = [];
  private readonly callbacks: Callbacks;
  private readonly target: Target;
  private turn: Promise<void> = Promise.resolve();
  private letGo: (() => void) | undefined;

  /** The target is read anew for each callback, so that a changed URL holds from the next one on. */
  constructor(callbacks: Callbacks, target: Target) {
    this.callbacks = callbacks;
    this.target = target;
  }

  send(event: CallbackEvent): void {
    this.callbacks.begin();
    const letGo = this.letGo;
    const fault = this.callbacks.faults.onCallback(event, { canHold: letGo === undefined });
    if (fault?.callbacks === 'reorder') return this.hold(event, fault);
    this.enqueue(event, fault);
    letGo?.();
  }

  /** Keeps an event until the next one has overtaken it, or until nothing has come for a while. */
  private hold(event: CallbackEvent, fault: CallbackFault): void {
    const letGo = () => {
      cancel();
      this.letGo = undefined;
      this.enqueue(event, fault);
    };
    const cancel = this.callbacks.clock.after(fault.delay ?? HELD_BACK, letGo);
    this.letGo = letGo;
  }

  private enqueue(event: CallbackEvent, fault: CallbackFault | undefined): void {
    const ready = fault?.callbacks === 'delay' ? this.pause(fault.delay ?? HELD_BACK) : undefined;
    this.turn = this.turn
      .then(() => ready)
      .then(() => this.transmit(event, fault?.callbacks))
      .then(() => this.callbacks.end());
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.callbacks.clock.after(milliseconds, resolve));
  }

  private async transmit(event: CallbackEvent, fault: SentCallback['fault']): Promise<void> {
    if (fault === 'lose') {
      this.sent.push({ event, attempts: [], fault });
      return;
    }
    await this.attempt(event, fault, this.target);
    if (fault === 'repeat') await this.attempt(event, fault, this.target);
    if (fault === 'repeat-on-fallback') await this.attempt(event, fault, { ...this.target, callbackUrl: undefined });
  }

  private async attempt(event: CallbackEvent, fault: SentCallback['fault'], target: Target): Promise<void> {
    const attempts = await this.callbacks.deliver(event, target);
    if (attempts === undefined) return;
    this.sent.push({ event, attempts, ...(fault === undefined ? {} : { fault }) });
  }
}
