import { createNexusServiceClient, defineQuery, isCancellation, setHandler } from '@temporalio/workflow';
import { conferenceErrorOf, conferences, type ConferenceError, type CreateInput } from '../../../src/nexus/service/index.ts';

/* Workflows of another team, in a namespace of its own: they know Convoke by src/nexus/service/index.ts alone. */

export type Operation = keyof (typeof conferences)['operations'];

/** One operation, as the test says; what it is given may be anything. */
export interface Errand {
  endpoint: string;
  operation: Operation;
  input: unknown;
  scheduleToCloseTimeout?: string | undefined;
}

export type Outcome = { answer: unknown } | { error: ConferenceError } | { cancelled: true } | { failed: string };

/** Calls one operation and tells what became of it; when it is cancelled, so is the operation. */
export async function errand({
  endpoint,
  operation,
  input,
  scheduleToCloseTimeout = '1 minute',
}: Errand): Promise<Outcome> {
  const client = createNexusServiceClient({ service: conferences, endpoint });
  try {
    return { answer: await client.executeOperation(operation, input as never, { scheduleToCloseTimeout }) };
  } catch (error) {
    if (isCancellation(error)) return { cancelled: true };
    const said = conferenceErrorOf(error);
    return said === undefined ? { failed: chainOf(error) } : { error: said };
  }
}

/** An error with all its causes, in one line. */
function chainOf(error: unknown): string {
  const names: string[] = [];
  for (let one = error; one instanceof Error; one = one.cause) names.push(`${one.name}: ${one.message}`);
  return names.join(' <- ');
}

/** What a `meeting` has come to know so far. */
export interface Progress {
  conferenceId?: string;
  three?: unknown;
  end?: unknown;
}

export const progressQuery = defineQuery<Progress>('progress');

/** Holds a conference, waits for three members, then for its end. */
export async function meeting(endpoint: string, input: CreateInput): Promise<Progress> {
  const client = createNexusServiceClient({ service: conferences, endpoint });
  const progress: Progress = {};
  setHandler(progressQuery, () => progress);
  const { conferenceId } = await client.executeOperation('create', input);
  progress.conferenceId = conferenceId;
  const held = client.executeOperation('hold', input);
  progress.three = await client.executeOperation('waitFor', { conferenceId, members: 3 });
  progress.end = await held;
  return progress;
}
