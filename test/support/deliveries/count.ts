import type { EventResource } from '../../../src/catapult/resources.ts';
import type { Delivery } from '../customer.ts';

/*
 * Counts what became of events: as `GET …/events` tells it, against what the customer got and how it answered. Pure. Everything
 * that is not as promised is a sentence that names the event.
 */

/** A conference whose events all go to one lane, the conference's own. */
export interface LoggedConference {
  conferenceId: string;
  /** How many events it was sent, its own word included. */
  sent: number;
  /** All that `GET …/events` lists. */
  events: EventResource[];
  /** How often each event was to be delivered again, by its id. */
  askedAgain: ReadonlyMap<string, number>;
}

/** One conference, with what came of it. */
type One = LoggedConference & { deliveries: Delivery[] };

export interface DeliveryCount {
  conferences: number;
  accepted: number;
  delivered: number;
  dead: number;
  /** Requests with an event that had been sent before, but for those that were asked for. */
  duplicates: number;
  /** Events neither delivered nor dead, or never accepted, or told to be delivered though no answer said so. */
  lost: string[];
  /** Duplicates sent although a 2xx answer was on record. */
  afterRecord: string[];
  /** Duplicates sent although a 2xx was answered, which is not on record: what a process that died may leave. */
  afterAnswer: string[];
  /** Events that the customer took after a later one. */
  outOfOrder: string[];
}

/** `deliveries`: all that came, in the order in which it came. */
export function countDeliveries(logged: LoggedConference[], deliveries: Delivery[]): DeliveryCount {
  const conferences = logged.map((one) => ({
    ...one,
    deliveries: deliveries.filter(({ conferenceId }) => conferenceId === one.conferenceId),
  }));
  const inState = (wanted: string) =>
    conferences.reduce((sum, { events }) => sum + events.filter(({ state }) => state === wanted).length, 0);
  const all = conferences.flatMap((conference) =>
    conference.events.map((event) => countEvent(event, deliveriesOf(event, conference), conference)),
  );
  return {
    conferences: conferences.length,
    accepted: all.length,
    delivered: inState('delivered'),
    dead: inState('dead'),
    duplicates: all.reduce((sum, { duplicates }) => sum + duplicates, 0),
    lost: [...conferences.flatMap(missing), ...all.flatMap(({ lost }) => lost)],
    afterRecord: all.flatMap(({ afterRecord }) => afterRecord),
    afterAnswer: all.flatMap(({ afterAnswer }) => afterAnswer),
    outOfOrder: conferences.flatMap(outOfOrder),
  };
}

function countEvent({ id, state, attempts }: EventResource, deliveries: Delivery[], { askedAgain }: One) {
  const asked = askedAgain.get(id) ?? 0;
  const recorded = attempts.find(({ ok }) => ok)?.time;
  const answeredAt = deliveries.findIndex(isTaken);
  // The first one since the recorded attempt began that was answered 2xx is the one that is on record.
  const recordedAt =
    recorded === undefined ? -1 : deliveries.findIndex((one) => isTaken(one) && one.at >= Date.parse(recorded));
  const after = recordedAt < 0 ? [] : deliveries.slice(recordedAt + 1 + asked);
  const between = answeredAt < 0 ? [] : deliveries.slice(answeredAt + 1, recordedAt < 0 ? undefined : recordedAt + 1);
  const isUnfounded = state === 'delivered' && recordedAt < 0;
  return {
    duplicates: Math.max(0, deliveries.length - 1 - asked),
    lost: [
      ...(state === 'delivered' || state === 'dead' ? [] : [`${id} is ${state}`]),
      ...(isUnfounded ? [`${id} is told to be delivered, which no answer said`] : []),
    ],
    afterRecord: after.map(({ at }) => `${id} was sent at ${at}, and had been recorded as taken`),
    afterAnswer: between.map(({ at }) => `${id} was sent at ${at}, and had been answered 2xx`),
  };
}

/** What was sent to us, or came to the customer, and is not listed. */
function missing({ sent, events, deliveries }: One): string[] {
  const listed = new Set(events.map(({ id }) => id));
  const gaps = events.filter(({ sequence }, index) => sequence !== index + 1).map(({ id }) => `a gap before ${id}`);
  const unlisted = deliveries.filter(({ webhookId }) => !listed.has(webhookId));
  const few = events.length === sent ? [] : [`${events.length} of ${sent} events are listed`];
  return [...few, ...gaps, ...unlisted.map(({ webhookId }) => `${webhookId} came, and is not listed`)];
}

/** In which order the customer took them; what was asked for again goes beside the lane. */
function outOfOrder({ deliveries, askedAgain }: One): string[] {
  const taken = new Set<string>();
  let latest = 0;
  return deliveries.filter(isTaken).flatMap(({ webhookId, sequence }) => {
    if (taken.has(webhookId) || askedAgain.has(webhookId)) return [];
    taken.add(webhookId);
    const before = latest;
    latest = Math.max(latest, sequence);
    return sequence < before ? [`${webhookId} was taken after number ${before}`] : [];
  });
}

function deliveriesOf({ id }: EventResource, { deliveries }: One): Delivery[] {
  return deliveries.filter(({ webhookId }) => webhookId === id);
}

function isTaken({ answered = 0 }: Delivery): boolean {
  return answered >= 200 && answered < 300;
}
