import { beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { measurements } from '../../src/measurements.ts';
import { required } from '../support/temporal.ts';

/*
 * Histories that conferences have left behind still replay on the present code: a conference that is open while Convoke
 * is deployed anew goes on. Recorded by `npm run record-history`.
 */

const FOLDER = fileURLToPath(new URL('./histories', import.meta.url));
const recorded = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

beforeAll(() => {
  // Silent: the histories below that must not replay would be complained about.
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  const logging = { forward: {}, filter };
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging }, shutdownSignals: [] });
});

const read = (name: string) => readFileSync(`${FOLDER}/${name}`, 'utf8');

const startedHistory = z.object({
  events: z.tuple(
    [z.object({ workflowExecutionStartedEventAttributes: z.object({ workflowId: z.string() }) })],
    z.json(),
  ),
});

async function replay(json: string): Promise<void> {
  const history: unknown = JSON.parse(json);
  // The workflow reads its conference's ids from its own id.
  const [{ workflowExecutionStartedEventAttributes: started }] = startedHistory.parse(history).events;
  const workflowBundle = { codePath: required('TEST_WORKFLOW_BUNDLE') };
  await Worker.runReplayHistory({ workflowBundle, sinks: measurements }, history, started.workflowId);
}

test('there are histories', () => {
  expect(recorded).not.toEqual([]);
});

describe('replays on the present code', () => {
  test.each(recorded)('%s', async (name) => {
    await replay(read(name));
  });
});

describe('a history that the present code would not have made is found out', () => {
  test('an activity of another name', async () => {
    const json = read('without-gateway.json').replaceAll('"createConference"', '"makeConference"');
    expect(json).toContain('makeConference');
    await expect(replay(json)).rejects.toThrow(DeterminismViolationError);
  });

  test('activities in another order', async () => {
    const original = read('without-gateway.json');
    expect(original).toMatch(/"createConference"[^]*"completeConference"/);
    const json = original
      .replaceAll('"createConference"', '"?"')
      .replaceAll('"completeConference"', '"createConference"')
      .replaceAll('"?"', '"completeConference"');
    await expect(replay(json)).rejects.toThrow(DeterminismViolationError);
  });
});
