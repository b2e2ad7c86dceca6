import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { shortDigestOf } from '../../src/client/index.ts';
import { conferenceIdOf } from '../../src/conference/state/ids.ts';
import type { Receipt } from '../../src/conference/state/inputs.ts';
import { RULES } from '../../src/conference/state/state.ts';
import type { LeaseAsk } from '../../src/conference/state/lease.ts';
import {
  CONFERENCE_WORKFLOW,
  callbacksSignal,
  conferenceWorkflowId,
  leaseUpdate,
} from '../../src/workflows/messages.ts';
import { replayFailures } from '../support/histories.ts';
import { underWay, USER, workflowOf, type House } from '../support/house.ts';
import { inHouse } from '../support/in-house.ts';
import { until } from '../support/until.ts';

const FROM = '+19195551234';
const PLATFORM_ID = 'made-by-the-gateway';

function askOf(fields: Partial<LeaseAsk> = {}): LeaseAsk {
  return { opening: 'holder', follows: [], url: 'http://127.0.0.1:9', until: Date.now() + 60_000, ...fields };
}

function receiptOf(sequence: number, attemptId: string): Receipt {
  const event = { eventType: 'dtmf', number: sequence };
  const about = { sequence, arrivedAt: Date.now(), channel: 'primary', digest: shortDigestOf(event) } as const;
  return { ...about, attemptId, event };
}

/** What a conference's first events, told under its first lease, say when that lease is given back. */
function reportOf(attemptId: string, count: number) {
  const receipts = Array.from({ length: count }, (_, index): Receipt => ({
    ...receiptOf(index + 1, attemptId),
    lent: { epoch: 1, eventSequence: index + 1 },
  }));
  const firstAttempt = { attemptId, outcome: 'created', platformId: PLATFORM_ID } as const;
  return { opening: 'holder', receipts, firstAttempt, returned: 1 };
}

inHouse(
  'no worker runs, a gateway gives its first lease back and asks for another: its numbers begin behind those of the first',
  async (house) => {
    const conferenceId = conferenceIdOf(randomBytes(17));
    const attemptId = `${randomBytes(12).toString('hex')}.0`;
    const workflowId = conferenceWorkflowId({ userId: USER, conferenceId });
    const holder = { attemptId, opening: 'holder', url: 'http://127.0.0.1:9' };
    const workflow = await house.client.workflow.start(CONFERENCE_WORKFLOW, {
      ...{ workflowId, taskQueue: house.taskQueue },
      args: [{ request: createConferenceRequest.parse({ from: FROM }), rules: RULES, holder }],
    });
    await workflow.signal(callbacksSignal, reportOf(attemptId, 3));
    const asked = workflow.executeUpdate(leaseUpdate, { args: [askOf()] });
    await until('it waits for a worker', async () => (await underWay(house, conferenceId)) === 'task');
    await house.startWorker();
    expect(await asked).toMatchObject({ outcome: 'granted', terms: { epoch: 2, nextSequence: 4 } });
    expect(await replayFailures(house.client, `TaskQueue = '${house.taskQueue}'`)).toEqual([]);
  },
  { worker: false, deliverFrom: 'worker' },
);

/** A conference whose customer has an event before him, and answers it when `answer` is called. */
async function withOneOnItsWay(house: House) {
  const id = await house.create();
  await house.customer.until('/callback', 1);
  await until('nothing is under way', async () => (await underWay(house, id)) === '');
  let answer: (status: number) => void = () => undefined;
  const hasRead = new Promise<void>((read) => {
    house.customer.answer('/callback', (response) => {
      answer = (status) => void response.writeHead(status).end();
      read();
    });
  });
  const workflow = workflowOf(house, id);
  await workflow.signal(callbacksSignal, { opening: 'before', receipts: [receiptOf(1, '')] });
  await hasRead;
  return { workflow, answer: (status: number) => answer(status) };
}

inHouse(
  'a gateway that asks while an event is on its way has the lease as soon as the customer has taken it',
  async (house) => {
    const { workflow, answer } = await withOneOnItsWay(house);
    const ask = (fields: Partial<LeaseAsk> = {}) => workflow.executeUpdate(leaseUpdate, { args: [askOf(fields)] });
    const refused = { outcome: 'refused', why: 'events wait for the customer', isPassing: true };
    expect(await ask()).toEqual(refused);
    // Nobody waits for long: an API request may wait behind it.
    expect(await ask({ isPatient: true })).toEqual(refused);
    const asked = ask({ isPatient: true });
    setTimeout(() => answer(200), 100);
    expect(await asked).toMatchObject({ outcome: 'granted', terms: { nextSequence: 3 } });
    expect(await replayFailures(house.client, `TaskQueue = '${house.taskQueue}'`)).toEqual([]);
  },
  { deliverFrom: 'worker' },
);

inHouse(
  'who asks while the customer fails does not wait for it',
  async (house) => {
    const { workflow, answer } = await withOneOnItsWay(house);
    answer(500);
    house.customer.answer('/callback', 500);
    const ask = () => workflow.executeUpdate(leaseUpdate, { args: [askOf({ isPatient: true })] });
    // For a minute it is tried again and again before the lane backs off.
    const refused = await until(
      'the lane backs off',
      async () => {
        const given = await ask();
        return given.outcome === 'refused' && given.isPassing === undefined && given;
      },
      90_000,
    );
    expect(refused.why).toBe('events wait for the customer');
  },
  { deliverFrom: 'worker' },
);
