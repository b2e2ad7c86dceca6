import { chmodSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { dataDirectory, endOf, freePort, killGroup, launch, type Program } from '../support/processes.ts';
import { required } from '../support/temporal.ts';

/* Every file that a part writes into the data directory: databases and journals with numbers and URLs, and keys. */

const running: Program[] = [];
let data: ReturnType<typeof dataDirectory>;
afterEach(async () => {
  for (const program of running.splice(0)) {
    program.child.kill('SIGTERM');
    if ((await endOf(program, 20_000)) === 'it still runs') killGroup(program);
  }
  data.remove();
});

/** What others may use of a folder, and of all that is in it. */
function openIn(folder: string): string[] {
  const all = ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].map((name) => join(folder, name));
  return all.filter((path) => (lstatSync(path).mode & 0o077) !== 0).map((path) => relative(folder, path) || '.');
}

async function start(verb: string, settings: Record<string, string>): Promise<void> {
  // As a shell of a user who has thought of nothing.
  const program = launch('sh', ['-c', `umask 000; exec node scripts/convoke.mjs ${verb}`], {
    ...{ CONVOKE_DATA_DIR: data.path, SETTINGS_FILE: '', ...settings },
  });
  running.push(program);
  await program.until(/ready on/, 60_000);
}

test.each([
  [
    'temporal',
    async () => ({ TEMPORAL_ADDRESS: '', TEMPORAL_PORT: await freePort(), TEMPORAL_UI_PORT: await freePort() }),
  ],
  ['sandbox', async () => ({ SANDBOX_PORT: await freePort() })],
  ['gateway', async () => ({ PORT: await freePort(), TEMPORAL_ADDRESS: required('TEST_TEMPORAL_ADDRESS') })],
  [
    'codec',
    async () => ({ CODEC_PORT: await freePort(), PAYLOAD_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}` }),
  ],
] as const)(
  'of the part %s, in a directory that everybody could use',
  async (verb, settings) => {
    data = dataDirectory();
    chmodSync(data.path, 0o777);
    // One that an operator has copied there.
    writeFileSync(join(data.path, 'callback-key'), `local:${'k'.repeat(43)}`, { mode: 0o644 });
    await start(verb, await settings());
    // A key that was copied there is closed by who uses it, and reached by nobody in a directory that is closed.
    expect(openIn(data.path)).toEqual(verb === 'gateway' ? [] : ['callback-key']);
  },
  90_000,
);
