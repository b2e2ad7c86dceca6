import { Webhook } from 'standardwebhooks';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { Customer, deliveryOf, type Delivery, type Received } from '../../test/support/customer.ts';

const EVENTS = '/events';
const FALLBACK = '/fallback';

/** An attempt at the customer's endpoint. */
export interface Attempt extends Delivery {
  path: string;
  isSigned: boolean;
}

/** The story's customer: it takes every event, unless it is told to fail at its callbackUrl. */
export class StoryCustomer extends Customer {
  get callbackUrl(): string {
    return this.url(EVENTS);
  }

  get fallbackUrl(): string {
    return this.url(FALLBACK);
  }

  set isFailing(isFailing: boolean) {
    this.answer(EVENTS, isFailing ? 500 : 200);
  }

  /** All that came about this conference, in order. */
  attempts(conferenceId: string): Attempt[] {
    return this.received.map((received) => ({
      ...deliveryOf(received, conferenceId),
      path: received.path,
      isSigned: isSigned(received),
    }));
  }

  /** The events that were answered 200, each once, in the order in which they first came. */
  events(conferenceId: string): Attempt[] {
    const taken = this.attempts(conferenceId).filter(({ answered }) => answered === 200);
    const isFirst = ({ webhookId }: Attempt, index: number) =>
      taken.findIndex((other) => other.webhookId === webhookId) === index;
    return taken.filter(isFirst);
  }
}

function isSigned({ text, headers }: Received): boolean {
  try {
    const given = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    new Webhook(LOCAL_ACCOUNT.webhookSecret).verify(text, Object.fromEntries(given));
    return true;
  } catch {
    return false;
  }
}
