import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Schemathesis, which reads a description of an API and sends it what the description allows, and what it does not. It is a program in
 * Python: it gets an environment of its own, once, under `.convoke/`.
 */

const VERSION = '4.32.5';
const HOME = fileURLToPath(new URL(`../../.convoke/schemathesis-${VERSION}`, import.meta.url));
const PROGRAM = join(HOME, 'bin', 'schemathesis');

export interface Fuzzing {
  /** The description that it goes by. */
  description: unknown;
  url: string;
  account: { token: string; secret: string };
  /** Of each operation, in each phase. */
  examples: number;
  seed: number;
}

/** Has it find what is not as described; answers all that it says, and whether it found nothing. */
export async function fuzz({
  description,
  url,
  account,
  examples,
  seed,
}: Fuzzing): Promise<{ ok: boolean; says: string }> {
  await install();
  const folder = await mkdtemp(join(tmpdir(), 'convoke-fuzz-'));
  try {
    const [file, settings] = [join(folder, 'openapi.json'), join(folder, 'schemathesis.toml')];
    writeFileSync(file, JSON.stringify(description));
    writeFileSync(settings, SETTINGS);
    const parameters = [
      ...['--config-file', settings, '--no-color', 'run', file, '--url', url],
      ...['--auth', `${account.token}:${account.secret}`, '--max-examples', String(examples), '--seed', String(seed)],
      ...['--request-timeout', '20', '--continue-on-failure'],
    ];
    const { code, output } = await run(PROGRAM, parameters, folder);
    return { ok: code === 0, says: output };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * All checks, but for two. The wire takes more than is described (numbers and flags as text, `null`, fields that nobody knows), so what does
 * not fit the description need not be refused. And that a schedule was deleted tells it nothing of the path with `.ics` behind the id, which
 * it would have found. A 503 is an answer like any other, where it is described.
 */
const SETTINGS = `
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]

[checks.negative_data_rejection]
enabled = false

[[operations]]
include-path-regex = "\\\\.ics$"

[operations.checks.ensure_resource_availability]
enabled = false
`;

async function install(): Promise<void> {
  if (existsSync(join(HOME, 'installed'))) return;
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  for (const [program, ...parameters] of [
    ['python3', '-m', 'venv', HOME],
    [join(HOME, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`],
  ] as const) {
    const { code, output } = await run(program, parameters, HOME);
    if (code !== 0) throw new Error(`Schemathesis cannot be installed (${program}):\n${output}`);
  }
  writeFileSync(join(HOME, 'installed'), VERSION);
}

async function run(program: string, parameters: readonly string[], cwd: string) {
  const child = spawn(program, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, output };
}
