import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { measurements } from '../../src/measurements.ts';
import { AFTERCARE_WORKFLOW, CONFERENCE_WORKFLOW } from '../../src/workflows/messages.ts';
import { quietRuntime, required } from './temporal.ts';

/* The histories that conferences leave: a worker that takes one over goes on from its history alone. */

/** The SDK's runtime ends with its last worker, also while another is being made: one replay at a time. */
let replayed: Promise<unknown> = Promise.resolve();

/** The runs of conferences that do not replay as they came, each with why, and with the file that keeps its history. */
export async function replayFailures(client: Client, where?: string): Promise<string[]> {
  const failures = replayed.then(() => replayAll(client, where));
  replayed = failures.catch(() => undefined);
  return await failures;
}

async function replayAll(client: Client, where?: string): Promise<string[]> {
  quietRuntime();
  const failures: string[] = [];
  const options = { workflowBundle: { codePath: required('TEST_WORKFLOW_BUNDLE') }, sinks: measurements };
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, histories(client, where))) {
    if (error === undefined) continue;
    const file = await keepHistory(client.workflow.getHandle(workflowId, runId));
    failures.push(`${workflowId}, kept in ${file}: ${error.message}`);
  }
  return failures;
}

async function* histories({ workflow }: Client, where?: string) {
  const types = `WorkflowType IN ('${CONFERENCE_WORKFLOW}', '${AFTERCARE_WORKFLOW}')`;
  for await (const { workflowId, runId } of workflow.list({ query: [types, where ?? []].flat().join(' AND ') }))
    yield { workflowId, history: await workflow.getHandle(workflowId, runId).fetchHistory() };
}

/** Keeps a history, so that it can be looked at and replayed when its server is gone; answers the file. */
export async function keepHistory(handle: WorkflowHandle): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'convoke-history-')), 'history.json');
  writeFileSync(file, historyToJSON(await handle.fetchHistory()));
  return file;
}
