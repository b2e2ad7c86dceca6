import { pino, type DestinationStream, type Logger } from 'pino';
import { readable } from './readable.ts';

export type { Logger };

/** The parts whose conferences have workflows: a platform's own have none. */
const WITH_WORKFLOWS = ['gateway', 'worker'];

/**
 * The logger of one part. A line is one JSON object, or one readable sentence where a person watches (a terminal).
 * Lines about a conference carry its `conferenceId`, its account's `userId` and, of gateway and worker, its `workflowId`.
 */
export function createLogger(part: string, level: string, stream: NodeJS.WriteStream = process.stdout): Logger {
  const destination: DestinationStream = stream.isTTY
    ? { write: (line) => void stream.write(`${readable(line, true)}\n`) }
    : stream;
  return pino(
    {
      level,
      base: { part },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: WITH_WORKFLOWS.includes(part) ? withWorkflowId : (about) => about,
      },
    },
    destination,
  );
}

/** What a line is about, with the id of its conference's workflow (made as src/workflows/messages.ts makes it). */
export function withWorkflowId(about: Record<string, unknown>): Record<string, unknown> {
  const { conferenceId, userId, workflowId } = about;
  if (typeof conferenceId !== 'string' || typeof userId !== 'string' || workflowId !== undefined) return about;
  return { ...about, workflowId: `conference/${userId}/${conferenceId}` };
}
