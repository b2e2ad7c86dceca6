import { expect } from '@jest/globals';
import { openWatch } from '../support/browser.ts';
import { USER } from '../support/house.ts';
import { inABrowser } from '../support/in-a-browser.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

const EVENTS = 20_000;
const AT_ONCE = 500;
const SCREENS = 200;
const LONGEST_FRAME_MS = 100;

/** Scrolls to a share of the whole, and waits until that is drawn. */
const scrollTo = (share: number) => `new Promise((resolve) => {
  const box = document.querySelector('.timeline');
  box.scrollTop = ${share} * box.scrollHeight;
  requestAnimationFrame(() => requestAnimationFrame(resolve));
})`;

inABrowser(
  `a conference of ${EVENTS} events scrolls without a frame over ${LONGEST_FRAME_MS} ms`,
  async () => {
    const watch = await openWatch();
    try {
      const { house } = watch;
      const id = await house.create({ callbackUrl: undefined, tag: 'long' });
      for (let sent = 0; sent < EVENTS; sent += AT_ONCE) {
        const digits = Array.from({ length: AT_ONCE }, (_, index) => ({
          ...{ eventType: 'dtmf', callId: 'c-1', dtmfDigit: String(index % 10), time: new Date().toISOString() },
          number: sent + index,
        }));
        await sendEvents(house, id, digits);
      }
      const page = await watch.open();
      await page.goto(`${house.url}/console?p=conference&account=${USER}&id=${id}`);
      await until(
        'the page has all events',
        async () => (await page.getByText(`${EVENTS + 1} events`).count()) === 1,
        300_000,
      );
      // As a reader does it: the page stays where the reader is from then on.
      await page.getByRole('region', { name: 'Timeline' }).press('Home');
      // What the page's thread works, whatever else this machine does at the same time.
      const devTools = await page.context().newCDPSession(page);
      await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
      const workedMs = async () => {
        const { metrics } = await devTools.send('Performance.getMetrics');
        return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
      };
      const frames: number[] = [];
      for (let screen = 0; screen <= SCREENS; screen += 1) {
        const before = await workedMs();
        await page.evaluate(scrollTo(screen / SCREENS));
        frames.push((await workedMs()) - before);
      }
      const longest = Math.max(...frames);
      process.stderr.write(`\n${frames.length} screens, the longest took ${longest.toFixed(0)} ms\n`);
      expect(longest).toBeLessThan(LONGEST_FRAME_MS);
      expect(await page.getByRole('listitem').count()).toBeLessThan(150);
    } finally {
      await watch.close();
    }
  },
  600_000,
);
