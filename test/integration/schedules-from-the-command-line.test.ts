import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { endOf, launch } from '../support/processes.ts';
import { temporalScheduleId } from '../../src/workflows/messages.ts';
import { connect, required } from '../support/temporal.ts';

const USER = 'u-local';
const from = '+19195551234';

/** What `convoke schedules …` ends with, and prints. */
async function schedules(...parameters: string[]): Promise<{ code: unknown; said: string }> {
  const settings = { TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS'), DEFAULT_MAX_DURATION: '4321' };
  const program = launch('node', ['--import', 'tsx', 'src/main.ts', 'schedules', ...parameters], settings);
  const code = await endOf(program, 60_000);
  return { code, said: program.output() };
}

test('a schedule is created, shown, changed, paused, resumed, skipped and deleted', async () => {
  const fields = { cron: '0 9 * * 1', timeZone: 'Europe/Berlin', conference: { from, tag: 'team' } };
  const key = randomUUID();
  const made = await schedules('create', USER, JSON.stringify(fields), '--key', key);
  expect(made).toEqual({ code: 0, said: expect.stringMatching(/^sched-[a-z2-7]{26}\n$/) as unknown });
  expect(await schedules('create', USER, JSON.stringify(fields), '--key', key)).toEqual(made);
  const id = made.said.trim();
  const shown = async () => {
    const { code, said } = await schedules('show', USER, id, '--json');
    expect(code).toBe(0);
    return JSON.parse(said) as { state: string; note?: string; nextRuns: string[]; skippedDates?: string[] };
  };
  const { nextRuns } = await shown();
  const date = nextRuns[1]?.slice(0, 10) ?? '';
  expect(await schedules('skip', USER, id, date)).toEqual({ code: 0, said: `Nothing begins on ${date}.\n` });
  expect((await schedules('pause', USER, id, '--note', 'holidays')).code).toBe(0);
  expect(await shown()).toMatchObject({ state: 'paused', note: 'holidays', skippedDates: [date] });
  expect((await schedules('resume', USER, id)).code).toBe(0);
  expect((await schedules('change', USER, id, '{"cron": "30 9 * * 1"}')).code).toBe(0);
  const { said } = await schedules('show', USER, id);
  expect(said).toMatch(/active .*\n {2}when: 30 9 \* \* 1 in Europe\/Berlin\n/);
  const listed = await schedules('list', USER, '--json');
  const all = listed.said
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(all).toContainEqual(expect.objectContaining({ id }));
  expect(await schedules('delete', USER, id)).toEqual({ code: 0, said: 'It is deleted.\n' });
  expect(await schedules('show', USER, id)).toEqual({
    code: 2,
    said: expect.stringContaining(`no schedule ${id}`) as unknown,
  });
});

test('its conferences last as long as a gateway with these settings has them last', async () => {
  const fields = { cron: '0 9 1 1 *', timeZone: 'UTC', conference: { from } };
  const { said } = await schedules('create', USER, JSON.stringify(fields));
  const scheduleId = said.trim();
  const { client, close } = await connect();
  try {
    const { action } = await client.schedule.getHandle(temporalScheduleId({ userId: USER, scheduleId })).describe();
    expect(action).toMatchObject({ args: [{ defaultMaxDuration: 4_321 }] });
  } finally {
    await close();
  }
  await schedules('delete', USER, scheduleId);
});

test('what cannot be ends with 2, and says why', async () => {
  expect(await schedules('create', USER, '{"cron": "x"}')).toMatchObject({
    code: 2,
    said: expect.stringContaining('cron: got "x", wants') as unknown,
  });
  expect(await schedules('create', USER, 'weekly')).toMatchObject({
    code: 2,
    said: expect.stringContaining('wants a JSON object') as unknown,
  });
  expect(await schedules('list', 'u-nobody')).toMatchObject({
    code: 2,
    said: expect.stringContaining('none of the accounts') as unknown,
  });
});

test('help has examples and the exit codes', async () => {
  const { code, said } = await schedules('--help');
  expect(code).toBe(0);
  expect(said).toMatch(/Exit codes: 0 done; 1 .*; 2 /);
  expect((await schedules('skip', '--help')).said).toContain('convoke schedules skip u-local sched-');
});
