import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './processes.ts';
import { until } from './until.ts';

/* A PostgreSQL of a test's own, where its programs are on this machine: on the PATH, or where Debian's package puts them. */

const DEBIAN = '/usr/lib/postgresql';

/** The folder with PostgreSQL's programs; undefined, and loudly, where there are none. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  const found = folders.find((one) => ['initdb', 'postgres'].every((program) => existsSync(join(one, program))));
  if (found === undefined)
    process.stderr.write(
      '\nNOT TESTED: accounts in PostgreSQL, as there is none here (apt-get install postgresql).\n\n',
    );
  return found;
}

export interface Postgres {
  /** Of a new database. */
  url: string;
  start(): Promise<void>;
  /** At once, as a machine that fails. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  remove(): Promise<void>;
}

/** A server with a cluster of its own, which is to be started. */
export async function openPostgres(bin: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-postgres-'));
  // It refuses to be root, and its user must get there.
  chmodSync(folder, 0o711);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const user = process.getuid?.() === 0 ? otherUser() : undefined;
  if (user !== undefined) chownSync(data, user.uid, user.gid);
  const asUser = { cwd: data, ...user };
  const parameters = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale', 'C'];
  const made = spawnSync(join(bin, 'initdb'), parameters, { ...asUser, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb has failed: ${made.stderr}`);
  const port = await freePort();
  let server: ChildProcess | undefined;
  let output = '';
  const settings = ['listen_addresses=127.0.0.1', 'fsync=off', 'max_connections=40'].flatMap((one) => ['-c', one]);
  const kill = async () => {
    if (server === undefined) return;
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    // Of a process that is stopped no other signal is heard.
    server.kill('SIGCONT');
    server.kill('SIGQUIT');
    await ended;
    server = undefined;
  };
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async start() {
      output = '';
      server = spawn(join(bin, 'postgres'), ['-D', data, '-p', port, '-k', data, ...settings], asUser);
      server.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await until('PostgreSQL takes connections', () => {
        if (/ready to accept connections/.test(output)) return true;
        throw new Error(output);
      });
    },
    kill,
    signal: (signal) => void server?.kill(signal),
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function otherUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((what) =>
      Number(spawnSync('id', [what, name], { encoding: 'utf8' }).stdout || NaN),
    );
    if (uid !== undefined && gid !== undefined && !Number.isNaN(uid)) return { uid, gid };
  }
  throw new Error('PostgreSQL does not run as root, and there is no other user here');
}
