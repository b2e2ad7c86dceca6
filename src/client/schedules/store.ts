import { WorkflowExecutionAlreadyStartedError, type Client, type ScheduleOverlapPolicy } from '@temporalio/client';
import { decodeScheduleAction, encodeScheduleAction } from '@temporalio/client/lib/schedule-helpers.js';
import { encodeScheduleOverlapPolicy } from '@temporalio/client/lib/schedule-types.js';
import { encodeUnifiedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { decodeMapFromPayloads, encodeMapToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { msNumberToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { randomUUID } from 'node:crypto';
import { ALL_ACCOUNTS } from '../../catapult/paths.ts';
import { present } from '../../catapult/present.ts';
import type { overlaps } from '../../catapult/schedule-requests.ts';
import { runBeginsAt, runIdAt, runIdPrefixOf, type ScheduleIds } from '../../conference/state/ids.ts';
import {
  CONFERENCE_WORKFLOW,
  conferenceWorkflowId,
  FINGERPRINT_MEMO,
  parseTemporalScheduleId,
  parseWorkflowId,
  searchAttributes,
  temporalScheduleId,
  type NewConference,
  type SchedulePlan,
} from '../../workflows/messages.ts';
import { GRPC, grpcStatusOf } from '../grpc.ts';
import { textAttributes } from '../indexed.ts';
import { literal } from '../list-query.ts';
import { runStart, type RunOptions } from './run-start.ts';
import { sealOf } from '../sealing.ts';
import { specOf } from './spec.ts';

/*
 * Schedules as Temporal keeps them. What we know of one lies in the input of the workflows that it starts: its memo cannot be changed. The
 * SDK's own client of schedules knows no time zones as data, and has no list of the times to come.
 */

type Server = Client['workflowService'];
type RawSchedule = NonNullable<Parameters<Server['createSchedule']>[0]['schedule']>;

/** What is kept of a schedule, and changed as one. */
export interface Kept {
  /** As its workflows are started with it. */
  start: NewConference & { schedule: SchedulePlan };
  paused: boolean;
  note: string;
  /** Undefined where there is no limit. */
  runsLeft: number | undefined;
}

/** A schedule as it is. */
export interface Found extends Kept {
  taskQueue: string;
  fingerprint: unknown;
  /** When it starts its next workflows (epoch milliseconds). */
  nextStarts: number[];
  /** When the last begins of those that it has started in their time (epoch milliseconds), 0 where there is none. */
  lastBegins: number;
  createdAt: number | undefined;
}

/** The names that the SDK has for them. */
const overlapNames = {
  ...({ 'allow-all': 'ALLOW_ALL', skip: 'SKIP', 'cancel-other': 'CANCEL_OTHER' } as const),
  ...({ 'buffer-one': 'BUFFER_ONE', 'buffer-all': 'BUFFER_ALL' } as const),
} satisfies Record<(typeof overlaps)[number], ScheduleOverlapPolicy>;
export const DEFAULT_OVERLAP = 'allow-all';
export const DEFAULT_CATCHUP_SECONDS = 300;

export class ScheduleStore {
  private readonly client: Client;
  private readonly options: RunOptions;

  constructor(client: Client, options: RunOptions) {
    this.client = client;
    this.options = options;
  }

  /** @returns false where there is one with this id. */
  async create(ids: ScheduleIds, kept: Kept, fingerprint: string): Promise<boolean> {
    const fields = await encodeMapToPayloads(this.converter, { account: ids.userId, [FINGERPRINT_MEMO]: fingerprint });
    try {
      await this.server.createSchedule({
        ...this.named(ids),
        schedule: await this.raw(ids, kept),
        memo: { fields },
        searchAttributes: this.attributesOf(ids, kept),
      });
      return true;
    } catch (error) {
      if (grpcStatusOf(error)?.code === GRPC.alreadyExists) return false;
      throw error;
    }
  }

  /** Undefined where there is none. */
  async read(ids: ScheduleIds): Promise<Found | undefined> {
    return (await this.readWithToken(ids))?.found;
  }

  /**
   * Changes a schedule as it is at that moment.
   * @returns false where there is none.
   */
  async change(ids: ScheduleIds, change: (found: Found) => Kept | undefined): Promise<boolean> {
    for (;;) {
      const before = await this.readWithToken(ids);
      if (before === undefined) return false;
      const wanted = change(before.found);
      if (wanted === undefined) return true;
      await this.server.updateSchedule({
        ...this.named(ids),
        schedule: await this.raw(ids, wanted),
        searchAttributes: this.attributesOf(ids, wanted),
        conflictToken: before.token,
      });
      // Temporal drops without a word what was meant for an earlier state of it.
      const after = await this.read(ids);
      if (after?.start.schedule.changeId === wanted.start.schedule.changeId) return true;
    }
  }

  /**
   * When the next of its conferences would begin, and those that have to be started at once for their reminders (epoch milliseconds): Temporal's
   * word before anything is made or changed, on a schedule that makes none.
   */
  async foresee(userId: string, kept: Kept): Promise<{ begins: number[]; overdue: number[] }> {
    const lead = kept.start.schedule.leadSeconds * 1_000;
    return await this.onTrial(userId, kept, async (ids) => {
      const now = Date.now();
      const overdueStarts = lead === 0 ? [] : this.startsBetween(ids, now, now + lead);
      const [found, overdue] = await Promise.all([this.read(ids), overdueStarts]);
      return { begins: found?.nextStarts ?? [], overdue };
    });
  }

  /** As `startsBetween`, by the times that were asked for: with jitter Temporal tells later ones. */
  async timesBetween({ userId }: ScheduleIds, found: Found, from: number, to: number): Promise<number[]> {
    const without = structuredClone(found);
    delete without.start.schedule.asked.jitter;
    return await this.onTrial(userId, without, (ids) => this.startsBetween(ids, from, to));
  }

  private async onTrial<Value>(userId: string, kept: Kept, work: (ids: ScheduleIds) => Promise<Value>): Promise<Value> {
    const { start } = kept;
    // With its zone by name, which Temporal looks up: with clocks of its own it would take any.
    const plain = { ...kept, start: { ...start, schedule: { ...start.schedule, leadSeconds: 0 } } };
    const ids = { userId, scheduleId: `trial-${randomUUID()}` };
    const state = { paused: true, notes: 'A trial, which makes nothing: whoever finds it may delete it.' };
    await this.server.createSchedule({ ...this.named(ids), schedule: { ...(await this.raw(ids, plain)), state } });
    try {
      return await work(ids);
    } finally {
      await this.delete(ids);
    }
  }

  /** Starts the conference of one of its times (epoch milliseconds), beside all others. @returns false where it was started before. */
  async start({ userId, scheduleId }: ScheduleIds, { start }: Kept, time: number): Promise<boolean> {
    try {
      await this.client.workflow.start(CONFERENCE_WORKFLOW, {
        ...runStart(this.client, { userId, scheduleId }, start, this.options),
        workflowId: conferenceWorkflowId({
          userId,
          conferenceId: runIdAt(scheduleId, start.schedule.leadSeconds, time),
        }),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
      });
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  }

  /** When it starts workflows behind the first and until the second time (epoch milliseconds), whether it is paused or not. */
  async startsBetween(ids: ScheduleIds, from: number, to: number): Promise<number[]> {
    const { startTime } = await this.server.listScheduleMatchingTimes({
      ...this.named(ids),
      ...{ startTime: msNumberToTs(from), endTime: msNumberToTs(to) },
    });
    return startTime.flatMap((time) => optionalTsToMs(time) ?? []);
  }

  /** @returns false where there was none. */
  async delete(ids: ScheduleIds): Promise<boolean> {
    try {
      await this.server.deleteSchedule(this.named(ids));
      return true;
    } catch (error) {
      if (grpcStatusOf(error)?.code === GRPC.notFound) return false;
      throw error;
    }
  }

  /** A page of an account's schedules: all that are to be found are its own. */
  async page(userId: string, size: number, place?: Buffer): Promise<{ ids: ScheduleIds[]; next?: Buffer }> {
    const { schedules, nextPageToken } = await this.server.listSchedules({
      ...{ namespace: this.namespace, maximumPageSize: size, query: this.queryOf(userId) },
      ...present({ nextPageToken: place }),
    });
    const ids = schedules.flatMap(({ scheduleId }) => parseTemporalScheduleId(scheduleId ?? '') ?? []);
    const next = nextPageToken.length === 0 ? undefined : Buffer.from(nextPageToken);
    const isWanted = (one: ScheduleIds) => userId === ALL_ACCOUNTS || one.userId === userId;
    return present({ ids: ids.filter(isWanted), next });
  }

  /** How many an account has. */
  async count(userId: string): Promise<number> {
    const { namespace } = this;
    return Number((await this.server.countSchedules({ namespace, query: this.queryOf(userId) })).count);
  }

  queryOf(userId: string): string {
    return userId === ALL_ACCOUNTS ? '' : `${searchAttributes.user.name} = ${literal(userId)}`;
  }

  private async readWithToken(ids: ScheduleIds): Promise<{ found: Found; token: Uint8Array } | undefined> {
    try {
      const described = await this.server.describeSchedule(this.named(ids));
      const { schedule, info, memo, conflictToken } = described;
      const { args, taskQueue } = await decodeScheduleAction(this.converter, this.namespace, schedule?.action ?? {});
      const { limitedActions, remainingActions, paused, notes } = schedule?.state ?? {};
      const kept = await decodeMapFromPayloads(this.converter, memo?.fields);
      const found = {
        start: args?.[0] as Found['start'],
        paused: paused ?? false,
        note: sealOf(this.client)?.openText(notes ?? '') ?? notes ?? '',
        runsLeft: limitedActions === true ? Number(remainingActions ?? 0) : undefined,
        taskQueue,
        fingerprint: kept?.[FINGERPRINT_MEMO],
        nextStarts: (info?.futureActionTimes ?? []).flatMap((time) => optionalTsToMs(time) ?? []),
        lastBegins: lastOf(info?.recentActions ?? []),
        createdAt: optionalTsToMs(info?.createTime),
      };
      return { found, token: conflictToken };
    } catch (error) {
      if (grpcStatusOf(error)?.code === GRPC.notFound) return undefined;
      throw error;
    }
  }

  private async raw(ids: ScheduleIds, { start, paused, note, runsLeft }: Kept): Promise<RawSchedule> {
    const { schedule } = start;
    const { overlap = DEFAULT_OVERLAP, catchupWindow = DEFAULT_CATCHUP_SECONDS } = schedule.asked;
    const action = {
      ...runStart(this.client, ids, start, this.options),
      type: 'startWorkflow',
      workflowId: conferenceWorkflowId({
        userId: ids.userId,
        conferenceId: runIdPrefixOf(ids.scheduleId, schedule.leadSeconds),
      }),
      workflowType: CONFERENCE_WORKFLOW,
    } as unknown as Parameters<typeof encodeScheduleAction>[2];
    return {
      spec: specOf(schedule),
      action: await encodeScheduleAction(this.converter, this.namespace, action, {}),
      policies: {
        overlapPolicy: encodeScheduleOverlapPolicy(overlapNames[overlap]) ?? null,
        // One that is started early is late only when its conference is.
        catchupWindow: { seconds: catchupWindow + schedule.leadSeconds } as never,
      },
      state: {
        paused,
        notes: sealOf(this.client)?.sealText(note) ?? note,
        limitedActions: runsLeft !== undefined,
        ...present({ remainingActions: runsLeft as never }),
      },
    };
  }

  /** What the UI's page of schedules can be searched for. */
  private attributesOf({ userId }: ScheduleIds, { start }: Kept) {
    return {
      indexedFields: encodeUnifiedSearchAttributes(undefined, textAttributes(this.client, userId, start.request)),
    };
  }

  private named(ids: ScheduleIds) {
    return {
      ...{ namespace: this.namespace, scheduleId: temporalScheduleId(ids) },
      ...{ requestId: randomUUID(), identity: 'convoke' },
    };
  }

  private get server(): Server {
    return this.client.workflowService;
  }

  private get namespace(): string {
    return this.client.options.namespace;
  }

  private get converter() {
    return this.client.options.loadedDataConverter;
  }
}

function lastOf(actions: readonly { startWorkflowResult?: { workflowId?: string | null } | null }[]): number {
  const ids = actions.flatMap(({ startWorkflowResult }) => startWorkflowResult?.workflowId ?? []);
  return Math.max(0, ...ids.map((id) => runBeginsAt(parseWorkflowId(id).conferenceId) ?? 0));
}
