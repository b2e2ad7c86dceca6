import { expect, test } from '@jest/globals';
import { pageOf } from '../../src/client/events.ts';
import { LEASE_NUMBERS } from '../../src/conference/budget.ts';
import type { EventRecord } from '../../src/conference/view.ts';

/* A lease that has run out leaves a gap in the numbers, of so many as its gateway might have given. */

const LAST = LEASE_NUMBERS + 4;
const ON_RECORD = [1, 2, 3, LEASE_NUMBERS + 3, LAST];

function recordOf(sequence: number): EventRecord {
  const event = { eventType: 'dtmf' };
  return {
    id: `evt-${sequence}`,
    sequence,
    acceptedAt: 0,
    event,
    source: 'platform',
    status: 'delivered',
    attempts: [],
  };
}

/** All pages, and how often the conference was asked for them. */
async function pagesOf(size: number, after = 0): Promise<{ pages: number[][]; reads: number }> {
  let reads = 0;
  const page = await pageOf({
    after,
    size,
    next: (behind, count) =>
      Array.from({ length: count }, (_, index) => behind + 1 + index).filter((sequence) => sequence <= LAST),
    read: (sequences) => {
      reads += 1;
      const records = sequences.filter((sequence) => ON_RECORD.includes(sequence)).map(recordOf);
      return Promise.resolve({ records, reached: sequences.at(-1) });
    },
  });
  const others = page.after === undefined ? { pages: [], reads: 0 } : await pagesOf(size, page.after);
  return { pages: [page.records.map(({ sequence }) => sequence), ...others.pages], reads: reads + others.reads };
}

test.each([1, 2, 25, 100])('in pages of %i', async (size) => {
  const { pages, reads } = await pagesOf(size);
  expect(pages.flat()).toEqual(ON_RECORD);
  for (const page of pages) expect(page.length).toBeGreaterThan(0);
  for (const page of pages) expect(page.length).toBeLessThanOrEqual(size);
  expect(reads).toBeLessThan(20);
});

test('a page that is too small for all of them goes on where it ends', async () => {
  const read = (sequences: readonly number[]) =>
    Promise.resolve({ records: sequences.slice(0, 2).map(recordOf), reached: sequences[1] });
  const next = (behind: number, count: number) => [1, 2, 3, 4].filter((one) => one > behind).slice(0, count);
  expect(await pageOf({ after: 0, size: 4, next, read })).toMatchObject({ after: 2 });
});
