import { DefaultLogger, type Logger as SdkLogger, type LogLevel } from '@temporalio/worker';
import type { Logger } from './log.ts';

/** The worker that only reads the platform has no workflows, and is not to have any. */
const AS_MEANT = 'No workflows registered, not polling for workflow tasks';

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
    const conferenceId = /^(?:conference|aftercare)\/[^/]+\/([^/]+)/.exec(String(meta['workflowId']))?.[1];
    const ofItself = (level === 'INFO' && conferenceId === undefined) || message === AS_MEANT;
    logger[ofItself ? 'debug' : levels[level]]({ conferenceId, err: meta['error'] }, message);
  });
}
