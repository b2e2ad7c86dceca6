import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath, membersPath, pathTo } from '../../src/catapult/paths.ts';
import { USER, openHouse, type House } from '../support/house.ts';
import { dataDirectory, endOf, launch } from '../support/processes.ts';
import { required } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/* With PAYLOAD_KEYS Temporal has ciphertext, also of failures: whoever watches reads the words that are in it. */

let house: House;
beforeAll(async () => {
  house = await openHouse({ payloadKeys: new Map([['one', randomBytes(32)]]) });
});
afterAll(async () => await house.close());

async function read(what: 'steps' | 'explanation', conferenceId: string): Promise<string> {
  const answer = await house.call('GET', pathTo(`/conferences/:conferenceId/${what}`, { userId: USER, conferenceId }));
  expect(answer.status).toBe(200);
  return await answer.text();
}

/** It tells this in words, and shows nothing that is sealed. */
async function tells(what: 'steps' | 'explanation', conferenceId: string, words: RegExp): Promise<void> {
  const told = await until(`the ${what} tell ${String(words)}`, async () => {
    const text = await read(what, conferenceId);
    return words.test(text) && text;
  });
  expect(told).not.toMatch(/Encoded failure|encrypted|sealed:|"~/);
}

test('why the platform did not create a conference', async () => {
  const message = 'The switch wants no more.';
  const answer = { status: 403, code: 'insufficient-available-balance', message };
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, times: 1, answer });
  const created = await house.call('POST', pathTo('/conferences', { userId: USER }), { from: '+19195551234' });
  expect(created.status).toBe(403);
  const failed = await until('it is found', async () => {
    for await (const { id } of house.service.list(USER, { phase: 'failed' })) return id;
    return undefined;
  });
  await tells('explanation', failed, /The switch wants no more/);
  await tells('steps', failed, /failed \(creation-failed\)/);
});

test('a tool without the key says that one is missing', async () => {
  const id = await house.create();
  const data = dataDirectory();
  const settings = { TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'), CONVOKE_DATA_DIR: data.path };
  const parameters = ['--import', 'tsx', 'src/main.ts', 'explain', id, '--user', USER];
  const program = launch('node', parameters, settings);
  expect(await endOf(program, 60_000)).toBe(1);
  expect(program.output()).toContain('It is sealed: set PAYLOAD_KEYS.');
  data.remove();
});

test('what the platform answers to what is tried again, and what a customer answers', async () => {
  house.customer.answer('/fails', 503);
  const id = await house.create({ callbackUrl: house.customer.url('/fails') });
  await house.call('POST', membersPath(USER, id), { callId: house.sandbox.platform.callIn().id });
  await tells('explanation', id, /callbackUrl: 503/);
  await tells('steps', id, /add call .* as a member/);
  const answer = { status: 503, code: 'backend-down', message: 'The switch is rebooting.' };
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences/:conferenceId' }, answer });
  const ending = house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await tells('steps', id, /"state":"running"[^}]*The switch is rebooting/);
  house.sandbox.faults.endAll();
  house.customer.answer('/fails', 200);
  await ending;
  for (const what of ['explanation', 'steps'] as const) await tells(what, id, /completed \(ended-via-api\)/);
}, 120_000);
