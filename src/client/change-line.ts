import { isGrpcServiceError } from '@temporalio/client';
import type { AwaitedChangeRequest, ChangeAnswer, ChangeAnswers } from '../conference/state/changes.ts';
import { CONTINUING_AS_NEW } from '../workflows/messages.ts';
import {
  MIN_PAUSE_MS,
  MAX_UPDATES_AT_ONCE,
  MAX_REQUESTS_PER_UPDATE,
  MAX_UPDATE_CHARACTERS,
  MAX_PAUSE_MS,
} from './budget.ts';
import { hasFailedAs, wasDropped } from './updates.ts';

/** gRPC's codes for "too much at once" and "nobody there". */
const PUT_OFF = [8, 14];

/** What one update carries. */
export interface Batch {
  requests: AwaitedChangeRequest[];
  awaited: string[];
  /** Until when somebody waits for it (epoch milliseconds). */
  deadline: number;
}

/** Its caller waits no longer; `wasSent` says whether it may have been done. */
export class NobodyAnswered extends Error {
  readonly wasSent: boolean;

  constructor(wasSent: boolean) {
    super('no answer came in time');
    this.wasSent = wasSent;
  }
}

interface Waiting {
  request: AwaitedChangeRequest;
  deadline: number;
  characters: number;
  wasSent: boolean;
  /** Whether the conference is known to have it: then its id is enough. */
  isTaken: boolean;
  answer: (answer: ChangeAnswer) => void;
  fail: (error: Error) => void;
}

/**
 * The changes of one conference, on their way from one client. An update holds all that wait for an answer, and ends with the
 * first answers; the next one, which may be sent meanwhile for what is new, takes its place: the conference then
 * ends the earlier one at once. So two are enough for any number of changes, and one change alone is one update.
 */
export class ChangeLine {
  private readonly send: (batch: Batch) => Promise<ChangeAnswers>;
  private readonly whenEmpty: () => void;
  private readonly waiting = new Map<string, Waiting>();
  private readonly inFlight = new Set<ReadonlySet<string>>();
  /** Whom the latest update names: those that an earlier one names are answered by it no more. */
  private latest: ReadonlySet<string> | undefined;
  private pausing: NodeJS.Timeout | undefined;
  private pauseMs = MIN_PAUSE_MS;

  constructor(send: (batch: Batch) => Promise<ChangeAnswers>, whenEmpty: () => void) {
    this.send = send;
    this.whenEmpty = whenEmpty;
  }

  /** @throws NobodyAnswered at the deadline (epoch milliseconds); whatever Temporal refuses the update with. */
  submit(request: AwaitedChangeRequest, deadline: number): Promise<ChangeAnswer> {
    const { id } = request.requester;
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        this.waiting.delete(id);
      };
      const waiting: Waiting = {
        ...{ request, deadline, characters: JSON.stringify(request).length, wasSent: false, isTaken: false },
        answer: (answer) => (leave(), resolve(answer)),
        fail: (error) => (leave(), reject(error)),
      };
      const timer = setTimeout(
        () => {
          waiting.fail(new NobodyAnswered(waiting.wasSent));
          this.proceed();
        },
        Math.max(deadline - Date.now(), 0),
      );
      this.waiting.set(id, waiting);
      // What is asked for in the same moment goes together.
      queueMicrotask(() => this.proceed());
    });
  }

  private proceed(): void {
    if (this.waiting.size + this.inFlight.size === 0 && this.pausing === undefined) return this.whenEmpty();
    const isNamed = (id: string) => this.latest !== undefined && this.inFlight.has(this.latest) && this.latest.has(id);
    const hasNews = [...this.waiting.keys()].some((id) => !isNamed(id));
    if (hasNews && this.inFlight.size < MAX_UPDATES_AT_ONCE && this.pausing === undefined) void this.exchange();
  }

  private async exchange(): Promise<void> {
    const batch = this.nextBatch();
    const names = new Set([...batch.requests.map(({ requester }) => requester.id), ...batch.awaited]);
    this.inFlight.add(names);
    this.latest = names;
    try {
      const answers = await this.send(batch);
      this.pauseMs = MIN_PAUSE_MS;
      for (const id of names) this.found(id, answers[id]);
    } catch (error) {
      if (isPutOff(error)) this.pause();
      else for (const id of names) this.waiting.get(id)?.fail(error as Error);
    }
    this.inFlight.delete(names);
    this.proceed();
  }

  /** All who wait; an request is sent until an update that held it has been answered, so none is lost with its update. */
  private nextBatch(): Batch {
    const batch: Batch = { requests: [], awaited: [], deadline: 0 };
    let characters = 0;
    for (const [id, waiting] of this.waiting) {
      const { request, isTaken, deadline } = waiting;
      if (!isTaken) {
        characters += waiting.characters;
        const isFull = batch.requests.length === MAX_REQUESTS_PER_UPDATE || characters > MAX_UPDATE_CHARACTERS;
        if (isFull && batch.requests.length > 0) continue;
        batch.requests.push(request);
        waiting.wasSent = true;
      } else batch.awaited.push(id);
      batch.deadline = Math.max(batch.deadline, deadline);
    }
    return batch;
  }

  private found(id: string, answer: ChangeAnswer | undefined): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    waiting.isTaken = true;
    if (answer !== undefined) waiting.answer(answer);
  }

  /** Asked too often, a run that is to continue as new would never get to. */
  private pause(): void {
    if (this.pausing !== undefined) return;
    this.pausing = setTimeout(() => {
      this.pausing = undefined;
      this.proceed();
    }, this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, MAX_PAUSE_MS);
  }
}

/** What was put off was not taken, or is known again. */
function isPutOff(error: unknown): boolean {
  if (hasFailedAs(error, CONTINUING_AS_NEW) || wasDropped(error)) return true;
  const cause = error instanceof Error ? error.cause : undefined;
  return [error, cause].some((one) => isGrpcServiceError(one) && PUT_OFF.includes(one.code));
}
