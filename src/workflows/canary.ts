import { setHandler } from '@temporalio/workflow';
import { aliveQuery } from './messages.ts';

/** Does nothing, and is asked after its end: an answer shows that some worker takes work and does it. */
export async function canary(): Promise<void> {
  setHandler(aliveQuery, () => true);
}
