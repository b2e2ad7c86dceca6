import type { EventResource } from '../catapult/resources.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { EventRecord } from '../conference/view.ts';
import { conferenceWorkflowId } from '../workflows/messages.ts';
import { ANSWER_WITHIN_MS, MAX_LEFT_NUMBERS, MAX_PAGE_EVENTS, WATCH_AGAIN_AFTER_MS } from './budget.ts';
import { unlessAborted } from './call.ts';
import { eventResource, type Events } from './events.ts';
import { noConference } from './refusals.ts';
import { isRefusal } from './unavailable.ts';
import type { Follower, Watches } from './watch.ts';

/** An event as it is now. With its `cursor` as `after` nothing is missed by whoever follows again later. */
export interface FollowedEvent extends EventResource {
  cursor: number;
}

/** Where to begin, behind the `cursor` of an event, and what ends it. */
export interface FollowOptions {
  after?: number | undefined;
  signal?: AbortSignal | undefined;
}

type News = Exclude<Awaited<ReturnType<Events['news']>>, undefined>;
/** Undefined if there is no such conference; `away` when nobody answers. */
type Read = News | 'away' | undefined;

/** Follows the events of conferences. */
export class Following {
  private readonly events: Events;
  private readonly watches: Watches;
  /** Of those who look for the same thing at the same moment one reads for all. */
  private readonly reading = new Map<string, Promise<Read>>();

  constructor(events: Events, watches: Watches) {
    this.events = events;
    this.watches = watches;
  }

  /**
   * Each event behind the sequence `after`, and again with each attempt at delivering it, until the conference has ended and its events
   * are dealt with. While Temporal is away it waits. Who does not go through it to its end leaves by the signal.
   * @throws CatapultError 404 if there is no such conference, 503 when Temporal refuses it; the signal's reason.
   */
  async follow(
    ids: ConferenceIds,
    after: number,
    signal: AbortSignal | undefined,
  ): Promise<AsyncGenerator<FollowedEvent, void, undefined>> {
    const follower = this.watches.follow(ids);
    const leave = () => {
      signal?.removeEventListener('abort', leave);
      follower.leave();
    };
    signal?.addEventListener('abort', leave);
    const progress = new Progress(after);
    try {
      const first = await unlessAborted(signal, this.read(ids, 0, progress, false));
      if (first === undefined) throw noConference(ids.conferenceId);
      return this.tell(ids, { ...follower, leave }, progress, first, signal);
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async *tell(
    ids: ConferenceIds,
    follower: Follower,
    progress: Progress,
    first: News | 'away',
    signal: AbortSignal | undefined,
  ): AsyncGenerator<FollowedEvent, void, undefined> {
    try {
      let news: Read = first;
      let isLast = false;
      for (let tick = 0; ;) {
        if (news === undefined) throw noConference(ids.conferenceId);
        if (news === 'away') await pause(signal);
        else {
          yield* progress.tell(news);
          const isDone = !news.hasMore && !progress.isBehind;
          if (isDone && isLast) return;
          if (isDone) tick = await this.nextTick(follower, progress, signal);
        }
        isLast = follower.isOver();
        news = await unlessAborted(signal, this.read(ids, tick, progress, isLast));
      }
    } finally {
      follower.leave();
    }
  }

  private async nextTick(follower: Follower, progress: Progress, signal: AbortSignal | undefined): Promise<number> {
    if (progress.waits) follower.lookAgain();
    const { number, redelivered } = await unlessAborted(signal, follower.next());
    progress.lookAt(redelivered);
    return number;
  }

  private async read(ids: ConferenceIds, tick: number, progress: Progress, isLast: boolean): Promise<Read> {
    const wanted = progress.wanted();
    const key = JSON.stringify([conferenceWorkflowId(ids), tick, isLast, wanted]);
    const known = this.reading.get(key);
    if (known !== undefined) return await known;
    const reading: Promise<Read> = this.events
      .news(ids, wanted, Date.now() + ANSWER_WITHIN_MS)
      .catch((error: unknown) => {
        if (isRefusal(error)) throw error;
        return 'away' as const;
      });
    this.reading.set(key, reading);
    return await reading.finally(() => this.reading.delete(key));
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, WATCH_AGAIN_AFTER_MS)));
  await unlessAborted(signal, over).finally(() => clearTimeout(timer));
}

/** What one follower has got so far. */
class Progress {
  private reached: number;
  /** Those that may still change, with how they looked when they were sent last. */
  private readonly open = new Map<number, string>();
  /** Numbers that a lease has left: what was judged under it may come back with them. */
  private readonly left = new Set<number>();
  /** Of very many that wait some are looked at each time, in turn. */
  private turn = 0;
  /** Whether some of those that were looked at had changed, so that more of them may have. */
  isBehind = false;

  constructor(after: number) {
    this.reached = after;
  }

  get waits(): boolean {
    return this.open.size > 0;
  }

  wanted(): { after: number; also: number[] } {
    const all = [...this.open.keys(), ...this.left];
    const from = all.length === 0 ? 0 : this.turn % all.length;
    return { after: this.reached, also: [...all.slice(from), ...all.slice(0, from)].slice(0, MAX_PAGE_EVENTS) };
  }

  lookAt(sequences: readonly number[]): void {
    for (const sequence of sequences) if (!this.open.has(sequence)) this.open.set(sequence, '');
  }

  *tell({ records, reached }: News): Generator<FollowedEvent> {
    const before = this.open.size + this.left.size;
    for (let sequence = this.reached + 1; sequence <= reached; sequence += 1) this.left.add(sequence);
    const looked = Math.min(before, MAX_PAGE_EVENTS);
    let changed = 0;
    for (const record of records) {
      const { sequence } = record;
      this.left.delete(sequence);
      const sentAs = this.open.get(sequence);
      const now = looksOf(record);
      if (record.status === 'waiting') this.open.set(sequence, now);
      else this.open.delete(sequence);
      this.reached = Math.max(this.reached, sequence);
      if (sentAs === now) continue;
      if (sentAs !== undefined) changed += 1;
      yield { ...eventResource(record), cursor: this.cursor() };
    }
    this.reached = Math.max(this.reached, reached);
    for (const sequence of this.left) if (sequence <= this.reached - MAX_LEFT_NUMBERS) this.left.delete(sequence);
    this.turn += looked;
    this.isBehind = changed > 0 && before > MAX_PAGE_EVENTS;
  }

  /** Behind what has been sent for good. */
  private cursor(): number {
    let first = this.reached + 1;
    for (const sequence of this.open.keys()) first = Math.min(first, sequence);
    return first - 1;
  }
}

/** What shows of an event: which of its latest attempts is the last. */
function looksOf({ status, attempts }: EventRecord): string {
  const last = attempts.at(-1);
  return `${status} ${attempts.length} ${last?.at ?? ''} ${last?.url ?? ''}`;
}
