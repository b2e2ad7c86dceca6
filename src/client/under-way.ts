import type { Client } from '@temporalio/client';
import { present } from '../catapult/present.ts';
import { arrayFromPayloads, type Payload } from '@temporalio/common';
import { DELIVERY_ACTIVITY, deliveryProgress, type DeliveryProgress } from '../activities/delivery-progress.ts';
import type { EventRecord } from '../conference/view.ts';
import type { Execution } from './handles.ts';

/*
 * Deliveries that are under way. An activity makes its short retries by itself and reports them to its workflow at its end. Until then
 * they are in its heartbeats, which Temporal keeps: to show them costs a history nothing.
 */

/** Temporal's number for an activity that no worker has: it waits for its next attempt. */
const SCHEDULED = 1;

/** What a delivery has tried so far; `retriedAt` (epoch milliseconds) while it pauses. */
interface UnderWay {
  attempts: DeliveryProgress;
  retriedAt?: number;
}

/** The deliveries that a workflow has under way. @throws when Temporal does not answer until the deadline (epoch milliseconds). */
export async function deliveriesOf(
  client: Client,
  { workflowId, runId }: Execution,
  deadline: number,
): Promise<UnderWay[]> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { raw } = await client.withDeadline(deadline, () => handle.describe());
  const deliveries = (raw.pendingActivities ?? []).filter(
    ({ activityType }) => activityType?.name === DELIVERY_ACTIVITY,
  );
  return await Promise.all(
    deliveries.map(async ({ heartbeatDetails, state, scheduledTime }) => ({
      attempts: deliveryProgress.parse(await firstOf(client, heartbeatDetails?.payloads ?? [])),
      ...present({ retriedAt: Number(state) === SCHEDULED && scheduledTime ? msOf(scheduledTime) : undefined }),
    })),
  );
}

function msOf({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): number {
  return Number(seconds) * 1_000 + Math.round((nanos ?? 0) / 1e6);
}

/** The first of the values that were written by this client's data converter, or another one of its kind. */
async function firstOf(client: Client, encoded: Payload[]): Promise<unknown> {
  const { payloadConverter, payloadCodecs } = client.workflow.options.loadedDataConverter;
  let payloads = encoded;
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  return arrayFromPayloads(payloadConverter, payloads)[0];
}

/** The record with the attempts that its delivery has not reported to the workflow yet. */
export function withUnderWay(record: EventRecord, deliveries: readonly UnderWay[]): EventRecord {
  const isOfIt = ({ sequence }: { sequence: number }) => sequence === record.sequence;
  const delivery = deliveries.find(({ attempts }) => attempts.some(isOfIt));
  const isKnown = (at: number, url: string) => record.attempts.some((one) => one.at === at && one.url === url);
  const news = delivery?.attempts.filter((one) => isOfIt(one) && !isKnown(one.at, one.url)) ?? [];
  if (delivery === undefined || news.length === 0) return record;
  const { nextTryAt: _past, ...rest } = record;
  const shown = { ...rest, attempts: [...record.attempts, ...news.map(({ sequence: _its, ...request }) => request)] };
  if (news.some(({ ok }) => ok)) return { ...shown, status: 'delivered' };
  // A delivery pauses only for the first of its events, before it has delivered any.
  const { retriedAt } = delivery;
  return record.status === 'waiting' && retriedAt !== undefined ? { ...shown, nextTryAt: retriedAt } : shown;
}
