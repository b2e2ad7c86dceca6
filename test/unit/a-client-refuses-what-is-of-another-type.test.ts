import { expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { CatapultError } from '../../src/catapult/errors.ts';
import { ConferenceClient } from '../../src/client/index.ts';

/* A service in JavaScript has no types that keep it from giving the wrong thing: the refusal names what is wrong, and asks nobody. */

const temporal = { workflow: {}, options: {}, withDeadline: (_: number, work: () => unknown) => work() };
const conferences = new ConferenceClient(temporal as unknown as Client, {
  accounts: new Set(['u-local']),
});
const userId = 'u-local';
const conferenceId = `conf-${'a'.repeat(26)}`;

const { schedules } = conferences;
const scheduleId = `sched-${'a'.repeat(26)}`;
const ofSchedule = { userId, scheduleId };
const weekly = { cron: '0 9 * * 1', timeZone: 'UTC', conference: { from: '+12345678901' } };

/** What gives it: as one in JavaScript does. */
const given = (value: unknown) => value as never;

test.each<[string, string, () => Promise<unknown>]>([
  ['the id alone', 'userId', () => conferences.get(given(conferenceId))],
  ['nothing', 'userId', () => conferences.members(given(undefined))],
  ['null', 'userId', () => conferences.end(given(null))],
  ['no conferenceId', 'conferenceId', () => conferences.get(given({ userId }))],
  ['a number as conferenceId', 'conferenceId', () => conferences.waitFor(given({ userId, conferenceId: 5 }), 'active')],
  ['no account', 'userId', () => conferences.create(given(undefined), { from: '+12345678901' })],
  ['a number as key', 'idempotencyKey', () => conferences.end({ userId, conferenceId }, { idempotencyKey: given(5) })],
  ['a number as token', 'pageToken', () => conferences.page(userId, {}, { size: 1, pageToken: given(5) })],
  [
    'a state of events that there is not',
    'state',
    () => conferences.eventsPage({ userId, conferenceId }, { state: given('alive') }),
  ],
  ['null as options', 'options', () => conferences.get({ userId, conferenceId }, given(null))],
  ['null as page', 'page', () => conferences.page(userId, {}, given(null))],
  ['of schedules: the id alone', 'userId', () => schedules.get(given(scheduleId))],
  ['of schedules: null', 'userId', () => schedules.delete(given(null))],
  ['of schedules: no scheduleId', 'scheduleId', () => schedules.pause(given({ userId }))],
  ['of schedules: null as options of a create', 'options', () => schedules.create(userId, weekly, given(null))],
  ['of schedules: null as options of a change', 'options', () => schedules.change(ofSchedule, {}, given(null))],
  ['of schedules: null as options of a trigger', 'options', () => schedules.trigger(ofSchedule, given(null))],
  ['of schedules: a text as options', 'options', () => schedules.resume(ofSchedule, {}, given('key'))],
  ['of schedules: null as page', 'page', () => schedules.page(userId, given(null))],
  ['of schedules: a page of too many', 'size', () => schedules.page(userId, { size: 101 })],
])('%s', async (_what, name, call) => {
  const error = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CatapultError);
  expect(error).toMatchObject({ status: 400, code: 'validation-error' });
  expect((error as CatapultError).message).toMatch(new RegExp(`^${name}: got `));
});
