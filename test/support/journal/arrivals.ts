import type { Arrival } from '../../../src/gateway/entries.ts';
import type { Journal } from '../../../src/gateway/journal.ts';

/** A callback that a test tells by its number. */
export const arrival = (number: number, note = ''): Arrival => ({
  userId: 'u-1',
  conferenceId: `conf-${number % 3}`,
  channel: 'primary',
  attemptId: 'run.1',
  arrivedAt: Date.now(),
  digest: `digest-${number}`,
  event: { eventType: 'dtmf', number, note },
});

/** The numbers of what waits in a journal and can be read. */
export async function numbersIn(journal: Journal): Promise<unknown[]> {
  return (await journal.read(journal.entries())).map(({ event }) => event['number']);
}
