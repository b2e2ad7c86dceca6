import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { platformId, startTimeMachine, statusEvent, type TimeMachine } from '../support/time-skipping.ts';

let machine: TimeMachine;
beforeEach(async () => {
  machine = await startTimeMachine();
  machine.platform.turn = (attempt) => (attempt === 1 ? 'loses its answer' : 'refuses');
});
afterEach(() => machine.close());

test('a refusal after a lost answer is final only after 10 s', async () => {
  const conference = await machine.start();
  await machine.skip(8);
  expect(machine.platform.attempts).toHaveLength(2);
  expect(await machine.view(conference)).toMatchObject({ creation: { outcome: 'pending' } });
  await machine.skip(8);
  expect(await machine.closed(conference)).toBe('FAILED');
  expect(machine.platform.attempts).toHaveLength(2);
  expect(machine.customer.told).toEqual(['failed']);
});

test('a `created` event of the first attempt within that time: its conference is adopted, the refusal forgotten', async () => {
  const conference = await machine.start();
  await machine.skip(8);
  await machine.send(conference, [statusEvent(platformId(1), 'created')]);
  await machine.skip(60);
  const view = await machine.view(conference);
  expect(view).toMatchObject({ conference: { phase: 'created' }, creation: { outcome: 'created' } });
  expect(view.conference).not.toHaveProperty('error');
  expect(machine.customer.told).toEqual(['created']);
  expect(machine.platform.completed).toEqual([]);
});
