import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { Change, ChangeRequests, IdempotencyKey } from '../conference/state/changes.ts';
import type { LoggedEvent } from '../conference/state/event-log.ts';
import type { CallbackBatch, Input } from '../conference/state/inputs.ts';
import type { LeaseAsk } from '../conference/state/lease.ts';
import type { Awaited as Wanted } from '../conference/state/watchers.ts';
import { present } from '../catapult/present.ts';
import {
  begunUpdate,
  callbacksSignal,
  changeSignal,
  changesUpdate,
  createdUpdate,
  leaseUpdate,
  reconcileSignal,
  redeliverSignal,
  unwatchSignal,
  watchSignal,
} from '../workflows/messages.ts';
import { whyUnfit } from '../workflows/unfit.ts';
import { valuesOf, type HistoryEvent } from './opened.ts';

/* What comes to a conference, and what of it somebody outside has said, as its workflow takes it. */

/** What came of an activity. */
export type Outcome = { result: unknown } | { error: unknown; isCancelled: boolean };

/** Something that came: callbacks, any other input, the end of an activity (by its number in the history), the alarm. */
export type Came =
  | { is: 'callbacks'; batch: CallbackBatch }
  | { is: 'input'; input: Input }
  | { is: 'begun-awaited' }
  | { is: 'ended'; activity: string; outcome: Outcome }
  | { is: 'rang'; timer: 'alarm' | 'callbacks' | 'attempt' | 'wait' };

/**
 * What a signal has said, which is nothing where the workflow leaves it out, or an update that was accepted. Undefined for any other event.
 */
export async function saidIn(
  {
    workflowExecutionSignaledEventAttributes: signal,
    workflowExecutionUpdateAcceptedEventAttributes: update,
  }: HistoryEvent,
  converter: LoadedDataConverter,
): Promise<{ by: 'signal' | 'update'; came: Came[] } | undefined> {
  if (signal) return { by: 'signal', came: await signalled(signal.signalName, signal.input?.payloads, converter) };
  if (!update) return undefined;
  const { name, args } = update.acceptedRequest?.input ?? {};
  return { by: 'update', came: await updated(name, args?.payloads, converter) };
}

/** What a workflow leaves out, for it would break the rules (workflows/unfit.ts). */
function whyUnfitSignal(name: string, [first, second]: unknown[]): string | undefined {
  switch (name) {
    case callbacksSignal.name:
      return whyUnfit.batch(first);
    case changeSignal.name:
      return whyUnfit.change(first);
    case redeliverSignal.name:
      return whyUnfit.redelivery(first, second);
    case reconcileSignal.name:
      return whyUnfit.reason(first);
    case watchSignal.name:
      return whyUnfit.watch(first, second);
    case unwatchSignal.name:
      return whyUnfit.id(first);
    default:
      return 'it is none of ours';
  }
}

type Payloads = Payload[] | null | undefined;

async function signalled(
  name: string | null | undefined,
  payloads: Payloads,
  converter: LoadedDataConverter,
): Promise<Came[]> {
  const values = await valuesOf(payloads, converter);
  if (whyUnfitSignal(name ?? '', values) !== undefined) return [];
  const input = (of: Input): Came[] => [{ is: 'input', input: of }];
  switch (name ?? '') {
    case callbacksSignal.name:
      return [{ is: 'callbacks', batch: values[0] as CallbackBatch }];
    case changeSignal.name:
      return input({ type: 'change', change: values[0] as Change });
    case redeliverSignal.name: {
      const [records, key] = values as [LoggedEvent[], IdempotencyKey?];
      return input(present({ type: 'redeliver' as const, records, key }));
    }
    case reconcileSignal.name:
      return input({ type: 'reconcile', why: (values[0] as string | undefined) ?? 'somebody wants it' });
    case watchSignal.name:
      return input({ type: 'watch', id: values[0] as string, awaited: values[1] as Wanted });
    case unwatchSignal.name:
      return input({ type: 'unwatch', id: values[0] as string });
    default:
      return [];
  }
}

async function updated(
  name: string | null | undefined,
  payloads: Payloads,
  converter: LoadedDataConverter,
): Promise<Came[]> {
  const [value] = await valuesOf(payloads, converter);
  switch (name ?? '') {
    case createdUpdate.name:
      return [{ is: 'input', input: { type: 'creation-awaited' } }];
    case begunUpdate.name:
      return [{ is: 'begun-awaited' }];
    case leaseUpdate.name:
      return [{ is: 'input', input: { type: 'lease-asked', ask: value as LeaseAsk } }];
    case changesUpdate.name:
      return (value as ChangeRequests).requests.map((request) => ({
        is: 'input',
        input: { type: 'change', ...request },
      }));
    default:
      return [];
  }
}
