import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { connectToTemporal } from '../../src/client/index.ts';
import { conferenceWorkflowId, parseWorkflowId } from '../../src/workflows/messages.ts';
import { each, openStories } from '../support/town/story.ts';
import { openTown, USER, type Town } from '../support/town/town.ts';
import { until } from '../support/until.ts';

const logLine = z.looseObject({
  msg: z.string(),
  conferenceId: z.string().optional(),
  userId: z.string().optional(),
  workflowId: z.string().optional(),
});

/** Lines of a running gateway or worker that are about no conference. */
const GENERAL = [
  /^ready on /,
  /^listening at /,
  /^Temporal has what conferences need$/,
  /^Temporal at .*: it (does not answer|answers)/,
  /^the platform answers$/,
  /^The platform at .* \(PLATFORM_URL\) /,
  /^the journal (can be written again|has room again|was not closed in order)/,
  /^the journal cannot be written/,
  /^\d+ callbacks wait in the journal/,
  // A create call that has come to nothing: no conference was begun.
  /^POST \/v1\/users\/:userId\/conferences was answered 503/,
  /^whether all keys are there that open conferences hold is not known: /,
  // The engine's own.
  /^gRPC call poll_\w+ retried \d+ times$/,
];

/** All that gateway and worker have logged, and the lines of it that are about no conference, though they should. */
function linesOf(town: Town) {
  const lines = [town.gateway, town.worker].flatMap((part) =>
    part
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => logLine.parse(JSON.parse(line))),
  );
  const isWhole = ({ conferenceId, userId, workflowId = '' }: z.output<typeof logLine>) =>
    conferenceId !== undefined &&
    userId === USER &&
    parseWorkflowId(workflowId).conferenceId === conferenceId &&
    parseWorkflowId(workflowId).userId === userId;
  const isGeneral = ({ msg, conferenceId }: z.output<typeof logLine>) =>
    conferenceId === undefined && !msg.includes('conf-') && GENERAL.some((general) => general.test(msg));
  return { lines, lacking: lines.filter((line) => !isGeneral(line) && !isWhole(line)) };
}

test('conference, account and workflow stand on every line of gateway, bridge, worker and activities that is about a conference', async () => {
  const town = await openTown();
  try {
    const stories = await openStories(town, 2);
    const [story] = stories;
    if (story === undefined) throw new Error('there is a story');
    // A customer who fails, so that gateway and worker both say so.
    town.customer.answer(story.path, 503);
    await each(stories, 'middle');
    await until('the worker has failed to deliver', () =>
      town.worker.hasSaid(/could not be delivered: callbackUrl: 503/),
    );
    // A platform that fails, for the API's and the activities' errors.
    await town.controls.fault({ answer: { status: 500 }, times: 20 });
    expect(await story.askToEnd()).toBeGreaterThanOrEqual(200);
    await town.controls.endFaults();
    // Temporal away: the forwarder's line, and the API's.
    const { client, close } = connectToTemporal({ address: town.temporalAddress }, 'default');
    const ids = { userId: USER, conferenceId: story.conferenceId };
    expect((await client.workflow.getHandle(conferenceWorkflowId(ids)).describe()).status.name).toBe('RUNNING');
    await close();
    await town.temporal.kill();
    await Promise.all(stories.map((one) => one.somebodyHangsUp()));
    await until('callbacks wait', async () => (await town.readiness()).journal.waiting > 0);
    await until('the forwarder says that it waits', () => town.gateway.hasSaid(/Temporal does not take callbacks/));
    await story.askToEnd().catch(() => 0);
    await until('the API says so', () => town.gateway.hasSaid(/\/conferences\/:conferenceId was answered 503/));
    // Somebody guesses a callback URL.
    await town.ask('POST', `/callbacks/${USER}/${story.conferenceId}/primary/guessed`, { eventType: 'dtmf' });
    await until('the bridge says so', () => town.gateway.hasSaid(/signature in the URL of a callback does not fit/));
    await town.temporal.start();
    town.customer.answer(story.path, 200);
    await each(stories, 'end');
    await until('the conference is over', () => town.worker.hasSaid(/the conference is completed/));

    const { lines, lacking } = linesOf(town);
    expect(lacking).toEqual([]);
    const about = (pattern: RegExp) =>
      lines.some(({ msg, workflowId }) => workflowId !== undefined && pattern.test(msg));
    expect(
      [/→ callbackUrl 200/, /the conference is completed/, /was answered 503/, /does not take/].map(about),
    ).toEqual([...[true, true, true, true]]);
  } finally {
    await town.close();
  }
}, 600_000);
