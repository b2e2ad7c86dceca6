import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { conferenceIdOf } from '../../src/conference/state/ids.ts';
import { CONFERENCE_WORKFLOW, conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { USER, workflowOf, type House } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';

/* The gateway that was to create a conference dies, and with it the lease under which it would have: the workflow goes on. */

const LEASE_HAS_RUN_OUT_MS = 60_000;

const statesOnThePlatform = (house: House) => house.sandbox.platform.list().map(({ state }) => state);

/** A gateway has started a conference and died: nobody answers where it was. */
async function startByOneThatDies(house: House): Promise<{ id: string; attemptId: string }> {
  const id = conferenceIdOf(randomBytes(17));
  const attemptId = `${randomBytes(12).toString('hex')}.0`;
  const request = createConferenceRequest.parse({ from: '+19195551234', callbackUrl: house.customer.url('/callback') });
  const workflowId = conferenceWorkflowId({ userId: USER, conferenceId: id });
  // Without a delay, so that nothing of this waits for more than the lease.
  await house.client.workflow.start(CONFERENCE_WORKFLOW, {
    ...{ workflowId, taskQueue: house.taskQueue },
    args: [{ request, holder: { attemptId, opening: 'of-a-gateway-that-died', url: 'http://127.0.0.1:9' } }],
  });
  return { id, attemptId };
}

/** One conference is on the platform, of which the customer gets each event once. */
async function isTheOne(house: House, id: string): Promise<void> {
  await house.customer.until('/callback', 1, LEASE_HAS_RUN_OUT_MS);
  expect(statesOnThePlatform(house)).toEqual(['created']);
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  expect(house.customer.at('/callback').map(({ body }) => body['status'])).toEqual(['created', 'completed']);
}

inHouse.concurrent('it dies between the start and its attempt: the workflow creates the conference', async (house) => {
  const { id } = await startByOneThatDies(house);
  expect(statesOnThePlatform(house)).toEqual([]);
  await isTheOne(house, id);
});

inHouse.concurrent(
  'it dies between the platform’s answer and its report: its conference is the one, by its event',
  async (house) => {
    const { id, attemptId } = await startByOneThatDies(house);
    const { platform, platformAccount, bridge } = house.dependencies;
    // As that gateway would have, with the bridge's URLs of its attempt.
    const callbacks = house.tokens.callbacksOf({ userId: USER, conferenceId: id, attemptId }, bridge);
    const fields = { from: '+19195551234', profile: 'interpret_digits' } as const;
    await platform.createConference(platformAccount, { ...fields, ...callbacks });
    await isTheOne(house, id);
  },
);
