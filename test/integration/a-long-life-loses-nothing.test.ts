import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';

/* `EVENTS=100000 npm test -- test/integration/a-long-life` sends as many through one conference; it takes minutes. */

const EVENTS = Number(process.env['EVENTS'] ?? 3_000);
/** Sent at once; the platform sends no faster than the customer takes, or what waits would outgrow the conference. */
const WAVE = 500;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test(`${EVENTS} events through one conference: none lost, none twice, all in order`, async () => {
  const id = await house.create();
  const started = performance.now();
  for (let first = 1; first <= EVENTS; first += WAVE) {
    const numbers = Array.from({ length: Math.min(WAVE, EVENTS - first + 1) }, (_, index) => first + index);
    await sendEvents(
      house,
      id,
      numbers.map((number) => ({ eventType: 'dtmf', digits: '5', number })),
    );
    await house.customer.until('/callback', first - WAVE);
  }
  await house.customer.until('/callback', EVENTS + 1, 120_000);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  expect((await house.call('POST', conferencePath(USER, id), { state: 'completed' })).status).toBe(200);
  await workflowOf(house, id).result();

  const told = house.customer.at('/callback');
  expect(told.length).toBe(EVENTS + 2);
  const wrong = told.findIndex(({ headers }, index) => Number(headers['convoke-sequence']) !== index + 1);
  expect(wrong).toBe(-1);
  const numbers = told.slice(1, -1).map(({ body }) => body['number']);
  expect(numbers.findIndex((number, index) => number !== index + 1)).toBe(-1);
  process.stdout.write(`${EVENTS} events through one conference in ${seconds} s, in ${await runsOf(id)} runs\n`);
}, 1_800_000);

async function runsOf(conferenceId: string): Promise<number> {
  const query = `WorkflowId = 'conference/${USER}/${conferenceId}'`;
  return (await house.client.workflow.count(query)).count;
}
