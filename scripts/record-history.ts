import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { watchWorkflowId } from '../src/workflows/messages.ts';
import { conferencePath } from '../src/catapult/paths.ts';
import globalSetup from '../test/support/global-setup.ts';
import globalTeardown from '../test/support/global-teardown.ts';
import { aftercareOfOne, openHouse, USER, workflowOf, type House } from '../test/support/house.ts';
import { openImpatientHouse } from '../test/support/impatient.ts';
import { sendEvents } from '../test/support/platform-events.ts';
import { end, latestConference, post, scenarios, WATCHES_THE_END, type Scenario } from '../test/support/scenarios.ts';

/*
 * Records the workflow histories that test/replay replays: `npm run record-history -- <name> …`; without a name all.
 * Each scenario runs on a real server of its own, with everything else in this process, driven over HTTP.
 */

const FOLDER = fileURLToPath(new URL('../test/replay/histories', import.meta.url));

/** On a server whose runs continue as new after 50 events: three of them, and what the last one carried. */
async function long(house: House): Promise<void> {
  const id = await house.create();
  const caller = house.sandbox.platform.callIn();
  await post(house, `${conferencePath(USER, id)}/members`, { callId: caller.id });
  for (let digit = 0; (await runsOf(house, id)).length < 3; digit += 1) {
    await sendEvents(house, id, [{ eventType: 'dtmf', digits: String(digit % 10), number: digit }]);
    await setTimeout(20);
  }
  await end(house, id);
}

/** All runs of a conference's workflow, the first one first. */
async function runsOf(house: House, conferenceId: string): Promise<string[]> {
  const query = `WorkflowId = 'conference/${USER}/${conferenceId}'`;
  const runs: { runId: string; startTime: Date }[] = [];
  for await (const run of house.client.workflow.list({ query })) runs.push(run);
  return runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime()).map(({ runId }) => runId);
}

async function record(name: string, run: Scenario): Promise<void> {
  const house = await (name === 'long' ? openImpatientHouse(50) : openHouse());
  try {
    await run(house);
    const id = await latestConference(house);
    const { workflow } = house.client;
    const handle = name === 'aftercare' ? await aftercareOfOne(house, id) : workflowOf(house, id);
    await handle.result().catch(() => undefined);
    if (name === 'watched')
      await write('watch', workflow.getHandle(watchWorkflowId({ userId: USER, conferenceId: id }, WATCHES_THE_END)));
    if (name !== 'long') return await write(name, handle);
    for (const [index, runId] of (await runsOf(house, id)).entries())
      await write(`${name}-${index + 1}`, workflow.getHandle(`conference/${USER}/${id}`, runId));
  } finally {
    await house.close();
  }
}

async function write(name: string, handle: WorkflowHandle): Promise<void> {
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify(history, withoutMachine, 1)}\n`);
  const { status, historyLength } = await handle.describe();
  process.stdout.write(`${name}: ${status.name}, ${historyLength} events\n`);
}

/** Leaves out whose process did something, and where its code was: replaying needs neither. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace') return '';
  return typeof value === 'string' ? value.replace(/^\d+@.*?(?=-[0-9a-f]{32}$|$)/, 'recorder') : value;
}

const names = process.argv.slice(2);
const known = [...Object.keys(scenarios), 'long'];
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`No such scenario: ${unknown.join(', ')}. There are ${known.join(', ')}.\n`);
  process.exit(1);
}
const wanted = (name: string) => names.length === 0 || names.includes(name);
await globalSetup();
try {
  for (const [name, scenario] of Object.entries(scenarios)) if (wanted(name)) await record(name, scenario);
  if (wanted('long')) await record('long', long);
} finally {
  await globalTeardown();
}
