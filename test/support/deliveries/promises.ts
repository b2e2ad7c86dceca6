import { appendFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { EventResource } from '../../../src/catapult/resources.ts';
import type { ConferenceClient } from '../../../src/client/index.ts';
import type { ConferenceIds } from '../../../src/conference/state/ids.ts';
import type { Customer } from '../customer.ts';
import { countDeliveries, type Arrival, type DeliveryCount, type Evidence } from './count.ts';

/** A line of the table of deliveries that `npm run test:faults` prints: a fault, and what was counted under it. */
export interface DeliveryRow {
  fault: string;
  conferences: number;
  accepted: number;
  delivered: number;
  dead: number;
  duplicates: number;
  outOfOrder: number;
}

/** A conference that is over, and what is to be found of it. */
export interface Told {
  ids: ConferenceIds;
  sent: number;
  askedAgain: ReadonlyMap<string, number>;
}

export interface Allowed {
  /** How many events are to be dead letters. */
  dead?: number;
  /** What was answered may be off the record: a process died in between, or the answer came when nobody waited any more. */
  unrecorded?: boolean;
}

export interface Counted extends DeliveryCount {
  events: EventResource[];
}

/** Counts at both ends, notes the row of this fault, and holds the promises against the count. */
export async function deliveriesHeld(
  fault: string,
  { client, customers }: { client: ConferenceClient; customers: Customer[] },
  conferences: Told[],
  { dead = 0, unrecorded = false }: Allowed = {},
): Promise<Counted> {
  const evidence: Evidence[] = [];
  // One after the other: each look at one that is over replays its history.
  for (const { ids, sent, askedAgain } of conferences) {
    const events = await eventsOf(client, ids);
    evidence.push({ sent, askedAgain, events, arrivals: arrivalsOf(customers, ids) });
  }
  const counted = countDeliveries(evidence);
  note(fault, counted);
  const { lost, afterRecord, afterAnswer, outOfOrder } = counted;
  expect({ lost, afterRecord, outOfOrder }).toEqual({ lost: [], afterRecord: [], outOfOrder: [] });
  if (!unrecorded) expect(afterAnswer).toEqual([]);
  expect({ dead: counted.dead, delivered: counted.delivered }).toEqual({ dead, delivered: counted.accepted - dead });
  return { ...counted, events: evidence.flatMap(({ events }) => events) };
}

/** All events of a conference, page by page. */
export async function eventsOf(client: ConferenceClient, ids: ConferenceIds): Promise<EventResource[]> {
  const events: EventResource[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<ConferenceClient['events']>> = await client.events(ids, { after, size: 50 });
    if (page === undefined) throw new Error(`${ids.conferenceId} is not known`);
    events.push(...page.events);
    after = page.next;
  }
  return events;
}

function arrivalsOf(customers: Customer[], { conferenceId }: ConferenceIds): Arrival[] {
  const ofThis = `evt-${conferenceId.replace(/^conf-/, '')}-`;
  return customers
    .flatMap(({ received }) => received)
    .map(({ headers, at, answered }) => ({ id: String(headers['webhook-id']), at, answered: answered() }))
    .filter(({ id }) => id.startsWith(ofThis))
    .sort((a, b) => a.at - b.at);
}

/** Leaves the row to the file that FAULTS_REPORT names. */
function note(fault: string, { conferences, accepted, delivered, dead, duplicates, outOfOrder }: DeliveryCount): void {
  const file = process.env['FAULTS_REPORT'];
  if (file === undefined) return;
  const numbers = { conferences, accepted, delivered, dead, duplicates };
  const row: DeliveryRow = { fault, ...numbers, outOfOrder: outOfOrder.length };
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}
