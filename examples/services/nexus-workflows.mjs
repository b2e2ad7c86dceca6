import { createNexusServiceClient, workflowInfo } from '@temporalio/workflow';
import { conferences } from 'convoke/nexus';

/** Brings people together in a conference, waits until all are in it, and ends it: with what became of it. */
export async function call(endpoint, from, people) {
  const convoke = createNexusServiceClient({ service: conferences, endpoint });
  // The same name through all retries and resets of this workflow: there is one conference, which ends after an hour whatever happens.
  const request = { requestId: workflowInfo().workflowId, from, tag: 'through Nexus', maxDuration: 3600 };
  const soon = { scheduleToCloseTimeout: '1 minute' };
  const { conferenceId } = await convoke.executeOperation('create', request, soon);
  await convoke.executeOperation(
    'waitFor',
    { conferenceId, phase: 'created' },
    { scheduleToCloseTimeout: '5 minutes' },
  );
  const held = convoke.executeOperation('hold', request);
  for (const to of people)
    await convoke.executeOperation('dial', { requestId: `${request.requestId}/${to}`, conferenceId, from, to }, soon);
  const all = { conferenceId, members: people.length };
  await convoke.executeOperation('waitFor', all, { scheduleToCloseTimeout: '5 minutes' });
  await convoke.executeOperation('end', { conferenceId }, soon);
  return await held;
}
