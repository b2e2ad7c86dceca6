import type { Browser, Page } from 'playwright-core';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { loadConsole } from '../../src/console/bundle.ts';
import { launchChromium } from './chromium.ts';
import { openHouse, type House } from './house.ts';

export type Theme = 'light' | 'dark';

/** A house with the console, and a browser in front of it. */
export interface Watch {
  house: House;
  /** A page on which the local account is signed in; whatever goes wrong in it fails `close`. */
  open(options?: { theme?: Theme; width?: number; height?: number }): Promise<Page>;
  close(): Promise<void>;
}

/** @throws Error where there is no browser, and none can be had. */
export async function openWatch(): Promise<Watch> {
  const browser = await launchChromium();
  const house = await openHouse({ console: await loadConsole() });
  const problems: string[] = [];
  return {
    house,
    open: async (options) => await signedIn(browser, house, problems, options),
    async close() {
      await browser.close();
      await house.close();
      if (problems.length > 0) throw new Error(`the page has problems of its own:\n${problems.join('\n')}`);
    },
  };
}

async function signedIn(
  browser: Browser,
  { url }: House,
  problems: string[],
  { theme = 'light', width = 1280, height = 900 }: { theme?: Theme; width?: number; height?: number } = {},
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme, timezoneId: 'Europe/Berlin' });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // A refused request is told by the page itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load')) problems.push(message.text());
  });
  await page.goto(`${url}/console`);
  await page.getByLabel('Account').fill(LOCAL_ACCOUNT.userId);
  await page.getByLabel('Token').fill(LOCAL_ACCOUNT.token);
  await page.getByLabel('Secret').fill(LOCAL_ACCOUNT.secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Conferences' }).waitFor();
  return page;
}
