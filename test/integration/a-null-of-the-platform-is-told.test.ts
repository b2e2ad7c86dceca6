import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

test('fields of an event that are null reach the customer as they came, and say nothing to the conference', async () => {
  const id = await house.create({ tag: 'weekly' });
  const nulls = {
    status: null,
    state: null,
    memberId: null,
    callId: null,
    activeMembers: null,
    time: null,
    cause: null,
  };
  await sendEvents(house, id, [
    { eventType: 'conference-member', ...nulls, memberUri: null, hold: null },
    { eventType: 'hangup', ...nulls, callUri: null, tag: null, more: { inner: null } },
    { eventType: 'new-thing', conferenceId: null },
    // What says nothing is not a status that was told before.
    { eventType: 'conference', ...nulls },
    { eventType: 'conference', ...nulls, of: 'the second' },
  ]);
  const [, member, hangup, unknown, first, second] = (await house.customer.until('/callback', 6)).map(
    ({ body }) => body,
  );
  expect(member).toEqual({
    ...{ eventType: 'conference-member', conferenceId: id, tag: 'weekly', ...nulls },
    ...{ memberUri: null, hold: null },
  });
  expect(hangup).toEqual({
    ...{ eventType: 'hangup', conferenceId: id, ...nulls },
    ...{ callUri: null, tag: null, more: { inner: null } },
  });
  expect(unknown).toEqual({ eventType: 'new-thing', conferenceId: null });
  expect([first, second]).toMatchObject([nulls, { ...nulls, of: 'the second' }]);
  const conference = (await house.call('GET', `/v1/users/u-local/conferences/${id}`)).text();
  expect(JSON.parse(await conference)).toMatchObject({ state: 'created', activeMembers: 0 });
  expect(await conference).not.toContain('null');
});
