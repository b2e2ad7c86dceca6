import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { arrayFromPayloads, type Payload } from '@temporalio/common';
import { catapultError } from '../catapult/errors.ts';
import { present } from '../catapult/present.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import { conferenceWorkflowId, redeliverSignal } from '../workflows/messages.ts';
import {
  ANSWER_WITHIN_MS,
  LONG_POLL_WITHIN_MS,
  MAX_FOLLOWERS,
  MAX_WATCHED,
  MIN_TICK_PAUSE_MS,
  RETRIES_LOOKED_AT_EVERY_MS,
  TICK_GATHERS_MS,
  WATCH_AGAIN_AFTER_MS,
} from './budget.ts';
import { conferenceHandle } from './handles.ts';
import { GRPC, grpcStatusOf } from './grpc.ts';
import { isRefusal, unavailable } from './unavailable.ts';

type History = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>['history'];
type HistoryEvent = NonNullable<NonNullable<History>['events']>[number];

/** What wakes a follower of a conference: that there may be news, and which events somebody wants delivered again. */
export interface Tick {
  /** Counts the ticks of a watch: followers that look for the same tick may share what they read. */
  number: number;
  redelivered: readonly number[];
}

/** One who follows a conference. */
export interface Follower {
  /** Waits for the next tick since the last one that this follower was given. @throws CatapultError when Temporal refuses the watch. */
  next(): Promise<Tick>;
  /** Asks for a tick in a while: events wait, and what is tried meanwhile shows in no history. */
  lookAgain(): void;
  /** Whether the conference's workflow has ended: what a read shows that begins now is the last there is. */
  isOver(): boolean;
  leave(): void;
}

/**
 * Who follows conferences, and how they are woken: Temporal answers a request for what is next in a history when it has come. So a
 * conference in which nothing happens costs a request every 20 s, however many follow it, and no worker is asked.
 */
export class Watches {
  private readonly client: Client;
  private readonly watches = new Map<string, Watch>();

  constructor(client: Client) {
    this.client = client;
  }

  /**
   * An account may have half of what the others leave, so that there is room for the next one.
   * @throws CatapultError 503 when so many conferences are followed that Temporal would be kept from its other work, or by so many that a
   * gateway would have too few connections left.
   */
  follow(ids: ConferenceIds): Follower {
    const key = conferenceWorkflowId(ids);
    const known = this.watches.get(key);
    const all = [...this.watches.values()];
    const own = all.filter(({ userId }) => userId === ids.userId);
    const isFull = (most: number, taken: number, ours: number) => ours >= (most - taken + ours) / 2;
    const isOneTooMany = known === undefined && isFull(MAX_WATCHED, all.length, own.length);
    if (isOneTooMany || isFull(MAX_FOLLOWERS, followersOf(all), followersOf(own))) {
      const message = 'Very many conferences are followed from here already; follow fewer, or from another process.';
      throw catapultError('gateway-unavailable', message, { headers: { 'retry-after': '10' } });
    }
    const watch = known ?? new Watch(this.client, ids, () => this.watches.delete(key));
    this.watches.set(key, watch);
    return watch.follow();
  }
}

function followersOf(watches: readonly Watch[]): number {
  return watches.reduce((sum, { count }) => sum + count, 0);
}

/** A follower as its watch knows it. */
interface Woken {
  redelivered: number[];
  wake: () => void;
}

/** One conference that is followed. */
class Watch {
  readonly userId: string;
  private readonly client: Client;
  private readonly ids: ConferenceIds;
  private readonly whenLeft: () => void;
  private readonly followers = new Set<Woken>();
  private readonly leaving = new AbortController();
  /** How far the news has been read. */
  private reached: { runId: string; eventId: number } | undefined;
  private ticks = 0;
  private tickedAt = -Infinity;
  private isOver = false;
  private failure: Error | undefined;
  private ticking: NodeJS.Timeout | undefined;
  private looking: NodeJS.Timeout | undefined;

  constructor(client: Client, ids: ConferenceIds, whenLeft: () => void) {
    this.client = client;
    this.ids = ids;
    this.userId = ids.userId;
    this.whenLeft = whenLeft;
    void this.watch();
  }

  /** How many follow it. */
  get count(): number {
    return this.followers.size;
  }

  follow(): Follower {
    // Of what is over there is nothing to wait for: others may hold on to it while they take what they have read.
    let seen = this.isOver ? this.ticks - 1 : this.ticks;
    const one: Woken = { redelivered: [], wake: () => undefined };
    this.followers.add(one);
    return {
      next: async () => {
        while (this.ticks === seen && this.failure === undefined)
          await new Promise<void>((resolve) => (one.wake = resolve));
        if (this.failure !== undefined) throw this.failure;
        seen = this.ticks;
        return { number: seen, redelivered: one.redelivered.splice(0) };
      },
      lookAgain: () => {
        this.looking ??= setTimeout(() => {
          this.looking = undefined;
          this.tick();
        }, RETRIES_LOOKED_AT_EVERY_MS);
      },
      isOver: () => this.isOver,
      leave: () => this.left(one),
    };
  }

  private left(one: Woken): void {
    if (!this.followers.delete(one) || this.followers.size > 0) return;
    this.leaving.abort();
    clearTimeout(this.ticking);
    clearTimeout(this.looking);
    this.whenLeft();
  }

  private async watch(): Promise<void> {
    const { signal } = this.leaving;
    const isLeft = () => signal.aborted;
    while (!this.isOver && this.failure === undefined && !isLeft()) {
      try {
        await this.readHistories();
      } catch (error) {
        if (isLeft()) return;
        // One that nobody knows is found so by who reads it.
        if (error instanceof WorkflowNotFoundError || grpcStatusOf(error)?.code === GRPC.notFound) this.isOver = true;
        else if (isRefusal(error))
          this.failure = await unavailable(this.client, 'The conference cannot be followed.', error);
        else await new Promise((resolve) => setTimeout(resolve, WATCH_AGAIN_AFTER_MS));
        this.tick();
      }
    }
  }

  /** Reads what comes, run by run, until the last one has ended. */
  private async readHistories(): Promise<void> {
    for (let run: string | undefined = await this.currentRun(); run !== undefined;) {
      const next: string | undefined = await this.readHistory(run);
      if (next !== undefined) this.reached = { runId: next, eventId: 0 };
      run = next;
    }
    this.isOver = true;
    this.tick();
  }

  /** What was there before anybody followed is nothing new. */
  private async currentRun(): Promise<string> {
    const { runId, raw } = await this.client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      conferenceHandle(this.client, this.ids).describe(),
    );
    const isFirst = this.reached === undefined;
    const length = isFirst ? Number(raw.workflowExecutionInfo?.historyLength ?? 0) : 0;
    if (this.reached?.runId !== runId) this.reached = { runId, eventId: length };
    // What came between a follower's first read and this look is told by no later event.
    if (isFirst) this.tick();
    return runId;
  }

  /** Reads a run's history to its end; the run in which it goes on, if it does. */
  private async readHistory(runId: string): Promise<string | undefined> {
    let nextPageToken: Uint8Array | undefined;
    let next: string | null | undefined;
    do {
      const answer = await this.whatIsNext(runId, nextPageToken);
      const events = answer.history?.events ?? [];
      const reached = this.reached?.eventId ?? 0;
      await this.notice(events.filter(({ eventId }) => Number(eventId) > reached));
      const last = events.at(-1);
      this.reached = { runId, eventId: Math.max(reached, Number(last?.eventId ?? 0)) };
      next = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      nextPageToken = answer.nextPageToken;
    } while (nextPageToken.length > 0);
    return next ?? undefined;
  }

  private async whatIsNext(runId: string, nextPageToken: Uint8Array | undefined) {
    const { namespace } = this.client.options;
    const execution = { workflowId: conferenceWorkflowId(this.ids), runId };
    const request = { ...{ namespace, execution, waitNewEvent: true }, ...present({ nextPageToken }) };
    // The SDK listens to a signal of a call for ever, so each call has one of its own.
    const left = new AbortController();
    const stop = () => left.abort();
    this.leaving.signal.addEventListener('abort', stop);
    try {
      this.leaving.signal.throwIfAborted();
      return await this.client.withAbortSignal(left.signal, () =>
        this.client.withDeadline(Date.now() + LONG_POLL_WITHIN_MS, () =>
          this.client.workflowService.getWorkflowExecutionHistory(request),
        ),
      );
    } finally {
      this.leaving.signal.removeEventListener('abort', stop);
    }
  }

  /** The state is another one after a workflow task; nothing else shows. */
  private async notice(events: HistoryEvent[]): Promise<void> {
    for (const { workflowExecutionSignaledEventAttributes: signal } of events) {
      if (signal?.signalName !== redeliverSignal.name) continue;
      const sequences = await this.sequencesIn(signal.input?.payloads ?? []);
      for (const follower of this.followers) follower.redelivered.push(...sequences);
    }
    if (events.some(({ workflowTaskCompletedEventAttributes: task }) => task != null)) this.tick();
  }

  private async sequencesIn(encoded: Payload[]): Promise<number[]> {
    const { payloadConverter, payloadCodecs } = this.client.workflow.options.loadedDataConverter;
    let payloads = encoded;
    for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
    const [records] = arrayFromPayloads(payloadConverter, payloads) as [{ sequence: number }[]?];
    return (records ?? []).map(({ sequence }) => sequence);
  }

  /** Soon, and not too often: what comes in the same moment is read together. */
  private tick(): void {
    const pauseMs = Math.max(TICK_GATHERS_MS, this.tickedAt + MIN_TICK_PAUSE_MS - performance.now());
    this.ticking ??= setTimeout(() => {
      this.ticking = undefined;
      this.tickedAt = performance.now();
      this.ticks += 1;
      for (const { wake } of this.followers) wake();
    }, pauseMs);
  }
}
