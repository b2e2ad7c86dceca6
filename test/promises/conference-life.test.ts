import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('a conference is created, completed on request, and told to the customer as Catapult tells it', async () => {
  const id = await house.create({ tag: 'weekly' });
  const uri = house.url + conferencePath(USER, id);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

  const [created] = await house.customer.until('/callback', 1);
  expect(created?.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(created?.body).toEqual({
    eventType: 'conference',
    conferenceId: id,
    conferenceUri: uri,
    status: 'created',
    createdTime: time,
    tag: 'weekly',
  });

  const ended = await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  expect(ended.status).toBe(200);
  const [, completed] = await house.customer.until('/callback', 2);
  expect(completed?.body).toEqual({ ...created?.body, status: 'completed', completedTime: time });

  await workflowOf(house, id).result();
  const view = await (await house.call('GET', conferencePath(USER, id))).json();
  expect(view).toMatchObject({ id, state: 'completed', phase: 'completed', reason: 'ended-via-api' });
  expect(house.sandbox.platform.list().map(({ state }) => state)).toEqual(['completed']);
});
