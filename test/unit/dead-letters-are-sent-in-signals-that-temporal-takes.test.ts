import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { DeadLetters } from '../../src/client/dead-letters.ts';
import type { Events } from '../../src/client/events.ts';
import type { Signals } from '../../src/client/signals.ts';
import type { EventRecord } from '../../src/conference/view.ts';

const TEMPORAL_TAKES = 2 * 1024 * 1024;

test('a page of the largest events, from several runs, is sent in parts, each event once', async () => {
  const records = Array.from({ length: 100 }, (_, index): EventRecord => {
    const sequence = index + 1;
    const event = { eventType: 'dtmf', note: '会'.repeat(20_000) };
    return {
      id: `evt-abc-${sequence}`,
      sequence,
      acceptedAt: 0,
      event,
      source: 'platform',
      status: 'dead',
      attempts: [],
    };
  });
  const signals: EventRecord[][] = [];
  const page = {
    executions: [{ execution: { workflowId: 'conference/u-1/conf-abc' } }],
    nextPageToken: new Uint8Array(),
  };
  const client = { options: {}, workflowService: { listWorkflowExecutions: () => Promise.resolve(page) } };
  const deadLetters = new DeadLetters(
    client as unknown as Client,
    'conferences',
    { page: () => Promise.resolve({ records }) } as unknown as Events,
    {
      redeliver: (_ids: unknown, some: EventRecord[]) => Promise.resolve(signals.push(some)),
    } as unknown as Signals,
  );
  for await (const progress of deadLetters.redeliver('u-1', { from: 0, to: 1 }))
    expect(progress).toEqual({ conferences: 1, events: 100, refused: 0 });
  expect(signals.flat()).toEqual(records);
  for (const some of signals) expect(Buffer.byteLength(JSON.stringify(some))).toBeLessThan(TEMPORAL_TAKES);
});
