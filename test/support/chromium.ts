import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { findOnPath, programCache } from '../../src/dev/program-sources.ts';

const run = promisify(execFile);

const PACKAGE = 'chromium-headless-shell';
const WITHIN_MS = 300_000;

/** A Chromium of this machine, as the tests start it. */
interface Chromium {
  executablePath: string;
  /** Where it finds its libraries, if they are not this machine's own. */
  env: Record<string, string>;
}

/**
 * Finds a Chromium: CHROMIUM_PATH, on PATH, in our cache, or as Debian's package with what it needs and this machine lacks, unpacked
 * into the cache without root.
 * @throws Error that says why there is none
 */
async function findChromium(cacheDir = programCache()): Promise<Chromium> {
  const given = process.env['CHROMIUM_PATH'];
  const installed = given ?? (await findOnPath('chromium')) ?? (await findOnPath('chromium-headless-shell'));
  if (installed !== undefined) return { executablePath: installed, env: {} };
  const root = join(cacheDir, PACKAGE);
  const known = await unpacked(root).catch(() => undefined);
  return known ?? (await unpack(cacheDir, root));
}

/** @throws Error where there is no browser, and none can be had. */
export async function launchChromium(): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  // Root may not have a sandbox, and the tests look at pages of our own alone.
  return await chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ['--no-sandbox'] });
}

/** @throws Error where there is no browser that shows a page: one without fonts draws no words. */
export async function requireChromium(): Promise<void> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.setContent('<span>a word</span>');
    const drawn = await page.locator('span').boundingBox();
    if (drawn === null || drawn.width === 0) throw new Error('it has no fonts');
  } finally {
    await browser.close();
  }
}

async function unpacked(root: string): Promise<Chromium> {
  const lib = join(root, 'usr/lib');
  const triplet = (await readdir(lib)).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const executablePath = join(lib, 'chromium', 'chromium-headless-shell');
  const env = { LD_LIBRARY_PATH: [join(lib, triplet), join(root, 'lib', triplet)].join(':') };
  await run(executablePath, ['--version'], { env: { ...process.env, ...env }, timeout: 20_000 });
  return { executablePath, env };
}

/** By an apt-get with lists of its own; what this machine has already is not loaded. */
async function unpack(cacheDir: string, root: string): Promise<Chromium> {
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, `${PACKAGE}.part-`));
  try {
    for (const folder of ['lists/partial', 'cache/archives/partial', 'debs'])
      await mkdir(join(work, folder), { recursive: true });
    const settings = { 'Dir::State::lists': join(work, 'lists'), 'Dir::Cache': join(work, 'cache') };
    const options = Object.entries({ ...settings, 'APT::Sandbox::User': 'root' });
    const apt = async (...parameters: string[]) => {
      const given = options.flatMap(([name, value]) => ['-o', `${name}=${value}`]);
      return await run('apt-get', [...given, '-qq', ...parameters], { cwd: join(work, 'debs'), timeout: WITHIN_MS });
    };
    await apt('update');
    const { stdout } = await apt('install', '--simulate', '--no-install-recommends', PACKAGE);
    await apt('download', ...[...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name));
    for (const file of await readdir(join(work, 'debs')))
      await run('dpkg-deb', ['--extract', join(work, 'debs', file), join(work, 'root')], { timeout: WITHIN_MS });
    await unpacked(join(work, 'root'));
    // By one rename, so that nobody ever sees half of it.
    await rename(join(work, 'root'), root).catch(() => undefined);
    return await unpacked(root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
