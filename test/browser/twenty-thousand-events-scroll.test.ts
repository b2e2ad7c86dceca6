import { expect } from '@jest/globals';
import { openWatch } from '../support/browser.ts';
import { USER } from '../support/house.ts';
import { inABrowser } from '../support/in-a-browser.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

const EVENTS = 20_000;
const AT_ONCE = 500;
const LONGEST_FRAME_MS = 100;

/** Scrolls from the top to the bottom, a screen in each frame, and answers how long each frame took (ms). */
const SCROLL = `new Promise((resolve) => {
  const box = document.querySelector('.timeline');
  box.scrollTop = 0;
  const frames = [];
  let before;
  const step = (time) => {
    if (before !== undefined) frames.push(time - before);
    before = time;
    const top = box.scrollTop;
    box.scrollTop += box.clientHeight;
    if (box.scrollTop > top) requestAnimationFrame(step);
    else resolve(frames);
  };
  requestAnimationFrame(step);
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
      const frames = await page.evaluate<number[]>(SCROLL);
      expect(frames.length).toBeGreaterThan(EVENTS / 100);
      const longest = Math.max(...frames);
      process.stderr.write(`\n${frames.length} frames, the longest ${longest.toFixed(0)} ms\n`);
      expect(longest).toBeLessThan(LONGEST_FRAME_MS);
      expect(await page.getByRole('listitem').count()).toBeLessThan(150);
    } finally {
      await watch.close();
    }
  },
  600_000,
);
