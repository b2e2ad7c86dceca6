import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { present } from '../catapult/present.ts';
import type { EventResource } from '../catapult/resources.ts';
import type { ChangeAnswer, IdempotencyKey } from '../conference/state/changes.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { EventIndex, EventRecord } from '../conference/view.ts';
import { MAX_NEWS_EVENTS, MAX_PAGE_EVENTS } from './budget.ts';
import { aftercareOf, conferenceOf, type Execution } from './handles.ts';
import { queryWorkflow } from './query.ts';
import { itsAnswerTo, itsEventIndex, itsEvents } from './questions.ts';
import { deliveriesOf, withUnderWay } from './under-way.ts';

/** Which events are wanted: those behind a sequence, all or dead letters only, and of those such as died before then (epoch milliseconds). */
export interface EventsWanted {
  after?: number | undefined;
  size?: number | undefined;
  state?: 'dead' | undefined;
  diedBefore?: number | undefined;
}

export interface EventsPage {
  records: EventRecord[];
  /** The sequence behind which the next page begins; absent on the last one. */
  after?: number;
}

/** The events of conferences, from whichever run of a workflow has their record. */
export class Events {
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /**
   * A page of a conference's events in the order of their acceptance; undefined if there is no such conference. What is in runs
   * that Temporal has not kept is left out.
   * @throws when Temporal or its workers do not answer until the deadline (epoch milliseconds).
   */
  async page(ids: ConferenceIds, wanted: EventsWanted, deadline: number): Promise<EventsPage | undefined> {
    const newest = await this.newest(ids, deadline);
    if (newest === undefined) return undefined;
    const { after = 0, size = MAX_PAGE_EVENTS, state, diedBefore = Infinity } = wanted;
    const { index } = newest;
    const dead = index.dead.flatMap(({ sequence, at }) => (at < diedBefore ? [sequence] : [])).sort((a, b) => a - b);
    const next = (behind: number, count: number) =>
      state === 'dead'
        ? dead.filter((sequence) => sequence > behind).slice(0, count)
        : numbers(behind + 1, Math.min(index.next - 1, behind + count));
    return pageOf({ after, size, next, read: (sequences) => this.read(newest, sequences, deadline) });
  }

  /**
   * What is new behind a sequence, a page at a time, and these earlier ones as they are now; undefined if there is no such conference.
   * `reached` is the sequence up to which it goes, `hasMore` whether there are more.
   */
  async news(
    ids: ConferenceIds,
    { after, also }: { after: number; also: readonly number[] },
    deadline: number,
  ): Promise<{ records: EventRecord[]; reached: number; hasMore: boolean } | undefined> {
    const newest = await this.newest(ids, deadline);
    if (newest === undefined) return undefined;
    const end = newest.index.next - 1;
    const earlier = also.filter((sequence) => sequence <= after).sort((a, b) => a - b);
    const behind = numbers(after + 1, Math.min(end, after + MAX_NEWS_EVENTS));
    const { records, reached = after } = await this.read(newest, [...earlier, ...behind], deadline);
    return { records, reached: Math.max(after, reached), hasMore: reached < end && behind.length > 0 };
  }

  /** One event; undefined if there is none of this sequence. */
  async one(ids: ConferenceIds, sequence: number, deadline: number): Promise<EventRecord | undefined> {
    const newest = await this.newest(ids, deadline);
    if (newest === undefined || sequence >= newest.index.next) return undefined;
    return (await this.read(newest, [sequence], deadline)).records[0];
  }

  private async read(newest: Newest, sequences: readonly number[], deadline: number): Promise<Read> {
    const read = await this.readOnce(newest, sequences, deadline);
    if (read.records.length === sequences.length) return read;
    const now = await this.indexOf(newest.execution, deadline);
    const isNewRun = now !== undefined && before(now) !== before(newest);
    // What has moved into a run before this one meanwhile is looked for there.
    return isNewRun ? await this.read(now, sequences, deadline) : read;
  }

  private async readOnce(newest: Newest, sequences: readonly number[], deadline: number): Promise<Read> {
    // Before the records: what is reported meanwhile is in them.
    const mayWait = sequences.some((sequence) => sequence >= (newest.index.waitsFrom ?? Infinity));
    const underWay = mayWait ? await deliveriesOf(this.client, newest.execution, deadline) : [];
    const records: EventRecord[] = [];
    let reached = sequences.at(-1);
    for (const [execution, some] of this.homes(newest, sequences)) {
      const found = await this.recordsOf(execution, some, deadline);
      records.push(...found.map((record) => withUnderWay(record, underWay)));
      // An answer that was too small for all ends the page there.
      const last = found.at(-1)?.sequence;
      if (last !== undefined && found.length < some.length) reached = Math.min(reached ?? last, last);
    }
    records.sort((a, b) => a.sequence - b.sequence);
    return { records: records.filter(({ sequence }) => sequence <= (reached ?? 0)), reached };
  }

  /** The answer that was given under a key; undefined if there was none. */
  async answerTo(ids: ConferenceIds, key: IdempotencyKey, deadline: number): Promise<ChangeAnswer | undefined> {
    const newest = await this.newest(ids, deadline);
    if (newest === undefined) return undefined;
    return (await queryWorkflow(this.client, newest.execution, deadline, itsAnswerTo, '', key)) ?? undefined;
  }

  /** The newest run of the conference's workflow, or of its aftercare. */
  private async newest(ids: ConferenceIds, deadline: number): Promise<Newest | undefined> {
    const conference = await this.indexOf(conferenceOf(ids), deadline);
    if (conference?.index.isClosed !== true) return conference;
    const aftercare = await this.client.withDeadline(deadline, () => aftercareOf(this.client, ids));
    return (aftercare && (await this.indexOf(aftercare, deadline))) ?? conference;
  }

  private async indexOf(execution: Execution, deadline: number): Promise<Newest | undefined> {
    const index = await this.unlessGone(queryWorkflow(this.client, execution, deadline, itsEventIndex));
    return index === undefined || index === null ? undefined : { execution, index };
  }

  /** Which run has the last word on each of these events. */
  private homes({ execution, index }: Newest, sequences: readonly number[]): [Execution, number[]][] {
    const handed = new Set(index.older);
    const byRun = new Map<string, [Execution, number[]]>();
    for (const sequence of sequences) {
      const isHere = sequence >= index.first || handed.has(sequence);
      const moved = index.moved[sequence];
      const run = isHere
        ? undefined
        : index.earlier.findLast(({ runId, first }) => (moved === undefined ? first <= sequence : runId === moved));
      if (!isHere && run === undefined) continue;
      const home = byRun.get(run?.runId ?? '') ?? [run ?? execution, []];
      home[1].push(sequence);
      byRun.set(run?.runId ?? '', home);
    }
    return [...byRun.values()];
  }

  private async recordsOf(execution: Execution, sequences: number[], deadline: number): Promise<EventRecord[]> {
    return (await this.unlessGone(queryWorkflow(this.client, execution, deadline, itsEvents, sequences))) ?? [];
  }

  private async unlessGone<Value>(asked: Promise<Value>): Promise<Value | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }
}

/** The run before the newest one. */
const before = ({ index }: Newest) => index.earlier.at(-1)?.runId;

/** What is on record of some numbers, and up to which of them that is all. */
interface Read {
  records: EventRecord[];
  reached: number | undefined;
}

interface Reader {
  after: number;
  size: number;
  /** The next numbers behind one, so many at most. */
  next: (behind: number, count: number) => number[];
  read: (sequences: readonly number[]) => Promise<Read>;
}

/** The next page: not an empty one while more may follow, as a lease that has run out leaves a gap in the numbers. */
export async function pageOf({ after, size, next, read }: Reader): Promise<EventsPage> {
  let behind = after;
  for (let count = size; ; count *= 2) {
    const { records, reached = behind } = await read(next(behind, count));
    const shown = records.slice(0, size);
    const end = shown.length < records.length ? (shown.at(-1)?.sequence ?? reached) : reached;
    const hasMore = next(end, 1).length > 0;
    if (shown.length > 0 || !hasMore) return present({ records: shown, after: hasMore ? end : undefined });
    behind = end;
  }
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

interface Newest {
  execution: Execution;
  index: EventIndex;
}

/** An event as the API shows it. */
export function eventResource({ event, attempts, acceptedAt, nextTryAt, ...record }: EventRecord): EventResource {
  return {
    id: record.id,
    sequence: record.sequence,
    state: record.status,
    source: record.source,
    acceptedTime: isoTime(acceptedAt),
    body: event,
    attempts: attempts.map(({ at, url, ok, result, milliseconds, answer }) => ({
      ...{ time: isoTime(at), url, ok, result, milliseconds },
      ...present({ answer }),
    })),
    // Once that has come it is under way, or behind one that is.
    nextTryTime: nextTryAt === undefined || nextTryAt <= Date.now() ? undefined : isoTime(nextTryAt),
  };
}

/** Not cut to the second: whoever asks for what was accepted until then means this event too. */
function isoTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString();
}
