import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { conferenceFilters } from '../../src/catapult/queries.ts';
import { MAX_LISTS_AT_ONCE, MAX_LOOKS_AT_ONCE } from '../../src/client/budget.ts';
import { ConferenceList } from '../../src/client/list.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { until } from '../support/until.ts';

const noFilters = conferenceFilters.parse({});

/** Temporal with an index of closed conferences, which answers lists when the test says so. */
class Index {
  readonly asked: string[] = [];
  looks = 0;
  mostLooks = 0;
  private readonly waiting: (() => void)[] = [];
  closed = 0;

  readonly client = {
    options: { namespace: 'default' },
    withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
    workflowService: {
      listWorkflowExecutions: async ({ query }: { query: string }) => {
        const [, userId = ''] = /ConferenceUser = '([^']+)'/.exec(query) ?? [];
        this.asked.push(userId);
        await new Promise<void>((resolve) => this.waiting.push(resolve));
        return { executions: Array.from({ length: this.closed }, (_, n) => execution(userId, n)), nextPageToken: [] };
      },
    },
    workflow: { options: {}, getHandle: () => ({ describe: () => this.look() }) },
  } as unknown as Client;

  /** Answers the list that has waited longest. */
  answer(): void {
    this.waiting.shift()?.();
  }

  private async look(): Promise<{ runId: string }> {
    this.mostLooks = Math.max(this.mostLooks, (this.looks += 1));
    await new Promise((resolve) => setImmediate(resolve));
    this.looks -= 1;
    return { runId: 'run' };
  }
}

const execution = (userId: string, n: number) => ({
  execution: { workflowId: conferenceWorkflowId({ userId, conferenceId: `conf-${n}` }), runId: 'run' },
  type: { name: 'conference' },
  status: 2,
  startTime: { seconds: 0, nanos: 0 },
  historyLength: { toNumber: () => 9 },
  historySizeBytes: { toNumber: () => 9 },
});

test('an account that asks for very many lists leaves every second one to others', async () => {
  const index = new Index();
  const lists = new ConferenceList(index.client, 'conferences');
  const ask = (userId: string) => lists.page({ userId, filters: noFilters }, { size: 100 }, Date.now() + 60_000);
  const many = Array.from({ length: 50 }, () => ask('u-many'));
  const one = ask('u-one');
  await until('those that may have been asked for', () => index.asked.length === MAX_LISTS_AT_ONCE / 2 + 1);
  expect(index.asked.filter((userId) => userId === 'u-one')).toHaveLength(1);
  const others = Array.from({ length: 20 }, (_, n) => ask(`u-other-${n}`));
  await until('as many as may are asked for', () => index.asked.length === MAX_LISTS_AT_ONCE);
  for (let answered = 0; answered < 50 + 1 + 20; answered += 1) {
    await until('one is asked for', () => index.asked.length > answered);
    index.answer();
  }
  await Promise.all([...many, one, ...others]);
  // Each of the others had its turn before the account had a second one.
  const lastOther = index.asked.findLastIndex((userId) => userId.startsWith('u-other'));
  expect(index.asked.slice(0, lastOther).filter((userId) => userId === 'u-many').length).toBeLessThan(15);
});

test('a list whose turn does not come is over in its time', async () => {
  const index = new Index();
  const lists = new ConferenceList(index.client, 'conferences');
  const ask = (ms: number) => lists.page({ userId: 'u-1', filters: noFilters }, { size: 1 }, Date.now() + ms);
  const first = Array.from({ length: MAX_LISTS_AT_ONCE / 2 }, () => ask(60_000));
  await expect(ask(20)).rejects.toThrow('turn');
  first.forEach(() => index.answer());
  await Promise.all(first);
  // The place that it waited for is another's.
  const next = ask(60_000);
  await until('the next one is asked for', () => index.asked.length === first.length + 1);
  index.answer();
  await next;
});

test('a page of closed conferences looks at few at a time', async () => {
  const index = new Index();
  index.closed = 100;
  const page = new ConferenceList(index.client, 'conferences').page(
    { userId: 'u-1', filters: noFilters },
    { size: 100 },
    Date.now() + 60_000,
  );
  await until('it is asked for', () => index.asked.length === 1);
  index.answer();
  expect((await page).conferences).toHaveLength(100);
  expect(index.mostLooks).toBeLessThanOrEqual(MAX_LOOKS_AT_ONCE);
});
