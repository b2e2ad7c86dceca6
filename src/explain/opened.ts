import type { Client } from '@temporalio/client';
import { arrayFromPayloads, type LoadedDataConverter, type Payload } from '@temporalio/common';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';

/* What lies in a history, as values: opened where it is sealed. */

type History = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistory']>>['history'];
export type HistoryEvent = NonNullable<NonNullable<History>['events']>[number];
export type Failure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

async function decoded(payloads: Payload[], { payloadCodecs }: LoadedDataConverter): Promise<Payload[]> {
  let opened = payloads;
  for (const codec of payloadCodecs.toReversed()) opened = await codec.decode(opened);
  return opened;
}

/**
 * The values of what a signal, an update or an activity was given, or what came of it; none where one cannot be read (workflows/unreadable.ts).
 * @throws Error where they are sealed, and here is no key.
 */
export async function valuesOf(
  payloads: Payload[] | null | undefined,
  converter: LoadedDataConverter,
): Promise<unknown[]> {
  const opened = await decoded(payloads ?? [], converter);
  try {
    return arrayFromPayloads(converter.payloadConverter, opened);
  } catch (error) {
    if (opened.some(isSealed)) throw error;
    return [];
  }
}

function isSealed({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.['encoding'] ?? []).toString() === 'binary/encrypted';
}

export async function errorOf(failure: Failure, converter: LoadedDataConverter): Promise<Error | undefined> {
  return await decodeOptionalFailureToOptionalError(converter, failure);
}

/** The words that are shown with something in the Temporal UI. */
export async function summaryOf(
  { userMetadata }: { userMetadata?: { summary?: Payload | null } | null },
  converter: LoadedDataConverter,
): Promise<string | undefined> {
  const [summary] = await valuesOf(userMetadata?.summary ? [userMetadata.summary] : [], converter);
  return typeof summary === 'string' ? summary : undefined;
}
