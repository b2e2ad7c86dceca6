import { expect, test } from '@jest/globals';
import { connectToTemporal, ConferenceClient, type ScheduleIds } from '../../src/client/index.ts';
import { runTimeOf } from '../../src/conference/state/ids.ts';
import { parseWorkflowId } from '../../src/workflows/messages.ts';
import { longOrShort } from '../support/town/length.ts';
import { openTown, USER, type Town } from '../support/town/town.ts';
import { timePasses, until } from '../support/until.ts';

const WITHIN = 600_000;
const EVERY_10_SECONDS = '*/10 * * * * * *';
const PERIOD = 10_000;
const DUE_AT_ONCE = longOrShort(1_000, 30);

const from = '+19195551234';

interface Scene {
  town: Town;
  service: ConferenceClient;
  /** The times of the runs of a schedule (epoch milliseconds) that have begun, in their order. */
  runsOf: (ids: ScheduleIds) => Promise<number[]>;
  /** When each conference of any schedule was started, and was to be. */
  starts: () => Promise<{ due: number; at: number }[]>;
}

/** In a town of its own, with a client of its Temporal. */
function inTown(name: string, scene: (scene: Scene) => Promise<void>): void {
  test.concurrent(
    name,
    async () => {
      const town = await openTown();
      const { client, close } = connectToTemporal({ address: town.temporalAddress }, 'default');
      const service = new ConferenceClient(client, { accounts: { has: () => true } });
      const found = async (query: string) => {
        const all = [];
        for await (const { workflowId, startTime } of client.workflow.list({ query }))
          all.push({ due: runTimeOf(parseWorkflowId(workflowId).conferenceId) ?? NaN, at: startTime.getTime() });
        return all.sort((a, b) => a.due - b.due);
      };
      const runsOf = async ({ scheduleId }: ScheduleIds) =>
        (await found(`ConferenceSchedule = '${scheduleId}'`)).map(({ due }) => due);
      try {
        await scene({ town, service, runsOf, starts: () => found("WorkflowType = 'conference'") });
      } finally {
        await close();
        await town.close();
      }
    },
    WITHIN,
  );
}

/** The times between the first and the last at which there was no run. */
function missingIn(runs: number[]): number[] {
  const [first = 0, last = 0] = [runs[0], runs.at(-1)];
  const all = Array.from({ length: (last - first) / PERIOD + 1 }, (_, index) => first + index * PERIOD);
  return all.filter((time) => !runs.includes(time));
}

/** Each run was made once, and the platform got one conference for each. */
async function eachOnce({ town, runsOf, service }: Scene, ids: ScheduleIds): Promise<void> {
  const runs = await runsOf(ids);
  expect(new Set(runs).size).toBe(runs.length);
  for await (const { id } of service.list(USER, { scheduleId: ids.scheduleId }))
    await until(`the platform has ${id}, once`, async () => (await town.madeFor(id)).length === 1);
}

inTown(
  'Temporal away over three runs: they are made up for within the catch-up window, and left out beyond it',
  async (scene) => {
    const { town, service, runsOf } = scene;
    const make = (catchupWindow?: number) =>
      service.schedules.create(USER, { cron: EVERY_10_SECONDS, timeZone: 'UTC', catchupWindow, conference: { from } });
    const [patient, impatient] = [await make(), await make(10)];
    await until(
      'both have run',
      async () => (await runsOf(patient)).length > 0 && (await runsOf(impatient)).length > 0,
    );
    await town.temporal.stop();
    await timePasses('three runs are due, and the last of them is late', 3 * PERIOD + 12_000);
    await town.temporal.start();
    const back = Date.now();
    const haveRunSince = (ids: ScheduleIds) => async () => (await runsOf(ids)).some((time) => time > back);
    await until('both run again', haveRunSince(patient), 120_000);
    await until('both run again', haveRunSince(impatient), 120_000);
    await Promise.all([service.schedules.delete(patient), service.schedules.delete(impatient)]);
    expect(missingIn(await runsOf(patient))).toEqual([]);
    const missing = missingIn(await runsOf(impatient));
    expect(missing.length).toBeGreaterThanOrEqual(3);
    // Since each was more than 10 s late when Temporal was back.
    expect(missing.every((time) => time < back - 8_000)).toBe(true);
    await eachOnce(scene, patient);
    await eachOnce(scene, impatient);
  },
);

inTown('no worker over three runs: their conferences begin when there is one', async (scene) => {
  const { town, service, runsOf } = scene;
  const fields = { cron: EVERY_10_SECONDS, timeZone: 'UTC', maxRuns: 3, conference: { from } };
  await town.worker.kill();
  const ids = await service.schedules.create(USER, fields);
  await until('three runs are there', async () => (await runsOf(ids)).length === 3);
  await town.worker.killAndStart();
  await eachOnce(scene, ids);
  expect(await service.schedules.get(ids)).toMatchObject({ state: 'ended', runsLeft: 0 });
});

inTown(
  `${DUE_AT_ONCE} schedules due in the same minute: each makes its conference`,
  async ({ town, service, starts }) => {
    // Each is made within a tenth of a second, on a machine that does other work too.
    const due = Math.ceil((Date.now() + 20_000 + DUE_AT_ONCE * 100) / 60_000) * 60_000;
    const at = new Date(due);
    const make = (index: number) =>
      service.schedules.create(USER, {
        cron: `${index % 60} ${at.getUTCMinutes()} ${at.getUTCHours()} * * * *`,
        ...{ timeZone: 'UTC', maxRuns: 1, conference: { from, tag: `schedule ${index}` } },
      });
    for (let first = 0; first < DUE_AT_ONCE; first += 10)
      await Promise.all(Array.from({ length: 10 }, (_, index) => make(first + index)));
    expect(Date.now()).toBeLessThan(due);
    const all = await until(
      'all have run',
      async () => {
        const found = await starts();
        return found.length >= DUE_AT_ONCE && found;
      },
      300_000,
      1_000,
    );
    expect(all).toHaveLength(DUE_AT_ONCE);
    const late = all.map((one) => one.at - one.due).sort((a, b) => a - b);
    expect(late[0]).toBeGreaterThanOrEqual(0);
    await until(
      'the platform has all',
      async () => (await town.controls.conferences()).length === DUE_AT_ONCE,
      300_000,
      1_000,
    );
    const part = (share: number) => `${((late[Math.floor((late.length - 1) * share)] ?? NaN) / 1_000).toFixed(1)} s`;
    const all60 = Math.round((Date.now() - due) / 1_000);
    // For docs/scheduling.md.
    const times = `started late by ${part(0.5)} (p50), ${part(0.9)} (p90), ${part(1)} (at most)`;
    process.stderr.write(`${DUE_AT_ONCE} schedules: ${times}; all on the platform ${all60} s after the minute began\n`);
  },
);
