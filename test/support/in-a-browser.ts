import { test } from '@jest/globals';
import { requireChromium } from './chromium.ts';

/** Whether there is a browser that shows pages, or one could be had. */
export const hasBrowser = await requireChromium().then(
  () => true,
  (error: unknown) => {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    process.stderr.write(`\n*** NOT TESTED in a browser: there is no Chromium, and none could be had: ${why} ***\n`);
    return false;
  },
);

/** A test that needs a browser. */
export const inABrowser: typeof test = hasBrowser ? test : (test.skip as typeof test);
