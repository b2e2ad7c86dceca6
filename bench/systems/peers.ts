import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { Failure } from '../../src/failure.ts';
import { baseUrlOf, startApp } from './others.ts';
import { Program } from './program.ts';
import { logFile, stopAll, type Running, type Site, type System } from './system.ts';

/* Other ways to durable conferences. They are no part of the project: `npm run bench -- --peers` installs what they need from npm. */

const folder = fileURLToPath(new URL('../peers/', import.meta.url));
const restateServer = join(
  folder,
  `node_modules/@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
);
/** Where Debian's package puts PostgreSQL's programs, by version. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';

export const restate: System = { name: 'restate', summary: 'Restate 1.7 (npm)', start: startRestate };
export const dbos: System = {
  name: 'dbos',
  summary: 'DBOS 5.3 (npm) on PostgreSQL (Debian’s package)',
  start: startDbos,
};

/** What a peer lacks here, as a sentence that says what to do; undefined if it can run. */
export function lackOf(peer: System): string | undefined {
  const install = 'npm run bench -- --peers installs it';
  if (peer === restate && !existsSync(restateServer)) return `Restate is not there: ${install}.`;
  if (peer !== dbos) return undefined;
  if (!existsSync(join(folder, 'node_modules/@dbos-inc/dbos-sdk'))) return `DBOS is not there: ${install}.`;
  return postgresPrograms() === undefined ? POSTGRES_ADVICE : undefined;
}

const POSTGRES_ADVICE =
  'DBOS needs PostgreSQL: install it (apt-get install postgresql), or put its initdb and postgres on the PATH.';

/** Installs the peers’ packages. @throws Failure when npm does. */
export function installPeers(): void {
  const { status } = spawnSync('npm', ['ci'], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) throw new Failure(`npm ci in bench/peers has failed (exit code ${status}).`);
  process.stdout.write(
    `${lackOf(restate) ?? 'Restate is there.'}\n${lackOf(dbos) ?? 'DBOS and PostgreSQL are there.'}\n`,
  );
}

async function startRestate(site: Site): Promise<Running> {
  const { ports } = site;
  const configuration = join(site.folder, 'restate.toml');
  writeFileSync(configuration, restateConfiguration(site));
  const [admin, ingress] = [`http://127.0.0.1:${ports.restateAdmin}`, `http://127.0.0.1:${ports.restateIngress}`];
  const programs: Record<string, Program> = {};
  try {
    programs['restate'] = new Program({
      name: 'restate',
      file: restateServer,
      parameters: ['--config-file', configuration],
      logFile: logFile(site, 'restate'),
    });
    await programs['restate'].untilAnswers(`${admin}/health`);
    await programs['restate'].untilAnswers(`${ingress}/restate/health`);
    programs['app'] = await startApp(site, 'peers/restate.ts', {
      RESTATE_INGRESS: ingress,
      RESTATE_ADMIN: admin,
      SERVICE_PORT: String(ports.restateService),
      RESTATE_LOGGING: 'WARN',
    });
  } catch (error) {
    await stopAll(programs);
    throw error;
  }
  return { baseUrl: baseUrlOf(site), programs, open: () => openInRestate(admin), stop: () => stopAll(programs) };
}

/** An object has a state from its creation until its last event is done with. */
async function openInRestate(admin: string): Promise<number> {
  const answer = await fetch(`${admin}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: "SELECT COUNT(*) AS open FROM state WHERE service_name = 'conference'" }),
  });
  return z.object({ rows: z.tuple([z.object({ open: z.number() })]) }).parse(await answer.json()).rows[0].open;
}

function restateConfiguration({ folder: data, ports }: Site): string {
  return `base-dir = ${JSON.stringify(data)}
node-name = "bench"
bind-ip = "127.0.0.1"
bind-port = ${ports.restateNode}
listen-mode = "tcp"
disable-telemetry = true
log-filter = "warn"
[admin]
bind-port = ${ports.restateAdmin}
[ingress]
bind-port = ${ports.restateIngress}
`;
}

async function startDbos(site: Site): Promise<Running> {
  const programs: Record<string, Program> = {};
  try {
    programs['postgres'] = await startPostgres(site);
    const DATABASE_URL = `postgresql://postgres@127.0.0.1:${site.ports.postgres}/dbos`;
    programs['app'] = await startApp(site, 'peers/dbos.ts', { DATABASE_URL });
  } catch (error) {
    await stopAll(programs);
    throw error;
  }
  return { baseUrl: baseUrlOf(site), programs, open: () => openInDbos(site), stop: () => stopAll(programs) };
}

/** A workflow is pending until it has returned. */
async function openInDbos({ ports }: Site): Promise<number> {
  const psql = join(postgresPrograms() ?? '', 'psql');
  const query = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'PENDING'";
  const where = ['-h', '127.0.0.1', '-p', String(ports.postgres), '-U', 'postgres', '-d', 'dbos'];
  return Number((await promisify(execFile)(psql, [...where, '-tAc', query])).stdout);
}

/** A cluster of its own. PostgreSQL will not run as root: as root it runs as the user whom Debian’s package has made. */
async function startPostgres(site: Site): Promise<Program> {
  const bin = postgresPrograms();
  if (bin === undefined) throw new Failure(POSTGRES_ADVICE);
  const data = join(site.folder, 'postgres');
  mkdirSync(data);
  // Its user must get there.
  chmodSync(site.folder, 0o711);
  const userId = process.getuid?.() === 0 ? idOf('postgres') : undefined;
  if (userId !== undefined) chownSync(data, userId, userId);
  const asUser = userId === undefined ? {} : { uid: userId, gid: userId };
  const parameters = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'];
  const { status, stderr } = spawnSync(join(bin, 'initdb'), parameters, { ...asUser, encoding: 'utf8', cwd: data });
  if (status !== 0) throw new Failure(`initdb has failed: ${stderr}`);
  const program = new Program({
    name: 'postgres',
    file: join(bin, 'postgres'),
    parameters: ['-D', data, ...POSTGRES_SETTINGS, '-p', String(site.ports.postgres), '-k', data],
    logFile: logFile(site, 'postgres'),
    ...(userId === undefined ? {} : { userId }),
  });
  await program.untilListens(site.ports.postgres);
  return program;
}

/** Every commit is synced; the rest is what a machine of some GiB is usually given. */
const POSTGRES_SETTINGS = [
  'listen_addresses=127.0.0.1',
  'max_connections=200',
  'shared_buffers=1GB',
  'max_wal_size=4GB',
  'wal_compression=on',
].flatMap((setting) => ['-c', setting]);

/** The folder with PostgreSQL’s programs. */
function postgresPrograms(): string | undefined {
  const versions = existsSync(DEBIAN_POSTGRES)
    ? readdirSync(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a))
    : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN_POSTGRES, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find((one) => existsSync(join(one, 'initdb')) && existsSync(join(one, 'postgres')));
}

function idOf(user: string): number {
  const { stdout } = spawnSync('id', ['-u', user], { encoding: 'utf8' });
  if (!/^\d+\n$/.test(stdout)) throw new Failure(`PostgreSQL does not run as root, and there is no user ${user}.`);
  return Number(stdout);
}
