import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { download } from '../../src/dev/download.ts';
import { programs, type Program } from '../../src/dev/program-list.ts';
import { installProgram, standardSources } from '../../src/dev/program-sources.ts';

/* Nothing that was downloaded is run, or loaded, but what is known by its hash. */

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convoke-known-'));
});
afterEach(() => rm(folder, { recursive: true }));

const HERE = `${process.platform}-${process.arch}`;
const SCRIPT = '#!/bin/sh\necho "temporal version 1.9.1"\n';
/** One that leaves a mark where it was run. */
const strange = () => `#!/bin/sh\ntouch ${join(folder, 'was-run')}\necho "temporal version 1.9.1"\n`;
const wasRun = () =>
  readFile(join(folder, 'was-run')).then(
    () => true,
    () => false,
  );
const known = (text: string): Program => ({
  ...programs.temporal,
  executables: { [HERE]: createHash('sha256').update(text).digest('hex') },
});

async function write(path: string, text: string): Promise<string> {
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

describe('a program', () => {
  test.each(Object.values(programs))('$label is known for every platform that a download of it is for', (program) => {
    expect(program.wheelHashes).toHaveLength(4);
    expect(Object.keys(program.executables).sort()).toEqual(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']);
    for (const hash of Object.values(program.executables)) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(program.vendorUrl).toMatch(/^https:/);
  });

  test('that is another one than the known is not run, wherever it comes from, and not kept', async () => {
    const getInto = (dir: string) => write(join(dir, 'got'), strange());
    const installed = installProgram(known(SCRIPT), join(folder, 'entry'), getInto);
    await expect(installed).rejects.toThrow('its SHA-256 is not the one that Convoke knows');
    expect(await wasRun()).toBe(false);
    await expect(readFile(join(folder, 'entry', 'temporal'))).rejects.toThrow('ENOENT');
  });

  test('that is changed once it is in the cache is not run any more, and replaced', async () => {
    const program = known(SCRIPT);
    const getInto = (dir: string) => write(join(dir, 'got'), SCRIPT);
    const entry = join(folder, `temporal-${program.version}`);
    const path = await installProgram(program, entry, getInto);
    const inCache = standardSources(program, folder)[1];
    expect(await inCache?.find()).toBe(path);
    await appendFile(path, `touch ${join(folder, 'was-run')}\n`);
    await expect(inCache?.find()).rejects.toThrow('its SHA-256 is not the one that Convoke knows');
    expect(await installProgram(program, entry, getInto)).toBe(path);
    expect(await readFile(path, 'utf8')).toBe(SCRIPT);
    expect(await wasRun()).toBe(false);
  });

  test('for a platform of which none is known is not run', async () => {
    const program = { ...known(SCRIPT), executables: {} };
    const entry = join(folder, `temporal-${program.version}`);
    await mkdir(entry);
    await write(join(entry, 'temporal'), strange());
    await expect(standardSources(program, folder)[1]?.find()).rejects.toThrow(`none is known for ${process.platform}`);
    expect(await wasRun()).toBe(false);
  });
});

describe('a download', () => {
  test('is taken by https only', async () => {
    const server = createServer((_request, response) => response.end('something'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const got = download(`http://127.0.0.1:${port}/`, undefined, (answer) => answer.text());
    await expect(got).rejects.toThrow('it leads to http://, and nothing is taken from there');
    server.close();
  });
});

describe('npm packages', () => {
  const entry = z.object({
    version: z.string().optional(),
    integrity: z.string().optional(),
    resolved: z.string().optional(),
    hasInstallScript: z.boolean().optional(),
  });
  const lock = z
    .object({ packages: z.record(z.string(), entry) })
    .parse(JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')));
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

  test('each is in the lock file with its hash', () => {
    const unknown = packages.filter(([, { version, integrity }]) => !version || !/^sha512-/.test(integrity ?? ''));
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  test('none is taken from an address of its own', () => {
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  /** Packages with install scripts, and why none of these is needed. */
  const SCRIPTS: Record<string, string> = {
    '@grpc/proto-loader/node_modules/protobufjs': 'prints advice on versions',
    '@parcel/watcher': 'builds itself where no built one fits; those for our platforms come built',
    '@swc/core': 'looks whether the built one for this platform is there',
    'classic-level': 'builds itself where no built one fits; those for our platforms are in the package',
    'es5-ext': 'prints a message',
    esbuild: 'replaces its starter by the program itself, which is quicker',
    fsevents: 'builds itself, on macOS only, where its watching is not used',
  };

  test('those with install scripts are these, and none of the scripts is needed', () => {
    const given = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = given.map(([path]) => path.replace(/^node_modules\//, ''));
    expect(names.sort()).toEqual(Object.keys(SCRIPTS).sort());
  });

  test.each(['scripts/setup.mjs', 'Dockerfile'])('%s installs without running them', (file) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(text).toMatch(/npm ci|'ci'/);
    expect(text).toContain('--ignore-scripts');
  });
});
