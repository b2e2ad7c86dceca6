import { sequenceOf } from '../../../src/conference/state/ids.ts';
import { expect, test } from '@jest/globals';
import { conferencePath, eventsPath } from '../../../src/catapult/paths.ts';
import { Customer } from '../customer.ts';
import { USER, workflowOf, type House } from '../house.ts';
import { sendEvents } from '../platform-events.ts';
import { deliveriesHeld, type Allowed, type Counted, type Told } from './promises.ts';

/** Some of these tests wait for pauses of a minute, one after the other, beside others (ms). */
const WITHIN = 600_000;

/** Where a customer gets events, and where it gets what failed there. */
export const CALLBACK = '/callback';
export const FALLBACK = '/fallback';

/** A conference that is sent events as the platform would. */
export class ToldConference implements Told {
  readonly ids: Told['ids'];
  /** That it was created is the first one. */
  sent = 1;
  readonly askedAgain = new Map<string, number>();
  private readonly house: House;

  constructor(house: House, conferenceId: string) {
    this.house = house;
    this.ids = { userId: USER, conferenceId };
  }

  /** Whether a `webhook-id` is that of its event with this number. */
  isEvent(id: unknown, sequence: number): boolean {
    return sequenceOf(String(id), this.ids.conferenceId) === sequence;
  }

  /** So many events; resolves when the conference has them. */
  async send(events: number): Promise<void> {
    const from = this.sent;
    this.sent += events;
    const digits = Array.from({ length: events }, (_, index) => ({
      eventType: 'dtmf',
      digits: '1',
      number: from + index,
    }));
    await sendEvents(this.house, this.ids.conferenceId, digits);
  }

  async change(fields: object): Promise<void> {
    expect(await this.ask(fields)).toBe(200);
  }

  private async ask(fields: object): Promise<number> {
    return (await this.house.call('POST', conferencePath(USER, this.ids.conferenceId), fields)).status;
  }

  async redeliver(sequence: number): Promise<void> {
    const page = await this.house.conferences.events(this.ids, { after: sequence - 1, size: 1 });
    const id = page?.events[0]?.id ?? '';
    this.askedAgain.set(id, (this.askedAgain.get(id) ?? 0) + 1);
    const answer = await this.house.call('POST', `${eventsPath(USER, this.ids.conferenceId)}/${id}/redeliver`);
    expect(answer.status).toBe(202);
  }

  /** Ends it; resolves when each of its events is delivered or dead. */
  async end(): Promise<void> {
    this.sent += 1;
    // 202 when it is not confirmed within 10 s; it ends all the same.
    expect([200, 202]).toContain(await this.ask({ state: 'completed' }));
    await workflowOf(this.house, this.ids.conferenceId).result();
  }
}

export interface Scene {
  house: House;
  /** A customer on a port of its own, whose troubles are nobody else's. */
  customer: Customer;
  /** So many conferences, whose events go to this customer. */
  open: (number: number, fields?: object) => Promise<ToldConference[]>;
  /** Ends the conferences, and holds the promises; to be called once. `elsewhere`: other customers that got events. */
  promisesHeld: (conferences: ToldConference[], allowed?: Allowed & { elsewhere?: Customer[] }) => Promise<Counted>;
}

/**
 * A fault of deliveries as a test. Those of a file run beside each other, since most of their time is waiting; one that is not to
 * be disturbed is `alone`. The fault's name is that of its row in the report.
 */
export function underFault(
  fault: string,
  house: () => House,
  story: (scene: Scene) => Promise<void>,
  { alone = false } = {},
): void {
  const run = async () => {
    const customer = await new Customer().open();
    let counts = 0;
    try {
      await story({
        house: house(),
        customer,
        open: (number, fields) => openConferences(house(), customer, number, fields),
        promisesHeld: async (conferences, { elsewhere = [], ...allowed } = {}) => {
          counts += 1;
          await inGroups(conferences, (group) => each(group, (conference) => conference.end()));
          return deliveriesHeld(
            fault,
            { client: house().conferences, customers: [customer, ...elsewhere] },
            conferences,
            allowed,
          );
        },
      });
    } finally {
      await customer.close();
    }
    // A fault whose promises nobody held against it has shown nothing.
    expect(counts).toBe(1);
  };
  if (alone) test(fault, run, WITHIN);
  else test.concurrent(fault, run, WITHIN);
}

export async function openConferences(
  house: House,
  customer: Customer,
  number: number,
  fields: object = {},
): Promise<ToldConference[]> {
  const one = async () =>
    new ToldConference(house, await house.create({ callbackUrl: customer.url(CALLBACK), ...fields }));
  return await Promise.all(Array.from({ length: number }, one));
}

export async function each(
  conferences: ToldConference[],
  work: (conference: ToldConference) => Promise<void>,
): Promise<void> {
  await Promise.all(conferences.map(work));
}

/** Hundreds at the same moment take longer than a caller waits. */
export async function inGroups<Item>(items: Item[], work: (group: Item[]) => Promise<void>, of = 20): Promise<void> {
  for (let from = 0; from < items.length; from += of) await work(items.slice(from, from + of));
}
