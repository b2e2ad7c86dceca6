import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import { aftercareOfOne, openHouse, USER, workflowOf, type House } from '../support/house.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

/** Happens to the next create call that the platform gets, or to the one after those that were struck before it. */
const strike = (fault: RequestFault) =>
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, times: 1, ...fault });

const statesOnThePlatform = () => house.sandbox.platform.list().map(({ state }) => state);

/** Ends the conference and answers the `status` of every event that the customer got. */
async function endAndListEvents(id: string): Promise<unknown[]> {
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  return house.customer.at('/callback').map(({ body }) => body['status']);
}

test('the platform answers 500 at first: the conference is created by a later attempt', async () => {
  strike({ answer: { status: 500 } });
  strike({ answer: { status: 503, code: 'internal-error', message: 'later' } });
  const id = await house.create();
  expect(statesOnThePlatform()).toEqual(['created']);
  expect(await endAndListEvents(id)).toEqual(['created', 'completed']);
});

test('the answer is lost after the work was done: one conference lives, its event or its answer decides which', async () => {
  strike({ drop: 'after' });
  const id = await house.create();
  expect(statesOnThePlatform().filter((state) => state !== 'completed')).toEqual(['created']);
  expect(await endAndListEvents(id)).toEqual(['created', 'completed']);
  expect(new Set(statesOnThePlatform())).toEqual(new Set(['completed']));
});

test('429: the next attempt waits for the time that X-RateLimit-Reset names', async () => {
  strike({ rateLimit: 3_000 });
  const reset = Date.now() + 3_000;
  await house.create();
  expect(Date.now()).toBeGreaterThanOrEqual(reset);
});

test('a conference that turns up after its own has closed is completed on the platform', async () => {
  const id = await house.create();
  await endAndListEvents(id);
  const [sent] = house.sandbox.platform.list();
  const orphan = await fetch(
    `${house.url}${house.tokens.path({ userId: USER, conferenceId: id, channel: 'primary', attemptId: 'run.9' })}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...sent?.callbacks[0]?.event, conferenceId: await createStray(id) }),
    },
  );
  expect(orphan.status).toBe(200);
  await house.allForwarded();
  await (await aftercareOfOne(house, id)).result();
  expect(statesOnThePlatform()).toEqual(['completed', 'completed']);
});

/** What an attempt of the conference has made whose answer was lost. */
async function createStray(conferenceId: string): Promise<string> {
  const { platform, platformAccount, bridge } = house.dependencies;
  const callbacks = house.tokens.callbacksOf({ userId: USER, conferenceId, attemptId: 'run.9' }, bridge);
  const fields = { from: '+19195551234', profile: 'interpret_digits' } as const;
  const outcome = await platform.createConference(platformAccount, { ...fields, ...callbacks });
  if (outcome.outcome !== 'done' || outcome.id === undefined) throw new Error('no orphan');
  return outcome.id;
}
