import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { eventsPath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

/* A worker that does not know an account cannot sign its events: it sends none, says so, and leaves the retries to be spent. */

let house: House;
beforeEach(async () => {
  house = await openHouse({ worker: false, deliverFrom: 'worker' });
});
afterEach(() => house.close());

async function restartWorkerKnowing(userId: string): Promise<void> {
  await house.stopWorker();
  house.dependencies.accounts = new Accounts([{ ...LOCAL_ACCOUNT, userId }]);
  await house.startWorker();
}

async function eventOnceTried(id: string): Promise<EventResource> {
  return await until('an attempt is shown', async () => {
    const answer = await house.call('GET', eventsPath(USER, id));
    const { events } = (await answer.json()) as { events: EventResource[] };
    const [event] = events;
    return event !== undefined && event.attempts.length > 0 && event;
  });
}

test('of an account that the worker does not know: it waits, its attempts say why, and it is sent once the account is known', async () => {
  await restartWorkerKnowing('u-somebody-else');
  const id = await house.create();
  const event = await eventOnceTried(id);
  expect(event).toMatchObject({
    state: 'waiting',
    attempts: [{ ok: false, result: 'not sent: the worker does not know the account (ACCOUNTS_FILE)' }],
  });
  expect(Date.parse(event.nextTryTime ?? '')).toBeLessThan(Date.now() + 60_000);
  expect(house.customer.received).toEqual([]);

  await restartWorkerKnowing(USER);
  const redelivered = await house.call('POST', `${eventsPath(USER, id)}/${event.id}/redeliver`);
  expect(redelivered.status).toBe(202);
  const [received] = await house.customer.until('/callback', 1);
  expect(received?.headers).toMatchObject({ 'webhook-id': event.id, 'convoke-sequence': '1' });
  expect(received?.headers['webhook-signature']).toMatch(/^v1,/);
});
