import { present } from '../../catapult/present.ts';
import type { Step } from '../../catapult/watching-resources.ts';
import type { Told } from './history-steps.ts';

/** What Temporal knows of work that goes on, by the id of its activity. */
export type Pending = ReadonlyMap<string, { attempts: number; error?: string | undefined }>;

/** The steps of a run, as its history tells of them: what was begun, and what came of it. */
export class StepList {
  private readonly runId: string;
  private readonly steps = new Map<string, Step & { activityId?: string }>();
  private number = 0;

  constructor(runId: string) {
    this.runId = runId;
  }

  add(all: readonly Told[]): void {
    for (const told of all) {
      if (told.is === 'over') this.end(told);
      else if (told.is === 'tried') this.tried(told);
      else this.begin(told);
    }
  }

  /** All of them, with what is known of those that go on. */
  all(pending: Pending): Step[] {
    return [...this.steps.values()].map(({ activityId = '', ...step }) => {
      const known = step.state === 'running' ? pending.get(activityId) : undefined;
      return { ...step, ...present({ attempts: known?.attempts, error: known?.error }) };
    });
  }

  private begin({ is, place, kind, does, time, activityId, error }: Extract<Told, { is: 'begun' | 'was' }>): void {
    this.number += 1;
    const id = `${this.runId}-${place}-${this.number}`;
    const step = { id, kind, does, time, state: is === 'begun' ? 'running' : 'done' } as const;
    this.steps.set(is === 'begun' ? place : id, { ...step, ...present({ activityId, error }) });
  }

  private tried({ place, attempts, error }: Extract<Told, { is: 'tried' }>): void {
    const step = this.steps.get(place);
    if (step !== undefined) Object.assign(step, present({ attempts, error }));
  }

  private end({ place, time, state, error }: Extract<Told, { is: 'over' }>): void {
    const step = this.steps.get(place);
    if (step !== undefined) Object.assign(step, present({ endTime: time, state, error: error ?? step.error }));
  }
}
