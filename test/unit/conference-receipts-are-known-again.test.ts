import { describe, expect, test } from '@jest/globals';
import { dtmf } from './conference-world-events.ts';
import { conferenceThatIs } from './conference-world-examples.ts';

describe('receipts', () => {
  test('an arrival is known again by its journal’s sequence, and those of another journal are others', () => {
    const world = conferenceThatIs('created');
    world.callbacks('journal-0', [{ event: dtmf(1) }, { event: dtmf(2) }]);
    const [first] = world.batches;
    world.callbacks('journal-0', [{ event: dtmf(3) }], first?.receipts);
    world.callbacks('journal-1', [{ event: dtmf(4) }]);
    expect(world.accepted.map(({ event }) => event['press'])).toEqual([1, 2, 3, 4]);
  });

  test('of a hundred journals are remembered, the latest in use', () => {
    const world = conferenceThatIs('created');
    const resend = (which: number) => {
      const batch = world.batches[which];
      return batch === undefined ? [] : world.take({ type: 'callbacks', batch });
    };
    for (let journal = 0; journal < 100; journal += 1) world.callbacks(`j-${journal}`, [{ event: dtmf(journal) }]);
    world.callbacks('j-0', [{ event: dtmf(100) }]);
    world.callbacks('j-100', [{ event: dtmf(101) }]);
    expect(Object.keys(world.state.highestSequences)).toHaveLength(100);
    expect(resend(0)).toEqual([]);
    expect(resend(2)).toEqual([]);
    expect(world.state.highestSequences['j-1']).toBeUndefined();
  });
});
