import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliver.ts';
import { Customer } from '../support/customer.ts';
import { deliveriesHeld, eventsOf, type Allowed, type Counted } from '../support/deliveries/promises.ts';
import { CALLBACK, FALLBACK } from '../support/deliveries/scene.ts';
import { digitEvent, platformId, startTimeMachine, statusEvent, type TimeMachine } from '../support/time-skipping.ts';
import { longOrShort } from '../support/town/length.ts';
import { until } from '../support/until.ts';

/* A day passes in a moment on the server whose clock leaps; the customer is on real sockets all the same. */

const EVENTS = longOrShort(20, 5);
const WITHIN = 240_000;

let machine: TimeMachine;
let deliverer: Deliverer;
let customer: Customer;
beforeEach(async () => {
  deliverer = createDeliverer(['127.0.0.0/8']);
  machine = await startTimeMachine({ deliverer });
  customer = await new Customer().open();
});
afterEach(async () => {
  await machine.close();
  await Promise.all([deliverer.close(), customer.close()]);
});

/** A conference whose events all come before the customer has taken one; over when each is delivered or dead. */
async function aDay(fault: string, paths: { callback: string; fallback?: string }, allowed: Allowed): Promise<Counted> {
  const { callback, fallback } = paths;
  const conference = await machine.created({
    callbackUrl: customer.url(callback),
    ...(fallback === undefined ? {} : { fallbackUrl: customer.url(fallback) }),
  });
  const id = platformId(1);
  const digits = Array.from({ length: EVENTS }, (_, index) => digitEvent(id, index + 1));
  await machine.send(conference, [statusEvent(id, 'created'), ...digits, statusEvent(id, 'completed')]);
  await until('the conference has them', async () => {
    const { conferences } = machine;
    return (await eventsOf(conferences, conference)).length === EVENTS + 2;
  });
  expect(await machine.closed(conference)).toBe('COMPLETED');
  const told = { ids: conference, sent: EVENTS + 2, askedAgain: new Map<string, number>() };
  return await deliveriesHeld(fault, { client: machine.conferences, customers: [customer] }, [told], allowed);
}

test(
  'both URLs dead beyond the retry window',
  async () => {
    customer.answer(CALLBACK, 500);
    customer.answer(FALLBACK, 503);
    const paths = { callback: CALLBACK, fallback: FALLBACK };
    const { events } = await aDay('both URLs dead beyond the retry window', paths, { dead: EVENTS + 2 });
    const urls = events.flatMap(({ attempts }) => attempts.map(({ url }) => url));
    expect(new Set(urls)).toEqual(new Set(['callbackUrl', 'fallbackUrl']));
  },
  WITHIN,
);

test(
  'one poison event among good ones',
  async () => {
    const poison = '2';
    customer.answer('/poisoned', (response, { body }) => {
      response.writeHead(body['digits'] === poison ? 500 : 200).end();
    });
    const { events } = await aDay('one poison event among good ones', { callback: '/poisoned' }, { dead: 1 });
    expect(events.filter(({ state }) => state === 'dead').map(({ body }) => body['digits'])).toEqual([poison]);
  },
  WITHIN,
);
