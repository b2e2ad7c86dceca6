import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import { conferenceWorkflowId } from '../../../src/workflows/messages.ts';
import { deliveryOf } from '../customer.ts';
import type { Evidence, OurConference } from './count.ts';
import type { Story } from './story.ts';

import { USER, type Town } from './town.ts';
import { keepHistory } from '../histories.ts';
import { until } from '../until.ts';

/* Waits until all is over, and collects what there is at both ends. */

const view = z.object({
  conference: z.object({ phase: z.string(), reason: z.string().optional() }),
  events: z.object({ accepted: z.number(), madeUp: z.number(), repeated: z.number() }).optional(),
});

/** A conference as its workflow tells. */
export interface ToldConference extends OurConference {
  reason?: string | undefined;
}

/** Each look asks for every conference (ms). */
const LOOK_EVERY = 500;

/** Resolves when every workflow of these conferences has closed and the platform has no callback left to send. */
export async function settled(town: Town, stories: Story[], within = 180_000): Promise<void> {
  await withClient(town, (client) =>
    until(
      'every conference is over and every callback sent',
      async () => {
        // In the order in which an event goes, so that none is behind what was looked at.
        const waiting = await town.callbacksUnderWay();
        if (waiting > 0) throw new Error(`${waiting} callbacks wait on the platform or in a journal`);
        const open = await stillOpen(client, stories);
        if (open.length > 0) throw new Error(`these go on: ${open.join(', ')}`);
        const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`);
        if (count > 0) throw new Error(`${count} workflows run, aftercare perhaps`);
        return true;
      },
      within,
      LOOK_EVERY,
    ),
  );
}

async function stillOpen(client: Client, stories: Story[]): Promise<string[]> {
  const found = await Promise.all(
    stories.map(async ({ conferenceId }) => {
      const { status } = await handleOf(client, { conferenceId }).describe();
      return status.name === 'RUNNING' ? [conferenceId] : [];
    }),
  );
  return found.flat();
}

/** The latest run of each of these conferences, as one text: it differs when one has taken over from another. */
export async function runsOf(town: Town, stories: Story[]): Promise<string> {
  return await withClient(town, async (client) => {
    const latest = await Promise.all(stories.map((story) => handleOf(client, story).describe()));
    return latest.map(({ runId }) => runId).join(' ');
  });
}

/** What there is at both ends, now. */
export async function collect(town: Town, stories: Story[]): Promise<Evidence & { conferences: ToldConference[] }> {
  return {
    conferences: await viewsOf(town, stories),
    platform: await town.controls.conferences(),
    calls: await town.controls.calls(),
    deliveries: stories.flatMap((story) => story.received().map((one) => deliveryOf(one, story.conferenceId))),
  };
}

/** The conferences as their workflows show them, open or closed. */
export async function viewsOf(town: Town, stories: Story[]): Promise<ToldConference[]> {
  return await withClient(town, (client) =>
    Promise.all(
      stories.map(async ({ conferenceId }) => {
        const handle = handleOf(client, { conferenceId });
        const { conference, events } = await until(`${conferenceId} tells of itself`, async () =>
          view.parse(await handle.query('conference')),
        ).catch(async (error: unknown) => {
          throw new Error(`its history is kept in ${await keepHistory(handle)}`, { cause: error });
        });
        return { conferenceId, ...conference, events };
      }),
    ),
  );
}

function handleOf(client: Client, { conferenceId }: Pick<Story, 'conferenceId'>): WorkflowHandle {
  return client.workflow.getHandle(conferenceWorkflowId({ userId: USER, conferenceId }));
}

/** A connection that is made anew each time: Temporal may have been away. */
export async function withClient<Value>(
  { temporalAddress }: Town,
  work: (client: Client) => Promise<Value>,
): Promise<Value> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
