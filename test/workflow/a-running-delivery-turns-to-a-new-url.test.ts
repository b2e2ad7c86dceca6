import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { cancellationSignal } from '@temporalio/activity';
import { conferencePath } from '../../src/catapult/paths.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

// On a real server: the time-skipping one does not tell a running activity that it is cancelled.

let house: House;
let stopSignals: AbortSignal[];
beforeEach(async () => {
  house = await openHouse({ worker: false, deliverFrom: 'worker' });
  const { deliverer } = house.dependencies;
  stopSignals = [];
  house.dependencies.deliverer = {
    deliver: (...order) => {
      stopSignals.push(cancellationSignal());
      return deliverer.deliver(...order);
    },
    close: () => deliverer.close(),
  };
  await house.startWorker();
});
afterEach(() => house.close());

/** A conference with two events more than `created`, all of which wait while the old URL has not answered the first. */
async function conferenceWithRunningTry(): Promise<{ id: string; answer: (status: number) => void }> {
  let running: ServerResponse | undefined;
  house.customer.answer('/old', (response) => (running = response));
  const id = await house.create({ callbackUrl: house.customer.url('/old') });
  await house.customer.until('/old', 1);
  await sendEvents(
    house,
    id,
    ['1', '2'].map((digits) => ({ eventType: 'dtmf', digits })),
  );
  return { id, answer: (status) => running?.writeHead(status).end() };
}

async function moveTo(id: string, path: string): Promise<void> {
  const answer = await house.call('POST', conferencePath(USER, id), { callbackUrl: house.customer.url(path) });
  expect(answer.status).toBe(200);
}

const toldAt = (path: string) => house.customer.at(path).map(({ body }) => body['digits'] ?? body['status']);

test('when the try that runs at the old URL fails, the new one is tried at once', async () => {
  const { id, answer } = await conferenceWithRunningTry();
  await moveTo(id, '/new');
  answer(500);
  await house.customer.until('/new', 3);
  expect(toldAt('/new')).toEqual(['created', '1', '2']);
  expect(toldAt('/old')).toEqual(['created']);
});

test('when the old URL takes the event, the new one gets those after it only', async () => {
  const { id, answer } = await conferenceWithRunningTry();
  await moveTo(id, '/new');
  await until('the delivery is told to stop', () => stopSignals[0]?.aborted === true);
  answer(200);
  await house.customer.until('/new', 2);
  expect(toldAt('/new')).toEqual(['1', '2']);
  expect(toldAt('/old')).toEqual(['created']);
});
