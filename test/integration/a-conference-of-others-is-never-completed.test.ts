import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { conferencePath } from '../../src/catapult/paths.ts';
import { conferenceIdOf } from '../../src/conference/state/ids.ts';
import { aftercareWorkflowId } from '../../src/workflows/messages.ts';
import { aftercareOfOne, openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

/*
 * A callback names a conference on the platform. Whoever gets hold of a callback URL could name one of somebody else's, who has the same
 * account there: it is looked at before it is completed.
 */

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const OTHERS_KEY = 'others:fedcba9876543210fedcba9876543210';

/** A conference on the platform whose events go to these URLs. */
async function onPlatform(callbacks: { callbackUrl: string; fallbackUrl: string }): Promise<string> {
  const { platform, platformAccount } = house.dependencies;
  const outcome = await platform.createConference(platformAccount, {
    ...{ from: '+19195551234', profile: 'interpret_digits' },
    ...{ callbackHttpMethod: 'POST', callbackTimeout: 1000, ...callbacks },
  });
  if (outcome.outcome !== 'done' || outcome.id === undefined) throw new Error('the platform has made none');
  return outcome.id;
}

const urlsOf = (tokens: CallbackTokens, conferenceId: string) =>
  tokens.callbacksOf({ userId: USER, conferenceId, attemptId: 'lost.1' }, house.dependencies.bridge);

const others = {
  'elsewhere, or nowhere': async () =>
    onPlatform({ callbackUrl: house.customer.url('/theirs'), fallbackUrl: house.customer.url('/theirs') }),
  'to another Convoke with the same account': async (id: string) =>
    onPlatform(urlsOf(new CallbackTokens([OTHERS_KEY]), id)),
  'to another conference of ours': async () => {
    const other = await house.create();
    return house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${other}/`))?.id ?? '';
  },
};

/** Says on a callback URL of the conference that a lost attempt of it has made this one. */
async function say(id: string, platformId: string, attemptId: string): Promise<void> {
  const path = house.tokens.path({ userId: USER, conferenceId: id, channel: 'primary', attemptId });
  const answer = await fetch(house.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ eventType: 'conference', status: 'created', conferenceId: platformId }),
  });
  expect(answer.status).toBe(200);
  await house.allForwarded();
}

const stateOf = (platformId: string) => house.sandbox.platform.list().find(({ id }) => id === platformId)?.state;

/** What became of the completions that a workflow has ordered, by its history. */
async function completionsOf(workflow: ReturnType<typeof workflowOf>): Promise<unknown[]> {
  const { events = [] } = await workflow.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: done }) => {
    const text = Buffer.from(done?.result?.payloads?.[0]?.data ?? []).toString();
    return text === '"left alone"' || text === '"completed"' ? [JSON.parse(text) as unknown] : [];
  });
}

test.each(Object.entries(others))('while the conference is open: its events go %s', async (_where, make) => {
  const id = await house.create();
  const theirs = await make(id);
  await say(id, theirs, 'lost.2');
  await until('it is judged', async () => (await completionsOf(workflowOf(house, id))).length > 0);
  expect(await completionsOf(workflowOf(house, id))).toEqual(['left alone']);
  expect(stateOf(theirs)).toBe('created');
  // One that a lost attempt has really made is completed all the same.
  const orphan = await onPlatform(urlsOf(house.tokens, id));
  await until('the orphan is completed', () => stateOf(orphan) === 'completed');
});

test('after the conference has closed, and where nothing is known of it any more', async () => {
  const id = await house.create();
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
  const theirs = await others['elsewhere, or nowhere']();
  await say(id, theirs, 'lost.3');
  const aftercare = await aftercareOfOne(house, id);
  await aftercare.result();
  expect(await completionsOf(aftercare)).toEqual(['left alone']);

  const forgotten = { userId: USER, conferenceId: conferenceIdOf(randomBytes(17)) };
  await say(forgotten.conferenceId, theirs, 'lost.4');
  const ofForgotten = house.client.workflow.getHandle(aftercareWorkflowId(forgotten));
  await ofForgotten.result();
  expect(await completionsOf(ofForgotten)).toEqual(['left alone']);
  expect(stateOf(theirs)).toBe('created');
});
