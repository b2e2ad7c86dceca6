import { catapultError } from '../../catapult/errors.ts';
import { LISTS_LOOKED_AT_EVERY_MS, MAX_LIST_FOLLOWERS, WATCH_AGAIN_AFTER_MS } from '../budget.ts';
import { unlessAborted } from '../call.ts';
import type { ConferencesPage } from '../list.ts';
import type { Looked } from '../list-query.ts';

type Read = (looked: Looked, size: number) => Promise<ConferencesPage>;

/**
 * Lists that somebody follows: each is read again and again while anybody does, once for all who follow the same one, and the more seldom
 * the more lists there are: Temporal allows few in a second.
 */
export class FollowedLists {
  private readonly read: Read;
  private readonly lists = new Map<string, FollowedList>();

  constructor(read: Read) {
    this.read = read;
  }

  /**
   * The list's first page, and then the page whenever it has changed. It is read once before the answer, so that what is wrong is told.
   * @throws CatapultError 503 where an account has half of what the others leave of the places; what reading throws.
   */
  async follow(
    looked: Looked,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<AsyncGenerator<ConferencesPage, void>> {
    this.requireRoom(looked.userId);
    const key = JSON.stringify([looked, size]);
    const list = this.lists.get(key) ?? new FollowedList(looked.userId, () => this.read(looked, size));
    this.lists.set(key, list);
    list.followers += 1;
    const leave = () => {
      signal?.removeEventListener('abort', leave);
      list.followers -= 1;
      if (list.followers === 0 && this.lists.get(key) === list) this.lists.delete(key);
    };
    signal?.addEventListener('abort', leave);
    try {
      const first = await unlessAborted(signal, list.first());
      return this.tell(list, first, leave, signal);
    } catch (error) {
      if (signal?.aborted !== true) leave();
      throw error;
    }
  }

  private async *tell(
    list: FollowedList,
    first: Seen,
    leave: () => void,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ConferencesPage, void> {
    try {
      for (let seen = first; ;) {
        yield seen.page;
        const known = seen.text;
        do seen = await unlessAborted(signal, list.next(seen, LISTS_LOOKED_AT_EVERY_MS * this.lists.size));
        while (seen.text === known);
      }
    } finally {
      if (signal?.aborted !== true) leave();
    }
  }

  private requireRoom(userId: string): void {
    const all = [...this.lists.values()];
    const count = (lists: FollowedList[]) => lists.reduce((sum, { followers }) => sum + followers, 0);
    const own = count(all.filter((one) => one.userId === userId));
    if (own < (MAX_LIST_FOLLOWERS - count(all) + own) / 2) return;
    const message = 'Very many lists are followed from here already; follow fewer, or ask for pages.';
    throw catapultError('gateway-unavailable', message, { headers: { 'retry-after': '10' } });
  }
}

/** A page as it was at a time, and as a text by which it is compared. */
interface Seen {
  page: ConferencesPage;
  text: string;
}

class FollowedList {
  readonly userId: string;
  followers = 0;
  private readonly read: () => Promise<ConferencesPage>;
  private latest: Promise<Seen> | undefined;
  /** The look that comes next, for all who wait for it. */
  private looking: Promise<Seen> | undefined;

  constructor(userId: string, read: () => Promise<ConferencesPage>) {
    this.userId = userId;
    this.read = read;
  }

  async first(): Promise<Seen> {
    this.latest ??= this.look();
    const { latest } = this;
    // The next one who follows it tries again.
    latest.catch(() => (this.latest = undefined));
    return await latest;
  }

  /** What is seen after a pause; the same where Temporal did not answer. */
  async next(seen: Seen, pauseMs: number): Promise<Seen> {
    this.looking ??= this.lookAfter(pauseMs).finally(() => (this.looking = undefined));
    return await this.looking.catch(async () => {
      await pause(WATCH_AGAIN_AFTER_MS);
      return seen;
    });
  }

  private async lookAfter(pauseMs: number): Promise<Seen> {
    await pause(pauseMs);
    const seen = await this.look();
    this.latest = Promise.resolve(seen);
    return seen;
  }

  private async look(): Promise<Seen> {
    const page = await this.read();
    return { page, text: JSON.stringify(page.conferences) };
  }
}

/** Nobody is kept by it who has nothing else to do. */
async function pause(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => void setTimeout(resolve, milliseconds).unref());
}
