import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  dataDirectory,
  descendants,
  freePort,
  killAll,
  launch,
  processes,
  type Program,
} from '../support/processes.ts';
import { until } from '../support/until.ts';

let settings: Record<string, string>;
let data: ReturnType<typeof dataDirectory>;
let started: Program | undefined;

beforeEach(async () => {
  data = dataDirectory();
  const [PORT = '', SANDBOX_PORT = '', TEMPORAL_PORT = '', TEMPORAL_UI_PORT = ''] = await Promise.all(
    Array.from({ length: 4 }, freePort),
  );
  settings = { PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, CONVOKE_DATA_DIR: data.path };
});
afterEach(async () => {
  if (started !== undefined) await killAll(started);
  data.remove();
});

const npmStart = () => (started = launch('npm', ['start'], settings));
const curl = (...parameters: string[]) => execFileSync('curl', ['-s', ...parameters], { encoding: 'utf8' });
/** The process that runs a part of what was started. */
function part(verb: string): number {
  const found = descendants(started?.child.pid).find(({ command }) => command.endsWith(`convoke.mjs ${verb}`));
  if (found === undefined) throw new Error(`no ${verb} runs`);
  return found.pid;
}
/** Temporal servers that listen on this test's port. */
const leftovers = () =>
  processes().filter(
    ({ command }) => command.includes('start-dev') && command.includes(settings['TEMPORAL_PORT'] ?? ''),
  );

describe('npm start', () => {
  test('runs everything, takes the curl line it prints, and shows what happens to the conference', async () => {
    const { until } = npmStart();
    const [line] = await until(/curl -v -X POST .*'\{.*\}'/);
    await until(/Ctrl-C/);
    const answer = execFileSync('sh', ['-c', line.replace('-v', '-s -i')], { encoding: 'utf8' });
    expect(answer).toMatch(/^HTTP\/1\.1 201/);
    const id = /conf-[a-z2-7]{26}/.exec(answer)?.[0] ?? '';
    await until(new RegExp(`${id}.*conference created → callbackUrl 200`));
    const inbox = curl(`http://127.0.0.1:${settings['SANDBOX_PORT']}/sandbox/inbox/demo?list`);
    expect(JSON.parse(inbox)).toMatchObject([
      { body: { eventType: 'conference', status: 'created', conferenceId: id } },
    ]);
    expect(curl(`http://127.0.0.1:${settings['TEMPORAL_UI_PORT']}/`)).toContain('<html');
    expect(JSON.parse(curl(`http://127.0.0.1:${settings['PORT']}/readyz`))).toMatchObject({ temporal: 'reachable' });
  });

  test('Ctrl-C stops everything in order and leaves no process behind', async () => {
    const { child, until, ended } = npmStart();
    await until(/Ctrl-C/);
    expect(leftovers()).not.toEqual([]);
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    await ended;
    expect(leftovers()).toEqual([]);
  });

  test('a worker that is killed is named and started again, and conferences go on', async () => {
    const { until } = npmStart();
    const [line] = await until(/curl -v -X POST .*'\{.*\}'/);
    await until(/Ctrl-C/);
    process.kill(part('worker'), 'SIGKILL');
    await until(/The worker stopped by itself \(SIGKILL\): starting it again[^]*worker +ready/);
    expect(execFileSync('sh', ['-c', line.replace('-v', '-s -i')], { encoding: 'utf8' })).toMatch(/^HTTP\/1\.1 201/);
  });

  test('a Temporal server that is killed is started again with its data, and conferences go on', async () => {
    const { child, until: says } = npmStart();
    const [line] = await says(/curl -v -X POST .*'\{.*\}'/);
    await says(/Ctrl-C/);
    const create = () => execFileSync('sh', ['-c', line.replace('-v', '-s -i')], { encoding: 'utf8' });
    const location = /^location: (\S+)/im.exec(create())?.[1] ?? '';
    for (const victim of [() => leftovers()[0]?.pid ?? 0, () => part('temporal')]) {
      const before = leftovers().map(({ pid }) => pid);
      process.kill(victim(), 'SIGKILL');
      const isBack = () => leftovers().length > 0 && leftovers().every(({ pid }) => !before.includes(pid));
      await until('another Temporal server runs', isBack, 30_000, 200);
      await until('a conference is created', () => create().startsWith('HTTP/1.1 201'), 30_000);
    }
    await says(/The Temporal server stopped by itself[^]*starting it again[^]*temporal +ready/);
    // A create needs no worker, and the worker may still be on its way back.
    const read = () => JSON.parse(curl('-u', 't-local:s-local', location)) as { state?: string };
    await until('the first conference is there', () => read().state === 'created', 30_000);
    expect(child.exitCode).toBeNull();
  }, 120_000);

  test('a sandbox that is killed is started again with its conferences', async () => {
    const { until: says } = npmStart();
    const [line] = await says(/curl -v -X POST .*'\{.*\}'/);
    await says(/Ctrl-C/);
    execFileSync('sh', ['-c', line.replace('-v', '-s -i')], { encoding: 'utf8' });
    await says(/conference created → callbackUrl 200/);
    const onDisk = () => readFileSync(join(data.path, 'sandbox.json'), 'utf8');
    await until('the conference is on disk', () => onDisk().includes('"created"'));
    process.kill(part('sandbox'), 'SIGKILL');
    await says(/The sandbox stopped by itself \(SIGKILL\): starting it again[^]*sandbox +ready/);
    const there = curl(`http://127.0.0.1:${settings['SANDBOX_PORT']}/sandbox/conferences`);
    expect(JSON.parse(there)).toMatchObject([{ state: 'created', activeMembers: 0 }]);
  });

  test('a part that dies three times within a minute is named, and ends the others', async () => {
    const { until, ended, output } = npmStart();
    await until(/Ctrl-C/);
    for (const times of [1, 2, 3]) {
      const killed = part('sandbox');
      process.kill(killed, 'SIGKILL');
      if (times < 3) await until(new RegExp(`(?:starting it again[^]*sandbox +ready[^]*){${times}}`));
    }
    expect(await ended).toBe(1);
    expect(output()).toMatch(/sandbox stopped by itself \(SIGKILL\)\.?\n?$/m);
    expect(leftovers()).toEqual([]);
  });

  test('names the setting of a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(Number(settings['SANDBOX_PORT']), '127.0.0.1', resolve));
    const { output, ended } = npmStart();
    expect(await ended).toBe(1);
    expect(output()).toContain(`Port ${settings['SANDBOX_PORT']} is taken: set SANDBOX_PORT`);
    await new Promise((resolve) => other.close(resolve));
  });
});
