import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { APT_WITHIN_MS } from './budget.ts';

const run = promisify(execFile);

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Which of Debian's packages a program needs, and from which release. */
export interface DebianProgram {
  /** The package that the folder is called by, with its version. */
  name: string;
  packages: readonly string[];
  /** Of what these depend on, that which is loaded too. */
  isWanted: (name: string) => boolean;
  suite: 'stable' | 'testing';
  /** Says whether what is in a folder runs. */
  check: (root: string) => Promise<unknown>;
}

/**
 * Unpacks Debian's packages into a folder of the cache, named by the program's version, without touching the machine's own packages.
 * Answers the folder.
 * @throws Error with a plain reason
 */
export async function unpackDebian(
  cacheDir: string,
  { name, packages, isWanted, suite, check }: DebianProgram,
  signal?: AbortSignal,
): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const workDir = await mkdtemp(join(cacheDir, `${name}.part-`));
  try {
    const apt = await prepareApt(workDir, suite, signal);
    await apt(['update']);
    const simulated = await apt(['install', '--simulate', '--no-install-recommends', ...packages]);
    const names = [...simulated.matchAll(/^Inst (\S+)/gm)].map(([, found = '']) => found);
    const debs = join(workDir, 'debs');
    await mkdir(debs);
    await apt(['download', ...names.filter((one) => packages.includes(one) || isWanted(one))], debs);
    const files = await readdir(debs);
    const root = join(workDir, 'root');
    for (const file of files) await command('dpkg-deb', ['--extract', join(debs, file), root], { signal });
    await check(root);
    const versionOf = new RegExp(`^${name}_(?:\\d+%3a)?([\\d.]*\\d)`);
    const version = files.map((file) => versionOf.exec(file)?.[1]).find(Boolean) ?? 'unknown';
    return await keep(root, join(cacheDir, `${name}-${version}`), check);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Gives it its place by one rename, so that nobody ever sees half of it; what another process put there meanwhile stays, if it runs. */
async function keep(root: string, place: string, check: (root: string) => Promise<unknown>): Promise<string> {
  try {
    await rename(root, place);
  } catch {
    const isWhole = await check(place).then(
      () => true,
      () => false,
    );
    if (isWhole) return place;
    await rm(place, { recursive: true, force: true });
    await rename(root, place);
  }
  return place;
}

/** An apt-get with lists of its own, which takes this machine's mirror and knows no package that is installed. */
async function prepareApt(workDir: string, suite: string, signal: AbortSignal | undefined) {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID="?debian"?$/m.test(osRelease)) throw new Error('this machine is no Debian');
  const mirrors = await command('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], {
    signal,
  });
  const mirror = mirrors.split('\n').find((line) => /\/debian\/?$/.test(line));
  if (mirror === undefined) throw new Error('apt knows no mirror of Debian');
  const state = join(workDir, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    await mkdir(join(state, folder), { recursive: true });
  const [sources, status] = [join(state, 'sources.list'), join(state, 'status')];
  const signedBy = await access(KEYRING).then(
    () => `[signed-by=${KEYRING}] `,
    () => '',
  );
  await writeFile(sources, `deb ${signedBy}${mirror} ${suite} main\n`);
  await writeFile(status, '');
  const settings = {
    ...{ 'Dir::Etc::sourcelist': sources, 'Dir::Etc::sourceparts': '/dev/null', 'Dir::State::status': status },
    ...{ 'Dir::State::lists': join(state, 'lists'), 'Dir::Cache': join(state, 'cache'), 'APT::Sandbox::User': 'root' },
    // What the machine's own settings let pass: what is unpacked has the hashes of an index that Debian has signed.
    ...{ 'Acquire::AllowInsecureRepositories': 'false', 'Acquire::AllowWeakRepositories': 'false' },
    ...{ 'Acquire::AllowDowngradeToInsecureRepositories': 'false', 'APT::Get::AllowUnauthenticated': 'false' },
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return (parameters: string[], cwd?: string) =>
    command('apt-get', [...options, '-qq', ...parameters], { cwd, signal });
}

/** What a program writes; its last error line becomes the error. */
async function command(
  file: string,
  parameters: string[],
  { cwd, signal }: { cwd?: string | undefined; signal: AbortSignal | undefined },
): Promise<string> {
  const options = { cwd, signal, timeout: APT_WITHIN_MS, maxBuffer: 64 * 1024 * 1024 };
  try {
    return (await run(file, parameters, options)).stdout;
  } catch (error) {
    const { code, killed, stderr = '' } = error as { code?: unknown; killed?: boolean; stderr?: string };
    if (code === 'ENOENT') throw new Error(`there is no ${file} on PATH`, { cause: error });
    if (killed === true) throw new Error(`${file} was not done after ${APT_WITHIN_MS / 1000} s`, { cause: error });
    throw new Error(stderr.split('\n').findLast((line) => line.trim() !== '') ?? `${file} failed`, { cause: error });
  }
}
