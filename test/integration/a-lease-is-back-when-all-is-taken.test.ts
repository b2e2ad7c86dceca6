import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import { shortDigestOf } from '../../src/client/index.ts';
import type { LeaseAsk } from '../../src/conference/state/lease.ts';
import type { Receipt } from '../../src/conference/state/inputs.ts';
import { callbacksSignal, leaseUpdate } from '../../src/workflows/messages.ts';
import { MAX_RECEIPTS_PER_TASK } from '../../src/workflows/budget.ts';
import { replayFailures } from '../support/histories.ts';
import { underWay, workflowOf } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { until } from '../support/until.ts';

/*
 * What was reported under a lease may take several workflow tasks. What another gateway has had meanwhile is numbered behind all of it, and nobody
 * gets a lease with numbers of those that wait.
 */

const OTHERS_FIRST = 1_000_000;
const BATCHES = 6;
const EACH = 100;

inHouse(
  'a backlog of two gateways, one of which had the lease, is numbered as it was lent, and the other’s behind it',
  async (house) => {
    const id = await house.create();
    await house.customer.until('/callback', 1);
    await until('nothing is under way', async () => (await underWay(house, id)) === '');
    const holder = createServer((_request, response) => response.writeHead(200).end()).unref();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(holder.address() as AddressInfo).port}`;
    // The worker takes it for a gateway's.
    house.dependencies.bridge.fallbackUrl = url;
    const ask = (): LeaseAsk => ({ opening: 'holder', follows: [], url, until: Date.now() + 60_000 });
    const workflow = workflowOf(house, id);
    const answer = await workflow.executeUpdate(leaseUpdate, { args: [ask()] });
    if (answer.outcome !== 'granted') throw new Error(JSON.stringify(answer));
    const { epoch, nextSequence, createAttempts: attempts } = answer.terms;

    await house.stopWorker();
    const receipt = (sequence: number, number: number): Receipt => {
      const event = { eventType: 'dtmf', number };
      const about = { sequence, arrivedAt: Date.now(), channel: 'primary', digest: shortDigestOf(event) } as const;
      return { ...about, attemptId: Object.keys(attempts)[0] ?? '', event };
    };
    await workflow.signal(callbacksSignal, { opening: 'other', receipts: [receipt(1, OTHERS_FIRST)] });
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const receipts = Array.from({ length: EACH }, (_, index): Receipt => {
        const place = batch * EACH + index;
        const sequence = nextSequence + place;
        return { ...receipt(place + 1, sequence), lent: { epoch, eventSequence: sequence } };
      });
      await workflow.signal(callbacksSignal, { opening: 'holder', receipts });
    }
    const again = workflow.executeUpdate(leaseUpdate, { args: [ask()] });
    await until('it waits for a worker', async () => (await underWay(house, id)) === 'task');
    await house.startWorker();
    expect(await again).toMatchObject({ outcome: 'refused', why: 'callbacks wait to be taken' });

    expect(BATCHES * EACH).toBeGreaterThan(2 * MAX_RECEIPTS_PER_TASK);
    const got = await house.customer.until('/callback', 2 + BATCHES * EACH);
    holder.close();
    const numbers = got.slice(1).map(({ headers, body }) => [Number(headers['convoke-sequence']), body['number']]);
    const lent = Array.from({ length: BATCHES * EACH }, (_, index) => [nextSequence + index, nextSequence + index]);
    expect(numbers).toEqual([...lent, [nextSequence + BATCHES * EACH, OTHERS_FIRST]]);
    await until('nothing is under way', async () => (await underWay(house, id)) === '');
    expect(await replayFailures(house.client, `TaskQueue = '${house.taskQueue}'`)).toEqual([]);
  },
  { deliverFrom: 'worker' },
);
