import { DefaultLogger, type Logger as SdkLogger, type LogLevel } from '@temporalio/worker';
import type { Logger } from './log.ts';

/**
 * The worker that only reads the platform has no workflows, that of Nexus no activities either, and they are not to have any. What a workflow
 * of others is refused goes to whom it concerns; what fails on our side is logged by itself.
 */
const AS_MEANT = [
  'No workflows registered, not polling for workflow tasks',
  'No activities registered, not polling for activity tasks',
  'Nexus handler invocation failed',
];

const levels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const satisfies Record<
  LogLevel,
  string
>;

/**
 * The Temporal SDK's log lines, those of workflows and activities among them, as ours: with the conference's ids. What the
 * SDK tells of its own progress is for debugging, and so are errors that say `harmless`.
 */
export function temporalLogger(logger: Logger, harmless: string): SdkLogger {
  return new DefaultLogger('DEBUG', ({ level, message, meta = {} }) => {
    const { error } = meta;
    const about = aboutConference(meta);
    const ofItself = (level === 'INFO' && about.conferenceId === undefined) || AS_MEANT.includes(message);
    const isHarmless = error instanceof Error && error.message.includes(harmless);
    logger[ofItself || isHarmless ? 'debug' : levels[level]]({ ...about, err: error }, message);
  });
}

/** Which conference a line is about: the SDK names the workflow, and who works for a conference otherwise the conference. */
function aboutConference({ workflowId, userId, conferenceId }: Record<string, unknown>): Record<string, unknown> {
  const [, ofUser, ofConference] =
    /^(?:conference|aftercare|hold|watch)\/([^/]+)\/([^/]+)/.exec(String(workflowId)) ?? [];
  return ofConference === undefined
    ? { userId, conferenceId }
    : { conferenceId: ofConference, userId: ofUser, workflowId };
}
