import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { membersPath } from '../../src/catapult/paths.ts';
import { openWatch, type Watch } from '../support/browser.ts';
import { USER } from '../support/house.ts';
import { hasBrowser, inABrowser } from '../support/in-a-browser.ts';

/*
 * What somebody sees who is called at night and opens the console: where it is said what is wrong, whose it is, and what helps. The clicks
 * are those of the test.
 */

let watch: Watch | undefined;
let page: Page;
beforeAll(async () => {
  if (hasBrowser) watch = await openWatch();
});
beforeEach(async () => {
  page = await opened().open();
});
afterEach(async () => await page.close());
afterAll(async () => await watch?.close());

const opened = () => {
  if (watch === undefined) throw new Error('there is no house with a browser');
  return watch;
};

async function addMember(id: string): Promise<Response> {
  const { house } = opened();
  return await house.call('POST', membersPath(USER, id), { callId: house.sandbox.platform.callIn().id });
}

/** What the open conference says first. */
const finding = (text: string | RegExp) => page.getByLabel('What is wrong').getByText(text).waitFor();

inABrowser('the customer is down: in the view of failing deliveries', async () => {
  const { house } = opened();
  house.customer.answer('/down', (response) => response.destroy());
  const id = await house.create({ callbackUrl: house.customer.url('/down') });
  await page.getByRole('link', { name: /Failing deliveries/ }).click();
  await page.getByRole('link', { name: id }).click();
  await finding(/1 event waits for the customer, .*callbackUrl: connection lost/);
  await finding(/The customer’s service breaks connections off/);
  house.customer.answer('/down', 200);
});

inABrowser('the platform refuses: said by the conference, with the platform’s words', async () => {
  const { house } = opened();
  const id = await house.create({ tag: 'refused' });
  const answer = { status: 503, code: 'backend-down', message: 'The switch is rebooting.' };
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences/:conferenceId' }, answer });
  const ending = house.call('POST', `/v1/users/${USER}/conferences/${id}`, { state: 'completed' });
  await page.getByRole('link', { name: id }).click();
  await finding(/The platform has not done this in \d+ tr(y|ies): end the conference .*The switch is rebooting/);
  house.sandbox.faults.endAll();
  await ending;
});

inABrowser('no worker: said on every page, and what helps one click away', async () => {
  const { house } = opened();
  await house.stopWorker();
  await page.getByText('No worker does its work').waitFor({ timeout: 60_000 });
  await page.getByRole('link', { name: 'What helps' }).click();
  await finding(/Start a worker/);
  await house.startWorker();
  await page.getByText('All is well.').waitFor({ timeout: 60_000 });
});

inABrowser('the journal is full: said on every page, and what helps one click away', async () => {
  const { house } = opened();
  await house.restartGateway({ records: 0 });
  await page.getByText('The journal is full').waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: 'What helps' }).click();
  await finding(/Make room on its disk/);
  await house.restartGateway();
  await page.getByText('All is well.').waitFor({ timeout: 30_000 });
});

inABrowser('a poison event: one row is bad among good ones, and shows its body and its answers', async () => {
  const { house } = opened();
  house.customer.answer('/picky', (response, { body }) =>
    response.writeHead(body['dtmfDigit'] === '7' ? 422 : 200).end(),
  );
  const id = await house.create({ callbackUrl: house.customer.url('/picky'), profile: 'passthru_digits' });
  const call = house.sandbox.platform.callIn();
  await house.call('POST', membersPath(USER, id), { callId: call.id });
  call.press('678');
  await page.getByRole('link', { name: /Failing deliveries/ }).click();
  await page.getByRole('link', { name: id }).click();
  await finding(/callbackUrl: 422\. The customer’s service refuses the event/);
  await page.getByRole('listitem').filter({ hasText: 'key 7' }).getByRole('link').click();
  const event = page.getByRole('complementary');
  await event.getByText('422').first().waitFor();
  expect(await event.getByText('"dtmfDigit": "7"').count()).toBe(1);
  await addMember(id);
});
