import { expect } from '@jest/globals';
import type { EventResource } from '../../../src/catapult/resources.ts';
import type { Conferences } from '../../../src/client/index.ts';
import { sequenceOf, type ConferenceIds } from '../../../src/conference/state/ids.ts';
import { deliveryOf, type Customer, type Delivery } from '../customer.ts';
import { note } from '../town/report.ts';
import { countDeliveries, type DeliveryCount, type LoggedConference } from './count.ts';

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
  { client, customers }: { client: Conferences; customers: Customer[] },
  conferences: Told[],
  { dead = 0, unrecorded = false }: Allowed = {},
): Promise<Counted> {
  const logged: LoggedConference[] = [];
  // One after the other: each look at one that is over replays its history.
  for (const { ids, sent, askedAgain } of conferences) {
    logged.push({ conferenceId: ids.conferenceId, sent, askedAgain, events: await eventsOf(client, ids) });
  }
  const deliveries = conferences.flatMap(({ ids }) => deliveriesTo(customers, ids));
  const counted = countDeliveries(logged, deliveries);
  note(rowOf(fault, counted));
  const { lost, afterRecord, afterAnswer, outOfOrder } = counted;
  expect({ lost, afterRecord, outOfOrder }).toEqual({ lost: [], afterRecord: [], outOfOrder: [] });
  if (!unrecorded) expect(afterAnswer).toEqual([]);
  expect({ dead: counted.dead, delivered: counted.delivered }).toEqual({ dead, delivered: counted.accepted - dead });
  return { ...counted, events: logged.flatMap(({ events }) => events) };
}

/** All events of a conference, page by page. */
export async function eventsOf(client: Conferences, ids: ConferenceIds): Promise<EventResource[]> {
  const events: EventResource[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<Conferences['events']>> = await client.events(ids, { after, size: 50 });
    if (page === undefined) throw new Error(`${ids.conferenceId} is not known`);
    events.push(...page.events);
    after = page.next;
  }
  return events;
}

/** Customers share a path among conferences: whose event it is shows by its id. */
function deliveriesTo(customers: Customer[], { conferenceId }: ConferenceIds): Delivery[] {
  return customers
    .flatMap(({ received }) => received)
    .filter(({ headers }) => sequenceOf(String(headers['webhook-id']), conferenceId) !== undefined)
    .map((received) => deliveryOf(received, conferenceId))
    .sort((a, b) => a.at - b.at);
}

function rowOf(fault: string, counted: DeliveryCount): DeliveryRow {
  const { conferences, accepted, delivered, dead, duplicates, outOfOrder } = counted;
  return { fault, conferences, accepted, delivered, dead, duplicates, outOfOrder: outOfOrder.length };
}
