import { randomInt } from 'node:crypto';
import type { Fault, SandboxControls } from '../../test/support/controls.ts';

/** The story's own faults, apart from those that others have set in the same sandbox. */
export class OurFaults {
  private readonly controls: SandboxControls;
  /** The seed is how a fault is known among others: the sandbox gives faults no name. */
  private readonly seeds = new Set<number>();

  constructor(controls: SandboxControls) {
    this.controls = controls;
  }

  /** Lets the platform do the next create call, and lose its answer. Answers whether that has happened. */
  async loseAnswerOfNextCreate(): Promise<() => Promise<boolean>> {
    const seed = randomInt(2 ** 32);
    this.seeds.add(seed);
    const on = { method: 'POST', route: '/conferences' };
    await this.controls.fault({ on, drop: 'after', times: 1, seed });
    return async () => !(await this.controls.faults()).some((running) => running.seed === seed);
  }

  async ofOthers(): Promise<Fault[]> {
    return (await this.controls.faults()).filter(({ seed }) => !this.seeds.has(seed));
  }

  /** Ends ours and leaves those of others, each with as many strikes as it had left. */
  async end(): Promise<void> {
    const running = await this.controls.faults();
    if (!running.some(({ seed }) => this.seeds.has(seed))) return;
    // The sandbox can end all faults only.
    await this.controls.endFaults();
    for (const { hits, times, ...fault } of running) {
      if (this.seeds.has(fault.seed)) continue;
      await this.controls.fault(times === undefined ? fault : { ...fault, times: times - hits });
    }
  }
}
