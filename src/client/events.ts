import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { present } from '../catapult/present.ts';
import type { EventResource } from '../catapult/resources.ts';
import type { ChangeAnswer, IdempotencyKey } from '../conference/state/changes.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { EventIndex, EventRecord } from '../conference/view.ts';
import { MAX_PAGE_EVENTS } from './budget.ts';
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
    const last = Math.min(index.next - 1, after + size);
    const sequences =
      state === 'dead'
        ? dead.filter((sequence) => sequence > after).slice(0, size)
        : Array.from({ length: Math.max(0, last - after) }, (_, offset) => after + offset + 1);
    const { records, cut } = await this.read(newest, sequences, deadline);
    const reached = cut ?? sequences.at(-1) ?? after;
    const more = state === 'dead' ? dead.some((sequence) => sequence > reached) : reached < index.next - 1;
    const shown = records.filter(({ sequence }) => sequence <= reached);
    return present({ records: shown, after: more ? reached : undefined });
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
    const last = Math.min(end, after + MAX_PAGE_EVENTS);
    const behind = Array.from({ length: Math.max(0, last - after) }, (_, offset) => after + offset + 1);
    const { records, cut } = await this.read(newest, [...also, ...behind], deadline);
    const reached = Math.max(after, Math.min(last, cut ?? last));
    const shown = records.filter(({ sequence }) => sequence <= reached);
    return { records: shown, reached, hasMore: reached < end };
  }

  /** The records of these events, in their order, as far as an answer has room: up to the sequence `cut`, where it had not. */
  private async read(
    newest: Newest,
    sequences: readonly number[],
    deadline: number,
  ): Promise<{ records: EventRecord[]; cut: number | undefined }> {
    const { index, execution: latest } = newest;
    // Before the records: what is told meanwhile is in them.
    const mayWait = sequences.some((sequence) => sequence >= (index.waitsFrom ?? Infinity));
    const underWay = mayWait ? await deliveriesOf(this.client, latest, deadline) : [];
    const records: EventRecord[] = [];
    let cut: number | undefined;
    for (const [execution, some] of this.homes(newest, sequences)) {
      const found = await this.recordsOf(execution, some, deadline);
      records.push(...found.map((record) => withUnderWay(record, underWay)));
      // An answer that was too small for all ends the page there.
      const reached = found.at(-1)?.sequence;
      if (reached !== undefined && found.length < some.length) cut = Math.min(cut ?? Infinity, reached);
    }
    return { records: records.sort((a, b) => a.sequence - b.sequence), cut };
  }

  /** One event; undefined if there is none of this sequence. */
  async one(ids: ConferenceIds, sequence: number, deadline: number): Promise<EventRecord | undefined> {
    const page = await this.page(ids, { after: sequence - 1, size: 1 }, deadline);
    return page?.records.find((record) => record.sequence === sequence);
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
    const handed = new Set(index.inherited);
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
    attempts: attempts.map(({ at, url, ok, result, milliseconds }) => ({
      time: isoTime(at),
      url,
      ok,
      result,
      milliseconds,
    })),
    nextTryTime: nextTryAt === undefined ? undefined : isoTime(nextTryAt),
  };
}

/** Not cut to the second: whoever asks for what was accepted until then means this event too. */
function isoTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString();
}
