import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { unpackDebian } from '../../src/dev/debian.ts';
import { findOnPath, programCache } from '../../src/dev/program-sources.ts';
import { reasonOf } from '../../src/failure.ts';
import { read } from './docs.ts';
import { freePort, killGroup, launch, type Program } from './processes.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** The server, and what checks rules. */
export interface Prometheus {
  server: string;
  promtool: string;
}

/** Prometheus, on PATH, in our cache, or as Debian's package, which is unpacked into the cache; or in words why there is none. */
export async function findPrometheus(cacheDir = programCache()): Promise<Prometheus | { missing: string }> {
  try {
    const [server, promtool] = await Promise.all([findOnPath('prometheus'), findOnPath('promtool')]);
    if (server !== undefined && promtool !== undefined) return { server, promtool };
    return await unpackedIn((await cachedIn(cacheDir)) ?? (await download(cacheDir)));
  } catch (error) {
    return { missing: reasonOf(error) };
  }
}

async function cachedIn(cacheDir: string): Promise<string | undefined> {
  const names = (await readdir(cacheDir).catch(() => [])).filter((name) => /^prometheus-\d/.test(name));
  const [newest] = names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newest === undefined ? undefined : join(cacheDir, newest);
}

async function download(cacheDir: string): Promise<string> {
  const program = {
    name: 'prometheus',
    packages: ['prometheus', 'promtool'],
    isWanted: () => false,
    suite: 'stable',
  } as const;
  return await unpackDebian(cacheDir, { ...program, check: unpackedIn });
}

/** Both are linked to nothing but the C library. @throws when they do not run here. */
async function unpackedIn(root: string): Promise<Prometheus> {
  const found = { server: join(root, 'usr/bin/prometheus'), promtool: join(root, 'usr/bin/promtool') };
  await run(found.promtool, ['--version'], { timeout: 10_000 });
  return found;
}

const alertsAnswer = z.object({
  data: z.object({ alerts: z.array(z.object({ labels: z.object({ alertname: z.string() }), state: z.string() })) }),
});
const targetsAnswer = z.object({ data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }) });

/** A Prometheus that looks every second, at the rules that are shipped: with shorter windows, and without a delay before they fire. */
export class RunningPrometheus {
  private readonly url: string;
  private readonly program: Program;
  private readonly folder: string;

  private constructor(url: string, program: Program, folder: string) {
    this.url = url;
    this.program = program;
    this.folder = folder;
  }

  static async start({ server }: Prometheus, ports: readonly string[]): Promise<RunningPrometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'convoke-prometheus-'));
    const rules = read('observability/alerts.yml')
      .replace(/\[\d+m\]/g, '[1m]')
      .replace(/for: \w+/g, 'for: 0s');
    await writeFile(join(folder, 'alerts.yml'), rules);
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['alerts.yml'],
      scrape_configs: [
        { job_name: 'convoke', static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }] },
      ],
    };
    // JSON is YAML.
    await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const program = launch(
      server,
      ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${address}`],
      {},
      folder,
    );
    const running = new RunningPrometheus(`http://${address}/api/v1/`, program, folder);
    await until('Prometheus scrapes both', async () => {
      const { activeTargets } = targetsAnswer.parse(await running.get('targets')).data;
      return activeTargets.length === ports.length && activeTargets.every(({ health }) => health === 'up');
    });
    return running;
  }

  /** The alerts that fire now. */
  async firing(): Promise<string[]> {
    const { alerts } = alertsAnswer.parse(await this.get('alerts')).data;
    return [...new Set(alerts.flatMap(({ labels, state }) => (state === 'firing' ? labels.alertname : [])))].sort();
  }

  async untilFires(...names: string[]): Promise<void> {
    for (const name of names)
      await until(`${name} fires`, async () => (await this.firing()).includes(name), 120_000, 500);
  }

  async stop(): Promise<void> {
    killGroup(this.program);
    await this.program.ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  private async get(what: string): Promise<unknown> {
    return await (await fetch(this.url + what)).json();
  }
}
