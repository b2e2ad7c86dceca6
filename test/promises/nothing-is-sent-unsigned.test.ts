import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
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
    return events.find(({ attempts }) => attempts.length > 0);
  });
}

test('of an account that the worker does not know: it waits, its attempts say why, and it is sent once the account is known', async () => {
  await restartWorkerKnowing(USER);
  const id = await house.create({ callbackUrl: undefined });
  await restartWorkerKnowing('u-somebody-else');
  await house.call('POST', conferencePath(USER, id), { callbackUrl: house.customer.url('/callback') });
  await sendEvents(house, id, [{ eventType: 'dtmf', memberId: 'm', digits: '1' }]);
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
  expect(received?.headers).toMatchObject({ 'webhook-id': event.id, 'convoke-sequence': '2' });
  expect(received?.headers['webhook-signature']).toMatch(/^v1,/);
});

test('a conference that was started past gateway and client for such an account fails, and says why', async () => {
  await restartWorkerKnowing('u-somebody-else');
  const conference = await house.conferences.create(USER, createConferenceRequest.parse({ from: '+19195551234' }));
  const said = { code: 'user-access-denied', message: expect.stringContaining('do not know the account u-local') };
  expect(conference).toMatchObject({ outcome: 'refused', error: said });
  const ids = { userId: USER, conferenceId: conference.conferenceId };
  expect(await house.conferences.get(ids)).toMatchObject({ phase: 'failed', reason: 'creation-failed', error: said });
  expect(house.sandbox.platform.list()).toEqual([]);
});
