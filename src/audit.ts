import type { Config } from './config.ts';
import { Failure, reasonOf } from './failure.ts';
import { openAuditLog, type AuditLog } from './telemetry/audit-log.ts';
import type { Logger } from './telemetry/log.ts';

/** The audit log of the settings; undefined where there is to be none. @throws Failure where it cannot be written. */
export async function auditLogOf(
  { auditLog }: Pick<Config, 'auditLog'>,
  logger: Pick<Logger, 'error' | 'info'>,
): Promise<AuditLog | undefined> {
  if (auditLog === undefined) return undefined;
  return await openAuditLog(auditLog, logger).catch((error: unknown) => {
    throw new Failure(`AUDIT_LOG: ${auditLog} cannot be written: ${reasonOf(error)}`);
  });
}
