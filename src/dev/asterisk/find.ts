import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { refusalOfVersion } from '../../asterisk/version.ts';
import { Failure, reasonOf } from '../../failure.ts';
import { findOnPath, programCache, type Source } from '../program-sources.ts';
import { installPackages } from './packages.ts';

const run = promisify(execFile);

/** An Asterisk of this machine, and the program that speaks beside it. */
export interface AsteriskProgram {
  version: string;
  /** The program and its first parameters. */
  command: [string, ...string[]];
  /** What asterisk.conf must say of where it lies; nothing where that is built in. */
  directories: Record<string, string>;
  /** espeak-ng in the same manner, if it is there. */
  speech: [string, ...string[]] | undefined;
}

const ADVICE =
  'Install Asterisk 22.10 or newer (https://www.asterisk.org), or set ASTERISK_ARI_URL to one that runs already: docs/asterisk.md.';

/**
 * Finds an Asterisk: on PATH, in our cache, or as Debian's packages, which are unpacked into the cache. What is answered has been run.
 * @throws Failure that names each place, why it was not to be had there, and what to set
 */
export async function findAsterisk(
  report: (line: string) => void,
  signal?: AbortSignal,
  cacheDir = programCache(),
): Promise<AsteriskProgram> {
  const failures: string[] = [];
  for (const place of placesIn(cacheDir)) {
    if (place.downloads === true) report(`Asterisk: trying ${place.name} ...`);
    try {
      const found = await place.find(signal);
      if (found !== undefined) return found;
      failures.push(`${place.name}: not there`);
    } catch (error) {
      if (signal?.aborted === true) throw new Failure('Stopped while looking for Asterisk.', { cause: error });
      failures.push(`${place.name}: ${reasonOf(error)}`);
    }
  }
  throw new Failure(`Asterisk is not on this machine and could not be had:\n  ${failures.join('\n  ')}\n${ADVICE}`);
}

function placesIn(cacheDir: string): Source<AsteriskProgram>[] {
  return [
    { name: 'PATH', find: installed },
    { name: `the cache (${cacheDir})`, find: () => newestIn(cacheDir) },
    {
      name: 'Debian’s packages',
      downloads: true,
      find: async (signal) => await unpacked(await installPackages(cacheDir, unpacked, signal)),
    },
  ];
}

async function installed(): Promise<AsteriskProgram | undefined> {
  const path = await findOnPath('asterisk');
  if (path === undefined) return undefined;
  const speech = await findOnPath('espeak-ng');
  const command: [string] = [path];
  return {
    version: await versionOf(command),
    command,
    directories: {},
    speech: speech === undefined ? undefined : [speech],
  };
}

/** espeak-ng, if it is on PATH. */
export async function findSpeech(): Promise<[string] | undefined> {
  const path = await findOnPath('espeak-ng');
  return path === undefined ? undefined : [path];
}

async function newestIn(cacheDir: string): Promise<AsteriskProgram | undefined> {
  const names = (await readdir(cacheDir).catch(() => [])).filter((name) => /^asterisk-\d/.test(name));
  const [newest] = names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newest === undefined ? undefined : await unpacked(join(cacheDir, newest));
}

/** What was unpacked runs by its own loader with its own libraries, whatever this machine's are. */
async function unpacked(root: string): Promise<AsteriskProgram> {
  const lib = join(root, 'usr/lib');
  const triplet = (await readdir(lib)).find((name) => name.endsWith('-linux-gnu'));
  if (triplet === undefined) throw new Error(`there are no libraries in ${lib}`);
  const libraries = join(lib, triplet);
  const loader = (await readdir(libraries)).find((name) => /^ld-linux.*\.so/.test(name));
  if (loader === undefined) throw new Error(`there is no loader in ${libraries}`);
  const loaded = (program: string): [string, ...string[]] => [
    join(libraries, loader),
    ...['--library-path', `${libraries}:${join(libraries, 'pulseaudio')}`],
    join(root, program),
  ];
  const [command, [speaker, ...speakerParameters]] = [loaded('usr/sbin/asterisk'), loaded('usr/bin/espeak-ng')];
  const speech: [string, ...string[]] = [speaker, ...speakerParameters, `--path=${libraries}`];
  await run(speaker, [...speech.slice(1), '--version'], { timeout: 10_000 });
  return {
    version: await versionOf(command),
    command,
    directories: { astmoddir: join(libraries, 'asterisk/modules'), astdatadir: join(root, 'usr/share/asterisk') },
    speech,
  };
}

async function versionOf([file, ...parameters]: [string, ...string[]]): Promise<string> {
  const { stdout } = await run(file, [...parameters, '-V'], { timeout: 10_000 });
  const [, version] = /Asterisk (?:\w+-)?(\d+\.[\d.]*\d)/.exec(stdout) ?? [];
  if (version === undefined) throw new Error(`it says "${stdout.trim().slice(0, 80)}"`);
  const refusal = refusalOfVersion(version);
  if (refusal !== undefined) throw new Error(refusal);
  return version;
}
