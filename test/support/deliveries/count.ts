import type { EventResource } from '../../../src/catapult/resources.ts';

/*
 * Counts what became of events: as `GET …/events` tells it, against what the customer got and how it answered. Pure. Everything
 * that is not as promised is a sentence that names the event.
 */

/** A request that reached the customer with an event. */
export interface Arrival {
  /** The `webhook-id`. */
  id: string;
  /** Epoch milliseconds. */
  at: number;
  /** The status that the customer answered; undefined if it did not. */
  answered: number | undefined;
}

/** A conference whose events all go to one lane, the conference's own. */
export interface Evidence {
  /** How many events it was sent, its own word included. */
  sent: number;
  /** All that `GET …/events` lists. */
  events: EventResource[];
  /** In the order in which they came. */
  arrivals: Arrival[];
  /** How often each event was to be delivered again, by its id. */
  askedAgain: ReadonlyMap<string, number>;
}

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

export function countDeliveries(conferences: Evidence[]): DeliveryCount {
  const inState = (wanted: string) =>
    conferences.reduce((sum, { events }) => sum + events.filter(({ state }) => state === wanted).length, 0);
  const all = conferences.flatMap((conference) =>
    conference.events.map((event) => countEvent(event, arrivalsOf(event, conference), conference)),
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

function countEvent({ id, state, attempts }: EventResource, arrivals: Arrival[], { askedAgain }: Evidence) {
  const asked = askedAgain.get(id) ?? 0;
  const recorded = attempts.find(({ ok }) => ok)?.time;
  const answeredAt = arrivals.findIndex(isTaken);
  // The first one since the recorded attempt began that was answered 2xx is the one that is on record.
  const recordedAt =
    recorded === undefined ? -1 : arrivals.findIndex((one) => isTaken(one) && one.at >= Date.parse(recorded));
  const after = recordedAt < 0 ? [] : arrivals.slice(recordedAt + 1 + asked);
  const between = answeredAt < 0 ? [] : arrivals.slice(answeredAt + 1, recordedAt < 0 ? undefined : recordedAt + 1);
  const isUnfounded = state === 'delivered' && recordedAt < 0;
  return {
    duplicates: Math.max(0, arrivals.length - 1 - asked),
    lost: [
      ...(state === 'delivered' || state === 'dead' ? [] : [`${id} is ${state}`]),
      ...(isUnfounded ? [`${id} is told to be delivered, which no answer said`] : []),
    ],
    afterRecord: after.map(({ at }) => `${id} was sent at ${at}, and had been recorded as taken`),
    afterAnswer: between.map(({ at }) => `${id} was sent at ${at}, and had been answered 2xx`),
  };
}

/** What was sent to us, or came to the customer, and is not listed. */
function missing({ sent, events, arrivals }: Evidence): string[] {
  const listed = new Set(events.map(({ id }) => id));
  const gaps = events.filter(({ sequence }, index) => sequence !== index + 1).map(({ id }) => `a gap before ${id}`);
  const unlisted = arrivals.filter(({ id }) => !listed.has(id)).map(({ id }) => `${id} came, and is not listed`);
  const few = events.length === sent ? [] : [`${events.length} of ${sent} events are listed`];
  return [...few, ...gaps, ...unlisted];
}

/** In which order the customer took them; what was asked for again goes beside the lane. */
function outOfOrder({ events, arrivals, askedAgain }: Evidence): string[] {
  const sequences = new Map(events.map(({ id, sequence }) => [id, sequence]));
  const taken = new Set<string>();
  let latest = 0;
  return arrivals.filter(isTaken).flatMap(({ id }) => {
    if (taken.has(id) || askedAgain.has(id)) return [];
    taken.add(id);
    const sequence = sequences.get(id) ?? 0;
    const before = latest;
    latest = Math.max(latest, sequence);
    return sequence < before ? [`${id} was taken after number ${before}`] : [];
  });
}

function arrivalsOf({ id }: EventResource, { arrivals }: Evidence): Arrival[] {
  return arrivals.filter((arrival) => arrival.id === id);
}

function isTaken({ answered = 0 }: Arrival): boolean {
  return answered >= 200 && answered < 300;
}
