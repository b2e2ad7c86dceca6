import { DefaultLogger, type Logger as SdkLogger, type LogLevel } from '@temporalio/worker';
import type { Logger } from './log.ts';

const levels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const satisfies Record<
  LogLevel,
  string
>;

/**
 * The Temporal SDK's log lines, those of workflows and activities among them, as ours: with the conference's id. What the
 * SDK tells of its own progress is for debugging.
 */
export function temporalLogger(logger: Logger): SdkLogger {
  return new DefaultLogger('DEBUG', ({ level, message, meta = {} }) => {
    const conferenceId = /^(?:conference|aftercare)\/[^/]+\/([^/]+)$/.exec(String(meta['workflowId']))?.[1];
    const err: unknown = meta['error'];
    const fields = { ...(conferenceId === undefined ? {} : { conferenceId }), ...(err === undefined ? {} : { err }) };
    const ofItself = level === 'INFO' && conferenceId === undefined;
    logger[ofItself ? 'debug' : levels[level]](fields, message);
  });
}
