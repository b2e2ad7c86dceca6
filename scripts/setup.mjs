// Makes sure the npm packages are there, before any of them is needed: Node built-ins only.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The oldest Node that Convoke runs on, as package.json says. */
const OLDEST_NODE = [20, 18];
const ABANDONED_MS = 15 * 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const lockFile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.convoke-lock');
const runtime = `node${process.versions.node.split('.')[0]}-${process.platform}-${process.arch}`;

/**
 * Installs the npm packages when they are missing or not those of package-lock.json; otherwise returns at once.
 * Two processes may call it at the same time: one installs, the other waits.
 * @throws Error with a plain message: Node is too old, or npm's own output when npm failed.
 */
export async function ensureDependencies() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    const message = `Convoke needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node}.`;
    throw new Error(`${message} Install a newer one from https://nodejs.org.`);
  }
  if (isInstalled()) return;
  const turn = await takeTurn();
  try {
    if (!isInstalled()) await install(turn);
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
}

/** What the stamp file says when all is well: which lock file was installed, and for which Node. */
function wantedStamp() {
  return `${createHash('sha256').update(readFileSync(lockFile)).digest('hex')} ${runtime}`;
}

/** Whether node_modules holds what the lock file says, for this Node. */
function isInstalled() {
  const expected = wantedStamp();
  const stamp = readText(stampFile);
  if (stamp === expected) return true;
  // Packages built for another Node major or platform must not be taken over.
  if (stamp !== undefined && !stamp.endsWith(` ${runtime}`)) return false;
  if (!matchesLockFile()) return false;
  writeFileSync(stampFile, expected);
  return true;
}

/** Whether npm's own record of what it installed agrees with the lock file: someone ran `npm ci` or `npm install` by hand. */
function matchesLockFile() {
  const record = readText(join(root, 'node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(lockFile, 'utf8')).packages);
  return wanted.every(([path, { version, optional }]) => {
    if (path === '') return true;
    // What is optional is left out on the platforms it is not for.
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

async function install(turn) {
  process.stderr.write('Installing npm packages (first time only) ...\n');
  const started = Date.now();
  rmSync(stampFile, { force: true });
  // Without --include=dev, NODE_ENV=production would leave out what runs the sources.
  // No package needs its install script: what is built comes built.
  const flags = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runNpm(['ci', ...flags], turn);
  if (code !== 0) {
    throw new Error(`npm failed:\n${output.trim()}\nCheck that this machine reaches its npm registry, then try again.`);
  }
  writeFileSync(stampFile, wantedStamp());
  process.stderr.write(`npm packages are installed (${((Date.now() - started) / 1000).toFixed(1)} s).\n`);
}

/** Runs npm in the project's folder; its output is kept, to be shown only if it fails. */
function runNpm(parameters, turn) {
  return new Promise((resolve, reject) => {
    let output = '';
    // On Windows npm is a script, which only a shell starts.
    const shell = process.platform === 'win32';
    const child = spawn('npm', parameters, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell });
    // If this process is killed, npm goes on, and it is npm that the next one must wait for.
    if (child.pid !== undefined) writeFileSync(join(turn, 'pid'), String(child.pid));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.on('error', (error) => {
      reject(new Error(`Could not run npm: ${error.message}. It comes with Node; check that it is on your PATH.`));
    });
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Waits until no other process installs into this folder; answers the directory that says it is our turn, to be removed. */
async function takeTurn() {
  // Outside node_modules, which npm removes, and outside the tree, which stays clean.
  const folder = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const turn = join(tmpdir(), `convoke-install-${folder}`);
  for (let waits = 0; ; waits++) {
    try {
      mkdirSync(turn);
      writeFileSync(join(turn, 'pid'), String(process.pid));
      return turn;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (waits === 0) process.stderr.write('Another process is installing the npm packages; waiting for it ...\n');
    if (isAbandoned(turn)) rmSync(turn, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Whether the process that took the turn is gone, or has had it for longer than any install takes. */
function isAbandoned(turn) {
  const taken = statSync(turn, { throwIfNoEntry: false });
  if (taken === undefined) return false;
  if (Date.now() - taken.mtimeMs > ABANDONED_MS) return true;
  const pid = Number(readText(join(turn, 'pid')));
  // The moment between making the directory and naming its owner.
  if (!(pid > 0)) return Date.now() - taken.mtimeMs > 5_000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
