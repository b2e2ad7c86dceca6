import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { conferenceQuery } from '../../src/workflows/messages.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { CannotCome, until } from '../support/until.ts';

/* What piled up while no worker ran comes to the conference in one workflow task. */

const EVENTS = Number(process.env['EVENTS'] ?? 5_000);
const WORKED_OFF_WITHIN_MS = 60_000;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test(`${EVENTS} events wait in one conference, a worker comes back: all are applied within 60 s, GET answers meanwhile, and the customer gets each, in order`, async () => {
  const id = await conferenceWithoutWorker('/in-batches');
  const events = Array.from({ length: EVENTS }, (_, index) => ordinary(index + 1));
  for (let first = 0; first < EVENTS; first += 500) await sendEvents(house, id, events.slice(first, first + 500));
  await house.startWorker();
  await worksOff(id, '/in-batches', EVENTS);
}, 300_000);

test('1,500 events wait, each in a signal of its own: the same', async () => {
  const id = await conferenceWithoutWorker('/one-by-one');
  const { id: platformId = '' } =
    house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(id)) ?? {};
  for (let sequence = 1; sequence <= 1_500; sequence += 1) {
    const event = { eventType: 'dtmf', conferenceId: platformId, ...ordinary(sequence) };
    const arrival = {
      arrivedAt: Date.now(),
      channel: 'primary',
      attemptId: 'other.1',
      digest: String(sequence),
    } as const;
    const receipts = [{ sequence, ...arrival, event }];
    await house.conferences.takeCallbacks({ userId: USER, conferenceId: id }, { opening: 'one-by-one', receipts });
  }
  await house.startWorker();
  await worksOff(id, '/one-by-one', 1_500);
}, 300_000);

test('5,000 events wait, each in a signal of its own, so that a new run is due: changes are done and events delivered meanwhile', async () => {
  const id = await conferenceWithoutWorker('/meanwhile');
  const { id: platformId = '' } =
    house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(id)) ?? {};
  const arrival = { arrivedAt: Date.now(), channel: 'primary', attemptId: 'other.1', sequence: 1 } as const;
  const event = { eventType: 'dtmf', conferenceId: platformId, dtmfDigit: '1' };
  for (let first = 0; first < 5_000; first += 20) {
    const signals = Array.from({ length: 20 }, (_, index) => String(first + index)).map((opening) =>
      house.conferences.takeCallbacks(
        { userId: USER, conferenceId: id },
        { opening, receipts: [{ ...arrival, digest: opening, event }] },
      ),
    );
    await Promise.all(signals);
  }
  await house.startWorker();
  const changed = await house.call('POST', conferencePath(USER, id), { tag: 'meanwhile' });
  const { events } = await workflowOf(house, id).query(conferenceQuery);
  expect(events.accepted).toBeLessThan(5_000);
  expect(changed.status).toBe(200);
  await house.customer.until('/meanwhile', 2, 10_000);
}, 120_000);

/** A conference that the platform has; its events go to this path, and its worker is gone. */
async function conferenceWithoutWorker(path: string): Promise<string> {
  await house.startWorker();
  const id = await house.create({ callbackUrl: house.customer.url(path) });
  await house.customer.until(path, 1, 10_000);
  await house.stopWorker();
  return id;
}

/** The worker is back. */
async function worksOff(id: string, path: string, events: number): Promise<void> {
  const startedAt = performance.now();
  let slowestMs = 0;
  const look = async () => {
    const askedAt = performance.now();
    const answer = await house.call('GET', conferencePath(USER, id));
    if (answer.status !== 200) throw new CannotCome(`GET was answered ${answer.status} meanwhile`);
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
    const { accepted } = (await workflowOf(house, id).query(conferenceQuery)).events;
    if (accepted < events + 1) throw new Error(`${accepted} are`);
    return true;
  };
  await until('all are applied', look, WORKED_OFF_WITHIN_MS, 250);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`${events} applied in ${seconds} s; the slowest GET took ${slowestMs.toFixed(0)} ms\n`);

  await house.customer.until(path, events + 1, 120_000);
  const told = house.customer.at(path);
  expect(told.length).toBe(events + 1);
  expect(told.findIndex(({ headers }, index) => Number(headers['convoke-sequence']) !== index + 1)).toBe(-1);
  expect(told.slice(1).findIndex(({ body }, index) => body['number'] !== index + 1)).toBe(-1);
}

/** Members who come, are muted, press a key and leave, one after the other. */
function ordinary(number: number): Record<string, unknown> {
  const who = Math.floor((number - 1) / 4);
  const time = new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString();
  const member = {
    eventType: 'conference-member',
    memberId: `member-${who}`,
    callId: `call-${who}`,
    hold: false,
    time,
  };
  const what = [
    { ...member, state: 'active', mute: false, activeMembers: 1 },
    { ...member, state: 'active', mute: true, activeMembers: 1 },
    { eventType: 'dtmf', callId: `call-${who}`, dtmfDigit: '1', time },
    { ...member, state: 'completed', mute: true, activeMembers: 0 },
  ];
  return { ...what[(number - 1) % 4], number };
}
