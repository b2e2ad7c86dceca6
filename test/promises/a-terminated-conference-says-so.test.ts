import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('GET shows a conference whose workflow was terminated as it was last, and says that nothing follows it', async () => {
  const id = await house.create({ aloneTimeout: 3_600, noShowTimeout: 3_600 });
  const read = async () => (await (await house.call('GET', conferencePath(USER, id))).json()) as object;
  const before = await read();
  expect(before).toMatchObject({ phase: 'created', nextTimers: [{ timer: 'no-show' }] });
  await workflowOf(house, id).terminate('an operator has done it');

  const { nextTimers: _none, ...last } = before as Record<string, unknown>;
  const error = { code: 'conference-error', message: expect.stringContaining('was terminated') as unknown };
  const shown = await read();
  expect(shown).toMatchObject({ ...last, phase: 'terminated', error });
  expect(shown).not.toHaveProperty('nextTimers');
});
