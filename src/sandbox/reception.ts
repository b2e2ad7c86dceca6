import { PIN_KEY_WITHIN_MS, PIN_TRIES } from '../catapult/budget.ts';
import { enter, isPinWanted, ledTo, reachedBy } from '../catapult/dial-in.ts';
import type { Call } from './call.ts';
import type { SandboxConference } from './conference.ts';

/** Takes the calls from outside: they join the conference that is open to them, or are asked for its PIN first. */
export class Reception {
  private readonly conferences: ReadonlyMap<string, SandboxConference>;
  private readonly calls: ReadonlyMap<string, Call>;

  constructor(conferences: ReadonlyMap<string, SandboxConference>, calls: ReadonlyMap<string, Call>) {
    this.conferences = conferences;
    this.calls = calls;
  }

  /** Somebody has called in, or waits and a conference was opened. One to whom nothing is open waits on. */
  receive(call: Call): void {
    const reached = this.reachedBy(call);
    if (call.state !== 'active' || call.seat !== undefined || reached.length === 0) return;
    if (isPinWanted(reached)) this.ask(call);
    else this.lead(call, ledTo('', reached));
  }

  /** A key of a call that is no member. */
  pressed(callId: string, key: string): void {
    const call = this.calls.get(callId);
    if (call?.asked === undefined) return;
    const { entered, isComplete } = enter(call.asked.entered, key);
    call.asked.entered = entered;
    if (isComplete) this.judge(call);
    else this.ask(call);
  }

  /** What has been entered counts if nothing more comes. */
  ask(call: Call): void {
    call.asked ??= { entered: '', wrong: 0 };
    call.next(PIN_KEY_WITHIN_MS, () => this.judge(call));
  }

  private judge(call: Call): void {
    const { asked } = call;
    if (asked === undefined) return;
    const conference = ledTo(asked.entered, this.reachedBy(call));
    if (conference !== undefined) return this.lead(call, conference);
    asked.entered = '';
    asked.wrong += 1;
    if (asked.wrong >= PIN_TRIES) call.hangUp();
    else this.ask(call);
  }

  private lead(call: Call, conference: SandboxConference | undefined): void {
    if (conference === undefined || conference.isFull) call.hangUp();
    else conference.join(call);
  }

  private reachedBy({ to }: Call): SandboxConference[] {
    const open = [...this.conferences.values()].filter(({ resource }) => resource.state !== 'completed');
    return reachedBy(to, open);
  }
}
