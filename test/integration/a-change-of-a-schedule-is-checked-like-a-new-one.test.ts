import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { UpdateScheduleFields } from '../../src/catapult/schedule-requests.ts';
import { ConferenceClient, type ScheduleClient } from '../../src/client/index.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { from, NEVER_SOON, refusalOf, schedulesOf, second } from '../support/schedules.ts';

let house: House;
let schedules: ScheduleClient;
let of: ReturnType<typeof schedulesOf>;
beforeAll(async () => {
  house = await openHouse();
  ({ schedules } = house.service);
  of = schedulesOf(house);
});
afterAll(() => house.close());

const reminders = [{ before: 60 }];
const yearly = (fields = {}) => of.made({ cron: NEVER_SOON, timeZone: 'UTC', conference: { from }, ...fields });

describe('what cannot be is refused, and the schedule stays as it is', () => {
  test.each<[string, UpdateScheduleFields, string]>([
    ['a date that never comes', { cron: '0 9 30 2 *' }, 'cron: got "0 9 30 2 *", wants a time that is still to come'],
    [
      'an end that has passed',
      { startAt: null, endAt: '2020-01-01T00:00:00Z' },
      'endAt: got 2020-01-01T00:00:00Z, wants a time that is',
    ],
    [
      'an end before its start',
      { endAt: '2029-01-01T00:00:00Z' },
      'endAt: got 2029-01-01T00:00:00Z, wants a time that is not',
    ],
    [
      'jitter beside reminders',
      { jitter: 60, conference: { from, reminders } },
      'jitter: got 60, wants nothing beside',
    ],
    ['the year 0', { startAt: '0000-01-01T00:00' }, 'startAt: got "0000-01-01T00:00", wants an instant'],
    // Node.js knows it, and Temporal does not.
    ['a zone that Temporal does not know', { timeZone: 'US/Pacific-New' }, 'timeZone: Temporal does not take it'],
    [
      ...(['the same with reminders', { timeZone: 'US/Pacific-New', conference: { from, reminders } }] as const),
      'timeZone: Temporal does not take it (unknown time zone US/Pacific-New)',
    ],
  ])('%s', async (_what, fields, says) => {
    const ids = await yearly({ startAt: '2030-01-01T00:00' });
    const before = await schedules.get(ids);
    const { status, message } = await refusalOf(schedules.change(ids, fields));
    expect([status, message]).toEqual([400, expect.stringContaining(says)]);
    expect(await schedules.get(ids)).toEqual(before);
  });

  test('also what fits only without what is there already', async () => {
    const ids = await yearly({ jitter: 60 });
    expect((await refusalOf(schedules.change(ids, { conference: { from, reminders } }))).message).toMatch(/^jitter: /);
    await schedules.change(ids, { jitter: null, conference: { from, reminders } });
    expect((await refusalOf(schedules.change(ids, { jitter: 5 }))).message).toMatch(/^jitter: /);
  });

  test('a new schedule in such a zone, with reminders or without', async () => {
    for (const conference of [{ from }, { from, reminders }]) {
      const { status, message } = await refusalOf(yearly({ timeZone: 'US/Pacific-New', conference }));
      expect([status, message]).toEqual([400, expect.stringContaining('unknown time zone US/Pacific-New')]);
    }
  });
});

test('null takes away what need not be there', async () => {
  const bounds = { startAt: '2027-01-01T00:00', endAt: '2028-01-01T00:00', maxRuns: 3, note: 'bounded' };
  const others = { overlap: 'skip', catchupWindow: 60, jitter: 30 } as const;
  const ids = await yearly({ ...bounds, ...others });
  expect(await schedules.get(ids)).toMatchObject({ ...others, maxRuns: 3, runsLeft: 3, note: 'bounded' });
  const path = `/v1/users/${USER}/conference-schedules/${ids.scheduleId}`;
  const nothing = {
    startAt: null,
    endAt: null,
    maxRuns: null,
    note: null,
    overlap: null,
    catchupWindow: null,
    jitter: null,
  };
  // Null is absent for all that must be there.
  const answer = await house.call('POST', path, { ...nothing, timeZone: null, cron: null, conference: null });
  expect(answer.status).toBe(200);
  const shown = await schedules.get(ids);
  expect(shown).toMatchObject({ cron: NEVER_SOON, timeZone: 'UTC', overlap: 'allow-all', catchupWindow: 300 });
  for (const name of ['startAt', 'endAt', 'maxRuns', 'runsLeft', 'note', 'jitter'])
    expect(shown).not.toHaveProperty(name);
  expect(shown.nextRuns).toHaveLength(10);
});

test('an end can be taken away when it has passed, and the schedule goes on', async () => {
  const ids = await of.made({ maxRuns: 1 });
  await of.haveCome(ids, 1);
  expect((await schedules.get(ids)).state).toBe('ended');
  await schedules.change(ids, { maxRuns: null });
  await of.haveCome(ids, 2);
});

test('a backfill that is asked for three times at once makes each conference once, and says which', async () => {
  const ids = await of.made({ maxRuns: 1 });
  const [first] = await of.haveCome(ids, 1);
  const to = Date.parse(first?.startTime ?? '');
  const period = { from: second(to - 30_000), to: second(to - 3_000) };
  const answers = await Promise.all([1, 2, 3].map(() => schedules.backfill(ids, period)));
  for (const { conferences } of answers) expect(conferences).toHaveLength(10);
  const made = answers.flatMap(({ conferences }) => conferences.filter(({ outcome }) => outcome === 'made'));
  expect(new Set(made.map(({ id }) => id)).size).toBe(10);
  expect(made).toHaveLength(10);
  await of.haveCome(ids, 11);
});

test('its conferences last as long as the operator has said when it was made, or last changed', async () => {
  let seconds: number | undefined = 60;
  const { client, taskQueue } = house;
  const accounts = { has: () => true };
  const service = new ConferenceClient(client, { accounts, taskQueue, defaultMaxDurationOf: () => seconds });
  const ids = await service.schedules.create(USER, { cron: '*/3 * * * * * *', timeZone: 'UTC', conference: { from } });
  const durationOf = async (id = '') => {
    const handle = client.workflow.getHandle(conferenceWorkflowId({ userId: USER, conferenceId: id }));
    const { events = [] } = await handle.fetchHistory();
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    return (JSON.parse(Buffer.from(input ?? []).toString()) as { defaultMaxDuration?: number }).defaultMaxDuration;
  };
  const [first] = await of.haveCome(ids, 1);
  expect(await durationOf(first?.id)).toBe(60);
  seconds = 120;
  await service.schedules.change(ids, { note: 'changed' });
  const known = (await of.conferencesOf(ids)).length;
  // One may have been made meanwhile.
  expect(await durationOf((await of.haveCome(ids, known + 2)).at(-1)?.id)).toBe(120);
  await service.schedules.delete(ids);
});
