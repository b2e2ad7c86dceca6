import { pino, type DestinationStream, type Logger } from 'pino';
import { readable } from './readable.ts';

export type { Logger };

/**
 * The logger of one part. A line is one JSON object, or one readable sentence where a person watches (a terminal).
 * Lines about a conference carry its `conferenceId`.
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
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
