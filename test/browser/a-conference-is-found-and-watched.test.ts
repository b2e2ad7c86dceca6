import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { conferencePath, membersPath } from '../../src/catapult/paths.ts';
import { openWatch, type Theme, type Watch } from '../support/browser.ts';
import { USER } from '../support/house.ts';
import { hasBrowser, inABrowser } from '../support/in-a-browser.ts';

let watch: Watch | undefined;
beforeAll(async () => {
  if (hasBrowser) watch = await openWatch();
});
afterAll(async () => await watch?.close());

const opened = () => {
  if (watch === undefined) throw new Error('there is no house with a browser');
  return watch;
};

async function join(id: string): Promise<string> {
  const { house } = opened();
  const call = house.sandbox.platform.callIn();
  await house.call('POST', membersPath(USER, id), { callId: call.id });
  return call.id;
}

async function find(page: Page, text: string): Promise<void> {
  await page.keyboard.press('/');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

inABrowser.each<Theme>(['light', 'dark'])(
  'a conference is found by a call, a member joins in sight, a delivery fails in sight and is made again (%s)',
  async (theme) => {
    const { house } = opened();
    house.customer.answer('/callback', 200);
    const id = await house.create({ tag: `watched ${theme}` });
    const callId = await join(id);
    const page = await opened().open({ theme });
    await find(page, callId);
    await page.getByRole('link', { name: id }).click();
    await page.getByText('live', { exact: true }).waitFor();
    const joined = page.getByRole('link', { name: /member-.* is in/ });
    await joined.first().waitFor();
    expect(await joined.count()).toBe(1);
    house.customer.answer('/callback', 503);
    await join(id);
    await joined.nth(1).waitFor();
    await page.getByLabel('What is wrong').getByText('The customer’s service fails').waitFor();
    await joined.nth(1).click();
    const event = page.getByRole('complementary');
    await event.getByText('waits to be delivered').waitFor();
    expect(await event.getByText('503').count()).toBeGreaterThan(0);
    house.customer.answer('/callback', 200);
    await event.getByRole('button', { name: 'Try it now' }).click();
    await event.getByText('delivered', { exact: true }).waitFor();
    await page.getByLabel('What is wrong').waitFor({ state: 'detached' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(18, 22, 27)',
    );
    await house.call('POST', conferencePath(USER, id), { state: 'completed' });
    await page.getByRole('list', { name: 'Phases' }).getByText('completed (ended-via-api)').waitFor();
    await page.close();
  },
);

inABrowser('it reads at a width of 320 px, and goes by the keyboard', async () => {
  const id = await opened().house.create({ tag: 'narrow' });
  const page = await opened().open({ width: 320, height: 640 });
  await find(page, 'narrow');
  await page.getByRole('link', { name: id }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'conference created' }).waitFor();
  const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  expect(await page.evaluate(tooWide)).toBe(0);
  const others = {
    [`?p=explained&account=${USER}&id=${id}`]: 'the conference was asked for',
    ...{ '?p=dead-letters': 'Dead letters', '?p=schedules': 'Schedules', '?p=health': 'All is well.' },
  };
  for (const [place, sign] of Object.entries(others)) {
    await page.goto(`${opened().house.url}/console${place}`);
    await page.getByText(sign).last().waitFor();
    expect({ place, tooWide: await page.evaluate(tooWide) }).toEqual({ place, tooWide: 0 });
  }
  await page.close();
});

inABrowser('whoever signs out leaves nothing in the tab', async () => {
  const page = await opened().open();
  expect(await page.evaluate('sessionStorage.length')).toBe(1);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(await page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]')).toEqual([0, 0, '']);
  await page.close();
});

inABrowser('why it went so is told, and how it had gone with another setting', async () => {
  const { house } = opened();
  const id = await house.create({ noShowTimeout: 1 });
  await house.service.waitFor({ userId: USER, conferenceId: id }, 'completed');
  const page = await opened().open({});
  await find(page, id);
  await page.getByRole('link', { name: id }).click();
  await page.getByRole('link', { name: 'Explain it' }).click();
  await page.getByRole('row', { name: /Exactly one conference on the platform kept/ }).waitFor();
  await page.getByText('the conference is to end (no-show)').first().waitFor();
  await page.getByLabel('ends if nobody has joined for').fill('3600');
  await page.getByRole('button', { name: 'What would be?' }).click();
  await page.getByText(/It would end 59 min \d+ s later|It would end 1 h later/).waitFor();
  expect(page.url()).toContain('noShowTimeout=3600');
  await page.getByLabel('ends if nobody has joined for').fill('soon');
  await page.getByRole('button', { name: 'What would be?' }).click();
  await page.getByRole('alert').getByText('noShowTimeout').waitFor();
  await page.close();
});
