import { SAME_KEYPRESS_MS, STOP_DEAD_WITHIN_MS, STOP_WITHIN_MS } from './budget.ts';
import { checkedConfig } from './checked-config.ts';
import { closeToOthers } from './data-directory.ts';
import { Failure } from './failure.ts';
import type { RunningPart, StartPart } from './part.ts';
import { createLogger } from './telemetry/log.ts';
import { terminalText } from './telemetry/terminal.ts';

/** Whose files others may have to read: an Asterisk plays what is written for it. The parts that `start` begins see to theirs themselves. */
const SHARING = ['asterisk', 'start'];

/**
 * Runs one part until SIGINT, SIGTERM, the loss of the parent that started it, or its own death; exit code 1 for the last, whatever
 * it is that died, so that a supervisor starts it again. It stops in order, but not for ever; a second signal ends it at once.
 */
export async function runPart(name: string, load: () => Promise<StartPart>): Promise<void> {
  // It stops each of its parts within a time, and hears of a second Ctrl-C itself.
  const stopsInTime = name === 'start';
  if (!SHARING.includes(name)) process.umask(0o077);
  const stopRequested = stopRequest(stopsInTime);
  // A parent that is gone reads no more; that must not keep a part from stopping in order.
  process.stdout.on('error', () => undefined);
  let part: RunningPart | undefined;
  try {
    const { config, warnings } = await checkedConfig(name);
    closeToOthers(config.dataDir);
    const logger = createLogger(name, config.logLevel);
    for (const warning of warnings) logger.warn(warning);
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        logger.fatal({ err: error }, 'something went wrong that nobody was prepared for');
        process.exit(1);
      });
    }
    part = await (await load())(config, logger);
    if (part.address !== undefined) logger.info(`ready on ${part.address}`);
    process.send?.({ ready: true });
    await Promise.race([stopRequested, ...(part.died === undefined ? [] : [part.died])]);
  } catch (error) {
    printError(error);
    if (part !== undefined) await within(STOP_DEAD_WITHIN_MS, part.stop()).catch(() => undefined);
    process.exit(1);
  }
  try {
    await (stopsInTime ? part.stop() : within(STOP_WITHIN_MS, part.stop()));
    process.exit(0);
  } catch (error) {
    printError(error);
    process.exit(1);
  }
}

function stopRequest(stopsInTime: boolean): Promise<void> {
  return new Promise((resolve) => {
    let asked = Infinity;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (!stopsInTime && performance.now() - asked > SAME_KEYPRESS_MS) process.exit(1);
        asked = Math.min(asked, performance.now());
        resolve();
      });
    }
    if (process.channel !== undefined) process.on('disconnect', () => resolve());
  });
}

async function within(milliseconds: number, stopped: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Failure(`It did not stop within ${milliseconds / 1000} s.`)), milliseconds);
  });
  await Promise.race([stopped, late]).finally(() => clearTimeout(timer));
}

/** Tells a person why a process ends. A Failure and its like carry no stack: their message says all. */
export function printError(error: unknown): void {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${terminalText(what, { keepLines: true })}\n`);
}
