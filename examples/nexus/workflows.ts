import { createNexusServiceClient, workflowInfo } from '@temporalio/workflow';
// In a project of your own: from 'convoke/nexus'.
import { conferences, type Held } from '../../src/nexus/service/index.ts';

/** Brings people together in a conference, waits until all are in it, and ends it: with what became of it. */
export async function call(endpoint: string, from: string, people: string[]): Promise<Held> {
  const convoke = createNexusServiceClient({ service: conferences, endpoint });
  // The same name through all retries and resets of this workflow: there is one conference.
  const request = { requestId: workflowInfo().workflowId, from, tag: 'through Nexus' };
  const { conferenceId } = await convoke.executeOperation('create', request);
  const held = convoke.executeOperation('hold', request);
  for (const to of people)
    await convoke.executeOperation('dial', { requestId: `${request.requestId}/${to}`, conferenceId, from, to });
  await convoke.executeOperation(
    'waitFor',
    { conferenceId, members: people.length },
    { scheduleToCloseTimeout: '5 minutes' },
  );
  await convoke.executeOperation('end', { conferenceId });
  return await held;
}
