import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../src/dev/programs.ts';
import type { RunningPart } from '../../src/part.ts';
import { bundleWorkflows } from '../../src/workflow-bundle.ts';
import { startOwnTemporal } from './temporal-server.ts';

export interface TestGlobals {
  convokeTemporal?: RunningPart | undefined;
  convokeTestDir?: string | undefined;
}

/**
 * Once for all tests that need Temporal: a server of their own (or the one TEMPORAL_ADDRESS names), the bundled
 * workflows and the time-skipping server's program. The test processes find them through the environment. Two projects ask
 * for it: the second one finds it done.
 */
export default async function globalSetup(): Promise<void> {
  const globals = globalThis as TestGlobals;
  if (globals.convokeTestDir !== undefined) return;
  const dir = mkdtempSync(join(tmpdir(), 'convoke-test-'));
  globals.convokeTestDir = dir;
  if (process.env['TEMPORAL_ADDRESS'] === undefined) {
    const { server, address } = await startOwnTemporal(dir);
    globals.convokeTemporal = server;
    tellIfItDies(globals);
    process.env['TEST_TEMPORAL_ADDRESS'] = address;
  } else {
    process.env['TEST_TEMPORAL_ADDRESS'] = process.env['TEMPORAL_ADDRESS'];
  }
  const { code } = await bundleWorkflows();
  process.env['TEST_WORKFLOW_BUNDLE'] = join(dir, 'workflow-bundle.js');
  writeFileSync(process.env['TEST_WORKFLOW_BUNDLE'], code);
  const configuredPath = process.env['TEMPORAL_TEST_SERVER_PATH'];
  process.env['TEST_TIME_SKIPPING_SERVER'] = (await findProgram('temporal-test-server', { configuredPath })).path;
}

/** Its last words, as the tests can only say that nobody answers. */
function tellIfItDies(globals: TestGlobals): void {
  globals.convokeTemporal?.died?.catch((error: unknown) => {
    // The teardown forgets it before it stops it.
    if (globals.convokeTemporal !== undefined)
      process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  });
}
