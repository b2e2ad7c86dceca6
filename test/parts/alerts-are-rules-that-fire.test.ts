import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dashboardExpressions } from '../support/observability.ts';
import { findPrometheus } from '../support/prometheus.ts';

const run = promisify(execFile);
const rules = fileURLToPath(new URL('../../observability/', import.meta.url));

const prometheus = await findPrometheus();
if ('missing' in prometheus) process.stderr.write(`\nNO PROMETHEUS, so its tests are skipped: ${prometheus.missing}\n`);
const checked = 'missing' in prometheus ? test.skip : test;

async function promtool(...parameters: string[]): Promise<string> {
  if ('missing' in prometheus) throw new Error(prometheus.missing);
  return (await run(prometheus.promtool, parameters, { timeout: 60_000 })).stdout;
}

checked('Prometheus takes the rules', async () => {
  expect(await promtool('check', 'rules', join(rules, 'alerts.yml'))).toMatch(/SUCCESS: 8 rules found/);
});

checked('each fires for what it is for, and for nothing like it', async () => {
  expect(await promtool('test', 'rules', join(rules, 'alerts.test.yml'))).toMatch(/SUCCESS/);
});

checked('Prometheus takes every query of the dashboard', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'convoke-queries-'));
  try {
    const file = join(folder, 'queries.yml');
    const queries = dashboardExpressions().map(({ expr }, index) => ({ record: `query_${index}`, expr }));
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: queries }] }));
    expect(await promtool('check', 'rules', file)).toContain(`SUCCESS: ${queries.length} rules found`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
