import { condition, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { eventName } from '../catapult/events.ts';
import { callbacksSignal, parseWorkflowId } from './messages.ts';
import { complete } from './work.ts';

/**
 * Looks after a conference whose own workflow has closed: one that is created on the platform now belongs to nobody and is
 * completed. Started by the signal that finds the conference closed, and over when that is dealt with.
 */
export async function aftercare(): Promise<void> {
  const { conferenceId } = parseWorkflowId(workflowInfo().workflowId);
  const found = new Set<string>();
  let open = 0;
  setHandler(callbacksSignal, ({ receipts }) => {
    for (const { event } of receipts) {
      log.info(`${eventName(event)} came after the end of ${conferenceId}`);
      const isCreated = event.eventType === 'conference' && event.status === 'created';
      if (event.conferenceId === undefined || !isCreated || found.has(event.conferenceId)) continue;
      found.add(event.conferenceId);
      open += 1;
      void complete(event.conferenceId).then(() => (open -= 1));
    }
  });
  await condition(() => open === 0);
}
