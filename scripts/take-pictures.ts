import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { conferencePath, membersPath, pathTo } from '../src/catapult/paths.ts';
import globalSetup from '../test/support/global-setup.ts';
import globalTeardown from '../test/support/global-teardown.ts';
import { openWatch } from '../test/support/browser.ts';
import { USER, type House } from '../test/support/house.ts';
import { until } from '../test/support/until.ts';

/* Takes the pictures of docs/watching.md from a running system: `npm run take-pictures`. */

const FOLDER = fileURLToPath(new URL('../docs/pictures/', import.meta.url));

async function join(house: House, id: string) {
  const call = house.sandbox.platform.callIn();
  await house.call('POST', membersPath(USER, id), { callId: call.id });
  return call;
}

/** A conference of three, one muted, one on hold, one who has left again. */
async function teamCall(house: House): Promise<string> {
  const id = await house.create({ tag: 'team call', profile: 'passthru_digits', maxDuration: 7_200 });
  const calls = [await join(house, id), await join(house, id), await join(house, id)];
  const members = async () => await house.service.members({ userId: USER, conferenceId: id });
  await until('three are in', async () => (await members()).length === 3);
  const [first, second] = await members();
  await house.call('POST', `${membersPath(USER, id)}/${first?.id ?? ''}`, { mute: true });
  await house.call('POST', `${membersPath(USER, id)}/${second?.id ?? ''}`, { hold: true });
  calls[2]?.press('1');
  calls[2]?.hangUp();
  await until('one has left', async () => (await members()).some(({ state }) => state === 'completed'));
  return id;
}

/** One whose customer fails, and one whose customer wants no more. */
async function trouble(house: House): Promise<string> {
  house.customer.answer('/fails', 503);
  house.customer.answer('/gone', 410);
  const id = await house.create({ tag: 'support line', callbackUrl: house.customer.url('/fails') });
  await join(house, id);
  const gone = await house.create({ tag: 'webinar', callbackUrl: house.customer.url('/gone') });
  await join(house, gone);
  await house.create({ tag: 'board meeting', startAt: new Date(Date.now() + 86_400_000).toISOString() });
  return id;
}

/** One that has ended since somebody was alone. */
async function endedAlone(house: House): Promise<string> {
  const id = await house.create({ tag: 'daily', aloneTimeout: 2 });
  const calls = [await join(house, id), await join(house, id)];
  await until('both are in', async () => {
    return (await house.conferences.get({ userId: USER, conferenceId: id }))?.activeMembers === 2;
  });
  calls[0]?.hangUp();
  await house.service.waitFor({ userId: USER, conferenceId: id }, 'completed');
  return id;
}

async function takeAll(house: House, page: Page): Promise<void> {
  const take = async (name: string) => {
    await page.mouse.move(0, 0);
    await page.screenshot({ path: `${FOLDER}console-${name}.png` });
  };
  const at = async (query: string, sign: string) => {
    await page.goto(`${house.url}/console${query}`);
    await page.getByText(sign).first().waitFor();
  };
  const [team, failing] = [await teamCall(house), await trouble(house)];
  await until('a delivery has failed some times', async () => {
    const { events } = await house.service.eventsPage({ userId: USER, conferenceId: failing });
    return events.some(({ attempts }) => attempts.length > 2);
  });
  await at('', 'webinar');
  await page.getByText('failing', { exact: true }).waitFor();
  await take('conferences');
  await at(`?p=conference&account=${USER}&id=${team}`, 'it ends: maxDuration is over');
  await page.getByText(/^[1-9]\d* events$/).waitFor();
  await take('conference');
  await at(`?p=conference&account=${USER}&id=${failing}&event=1`, 'Requests');
  await take('event');
  await at(`?p=explained&account=${USER}&id=${await endedAlone(house)}&aloneTimeout=60`, 'The two part at');
  await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
  await take('explained');
  await at('?p=dead-letters', '1 × 410');
  await page.getByText('What would be sent').first().click();
  await take('dead-letters');
  await house.stopWorker();
  await at('?p=health', 'No worker does its work');
  await take('health');
  await house.startWorker();
  await house.call('POST', conferencePath(USER, team), { state: 'completed' });
  await house.call('GET', pathTo('/health', { userId: USER }));
}

await globalSetup();
mkdirSync(FOLDER, { recursive: true });
const watch = await openWatch();
try {
  await takeAll(watch.house, await watch.open({ width: 1_180, height: 720 }));
} finally {
  await watch.close();
  await globalTeardown();
}
