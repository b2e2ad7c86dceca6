import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { log, type ActivateInput, type Next, type WorkflowInternalsInterceptor } from '@temporalio/workflow';

/*
 * The SDK reads what a workflow is started with and signalled before any of our code can refuse it, and a workflow task in which it cannot is
 * tried for ever. What nobody can read, because it is no JSON or of an encoding that there is not, is taken as if nothing had been given: that
 * is refused, or left out, like everything that is unfit (unfit.ts). A history in which such a thing was read by the SDK has no task after it, so
 * none replays in another way. (Of an update the SDK refuses it itself.)
 */

/** What is sealed with a key that this worker does not have waits for a worker that has it. */
const SEALED = 'binary/encrypted';

export class UnreadableIsNothing implements WorkflowInternalsInterceptor {
  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    for (const { initializeWorkflow, signalWorkflow } of input.activation.jobs ?? []) {
      if (initializeWorkflow?.arguments?.some(isUnreadable) === true) initializeWorkflow.arguments = [];
      if (signalWorkflow?.input?.some(isUnreadable) !== true) continue;
      log.warn(`what came with a signal "${signalWorkflow.signalName ?? ''}" cannot be read`);
      signalWorkflow.input = [];
    }
    next(input);
  }
}

function isUnreadable(payload: Payload): boolean {
  if (new TextDecoder().decode(payload.metadata?.['encoding'] ?? new Uint8Array()) === SEALED) return false;
  try {
    defaultPayloadConverter.fromPayload(payload);
    return false;
  } catch {
    return true;
  }
}
