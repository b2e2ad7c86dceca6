import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';
import { freePort } from '../../src/dev/ports.ts';
import { createLogger } from '../../src/telemetry/log.ts';

/** As a Temporal CLI whose server cannot go on. */
const PROGRAM = `#!/bin/sh
case "$1" in server) ;; *) echo 'temporal version 1.5.0 (Server 1.30.0, UI 2.45.0)'; exit 0 ;; esac
echo 'out of luck'
echo 'out of disk' >&2
exit 3
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convoke-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a Temporal server that dies is quoted, whichever way it said it', async () => {
  const program = join(folder, 'temporal');
  writeFileSync(program, PROGRAM);
  chmodSync(program, 0o755);
  const [port, uiPort] = await Promise.all([freePort(), freePort()]);
  const config = readConfig({
    ...{ TEMPORAL_CLI_PATH: program, CONVOKE_DATA_DIR: folder },
    ...{ TEMPORAL_PORT: String(port), TEMPORAL_UI_PORT: String(uiPort) },
  });
  const started = startTemporalServer(config, createLogger('temporal', 'silent'));
  await expect(started).rejects.toThrow(/^The Temporal server stopped by itself \(exit code 3\)\. It said:/);
  await expect(started).rejects.toThrow('out of luck');
  await expect(started).rejects.toThrow('out of disk');
});
