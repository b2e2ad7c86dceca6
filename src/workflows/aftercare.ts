import { CancellationScope, condition, log, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import { eventName, saidBy } from '../catapult/events.ts';
import { closedOf, type Closed } from '../conference/carry.ts';
import { complete } from './activity-calls.ts';
import { AFTERCARE_OPEN_MS } from './budget.ts';
import { callbacksSignal, eventIndexQuery, parseWorkflowId, stateQuery, type AftercareInput } from './messages.ts';
import { Run } from './run.ts';
import { onSignal, refuseUnfitStart, whyNoAftercare, whyUnfit } from './unfit.ts';

/**
 * Looks after a conference whose own workflow has closed: what comes late is classified and delivered by the same rules,
 * from the state in which the conference closed, and a conference that is created on the platform now is completed. Started
 * by the signal that finds the conference closed, and over when that is dealt with.
 */
export async function aftercare(input: AftercareInput): Promise<Closed | undefined> {
  refuseUnfitStart(whyNoAftercare(input));
  const { state } = input;
  if (state === undefined) return await completeOrphans();
  const run = new Run({ state });
  return await CancellationScope.nonCancellable(async () => {
    await sleep(AFTERCARE_OPEN_MS);
    return closedOf(await run.untilOver(), workflowInfo());
  });
}

/** Of a conference that nobody remembers only this is certain: what is created for it now belongs to nobody. */
async function completeOrphans(): Promise<undefined> {
  const { conferenceId } = parseWorkflowId(workflowInfo().workflowId);
  const found = new Set<string>();
  let open = 0;
  setHandler(stateQuery, () => null);
  setHandler(eventIndexQuery, () => null);
  onSignal(callbacksSignal, whyUnfit.batch, ({ receipts }) => {
    for (const receipt of receipts) {
      const event = saidBy(receipt.event);
      log.info(`${eventName(event)} came after the end of ${conferenceId}, of which nothing is known any more`);
      const isCreated = event.eventType === 'conference' && event.status === 'created';
      if (event.conferenceId === undefined || !isCreated || found.has(event.conferenceId)) continue;
      found.add(event.conferenceId);
      open += 1;
      void complete(event.conferenceId, {}).then(() => (open -= 1));
    }
  });
  await condition(() => open === 0);
}
