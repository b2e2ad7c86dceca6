import { expect, test } from '@jest/globals';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { metrics } from '../../src/telemetry/metric-table.ts';
import { TASK_QUEUE } from '../../src/workflows/messages.ts';
import { connectToTemporal } from '../../src/client/index.ts';
import { alertRules, dashboardExpressions, metricsIn } from '../support/observability.ts';
import { freePort } from '../support/processes.ts';
import { findPrometheus, RunningPrometheus } from '../support/prometheus.ts';
import { each, openStories, type Story } from '../support/town/story.ts';
import { openTown, USER, type Town } from '../support/town/town.ts';
import { timePasses, until } from '../support/until.ts';

/*
 * The alerts that are shipped, in a real Prometheus that scrapes real processes. Their windows are a minute here, and they fire at once;
 * how long they wait is promtool's matter (test/parts/alerts-are-rules-that-fire.test.ts).
 */

const prometheus = await findPrometheus();
if ('missing' in prometheus) process.stderr.write(`\nNO PROMETHEUS, so its tests are skipped: ${prometheus.missing}\n`);

interface Scene {
  town: Town;
  alerts: RunningPrometheus;
  /** What a part's port gives. */
  scrape: (part: 'gateway' | 'worker') => Promise<string>;
}

function watched(what: string, scene: (scene: Scene) => Promise<void>): void {
  if ('missing' in prometheus) return test.skip(what, () => undefined);
  test.concurrent(
    what,
    async () => {
      const ports = { gateway: await freePort(), worker: await freePort() };
      const settings = { GATEWAY_METRICS_PORT: ports.gateway, WORKER_METRICS_PORT: ports.worker };
      const town = await openTown({ settings });
      const alerts = await RunningPrometheus.start(prometheus, Object.values(ports)).catch(async (error: unknown) => {
        await town.close();
        throw error;
      });
      const scrape = async (part: 'gateway' | 'worker') =>
        (await fetch(`http://127.0.0.1:${ports[part]}/metrics`)).text();
      try {
        await scene({ town, alerts, scrape });
      } finally {
        await alerts.stop();
        await town.close();
      }
    },
    600_000,
  );
}

/** A conference that is asked for once, whatever is answered. */
const ask = (town: Town, fields: object) =>
  town.ask('POST', conferencesPath(USER), { from: '+19195551234', ...fields });

async function nothingIsWrong({ town, alerts, scrape }: Scene): Promise<void> {
  const stories = await openStories(town, 2);
  await each(stories, 'middle');
  await each(stories, 'end');
  await town.callbacksAreThrough();
  await timePasses('an alert that fires for a healthy town would by now', 3_000);
  expect(await alerts.firing()).toEqual([]);
  const texts = { gateway: await scrape('gateway'), worker: await scrape('worker') };
  for (const [name, { parts }] of Object.entries(metrics))
    for (const part of parts) expect(texts[part]).toContain(`# TYPE ${name} `);
  // What has happened has been counted.
  expect(texts.worker).toMatch(/convoke_conferences_ended_total\{reason="[\w-]+"\} [1-9]/);
  expect(texts.worker).toMatch(/convoke_events_accepted_total\{source="platform",kind="conference-member"\} [1-9]/);
  expect(texts.worker).toMatch(/convoke_dials_total\{outcome="answered"\} [1-9]/);
  expect(texts.gateway).toMatch(/convoke_callbacks_total\{channel="primary",answer="taken"\} [1-9]/);
  expect(texts.gateway).toMatch(/convoke_create_duration_seconds_count\{outcome="created"\} 2\n/);
  expect(texts.gateway).toMatch(/convoke_event_delivery_age_seconds_count [1-9]/);
  // No label tells of anybody.
  for (const text of Object.values(texts)) expect(text).not.toMatch(/conf-|\+1919|127\.0\.0\.1|u-local/);
  // And the API's own port tells nobody.
  expect((await town.ask('GET', '/metrics')).status).toBe(404);
}

watched('of workers, the platform, customers and workflows', async (scene) => {
  const { town, alerts, scrape } = scene;
  await nothingIsWrong(scene);

  const startAt = new Date(Date.now() + 10_000).toISOString();
  for (let made = 0; made < 5; made += 1) expect((await ask(town, { startAt })).status).toBe(201);
  await town.worker.kill();
  await alerts.untilFires('ConvokeNoWorker');
  const isOver = () => Date.now() > Date.parse(startAt) + 7_000;
  await until('the conferences should have begun 7 s ago', isOver);
  await town.worker.start();
  await alerts.untilFires('ConvokeStartsLate', 'ConvokeWorkersBehind');

  const { client, close } = connectToTemporal({ address: town.temporalAddress }, 'default');
  // A kind of workflow that workers do not have: whatever else does not fit ends a workflow, and fails no task.
  for (const workflowId of ['broken-1', 'broken-2', 'broken-3'])
    await client.workflow.start('of-a-later-version', { taskQueue: TASK_QUEUE, workflowId, args: [] });
  for (let host = 0; host < 3; host += 1)
    expect((await ask(town, { callbackUrl: `http://127.0.0.1:${await freePort()}/` })).status).toBe(201);
  await alerts.untilFires('ConvokeWorkflowTasksFailing', 'ConvokeMostHostsSpared');
  await close();

  await town.controls.fault({ answer: { status: 500 } });
  await ask(town, {});
  await alerts.untilFires('ConvokePlatformFailing');

  // All that happened is what Temporal's engine has names for.
  const text = await scrape('worker');
  const engines = [...alertRules(), ...dashboardExpressions()].flatMap(({ expr }) => metricsIn(expr));
  const existing = new Set([...text.matchAll(/^(temporal_\w+?)\{/gm)].map(([, name]) => name));
  expect([...existing]).toEqual(expect.arrayContaining(engines.filter((name) => name.startsWith('temporal_'))));
});

watched('of callbacks and the journal', async ({ town, alerts }) => {
  const stories = await openStories(town, 3);
  await town.callbacksAreThrough();
  await town.temporal.kill();
  const allMute = () => Promise.all(stories.map((story: Story) => story.allMute()));
  await allMute();
  await town.controls.callbacksAreSent();
  // Temporal is away, and the disk is full soon.
  town.gateway.limitFiles(8 * 1024);
  await until('callbacks are refused', async () => {
    await allMute();
    await town.controls.callbacksAreSent();
    return town.gateway.hasSaid(/the journal cannot be written/);
  });
  await alerts.untilFires('ConvokeCallbacksRefused', 'ConvokeJournalStuck');
});
