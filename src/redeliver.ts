import { TELL_EVERY_MS } from './budget.ts';
import { redeliverRequest } from './catapult/requests.ts';
import { connectToTemporal, Conferences, type Period } from './client/index.ts';
import { temporalInWords, type Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';

/**
 * `convoke redeliver`: has the dead letters of an account delivered again that were accepted between two times.
 * @throws Failure when a time is none, or Temporal does not answer.
 */
export async function redeliver(config: Config, userId: string, from?: string, to?: string): Promise<void> {
  const period = periodOf(from, to);
  const { connectionOptions, namespace, payloadKeys } = config.temporal;
  const { client, close } = connectToTemporal(connectionOptions, namespace, payloadKeys);
  let done = { conferences: 0, events: 0, refused: 0 };
  let printedAt = Date.now();
  try {
    for await (done of await new Conferences(client).redeliverDead(userId, period)) {
      if (Date.now() - printedAt < TELL_EVERY_MS) continue;
      printedAt = Date.now();
      process.stdout.write(`${done.events} events of ${done.conferences} conferences so far ...\n`);
    }
    process.stdout.write(
      `${done.events} events of ${done.conferences} conferences of ${userId} are delivered again.\n`,
    );
    if (done.refused > 0) process.stdout.write(`${done.refused} are not, since their conferences were terminated.\n`);
  } catch (error) {
    throw new Failure(`${temporalInWords(config)}, or its workers: ${reasonOf(error)}`);
  } finally {
    await close();
  }
}

function periodOf(from = new Date(0).toISOString(), to = new Date().toISOString()): Period {
  const { data: period } = redeliverRequest.safeParse({ from, to });
  if (period === undefined)
    throw new Failure(`"${from}" to "${to}" is no time: write it as 2026-01-31T12:00:00Z, the earlier one first.`);
  return period;
}
