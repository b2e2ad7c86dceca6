import { statSync } from 'node:fs';
import type { Logger } from '../telemetry/log.ts';
import { readAccounts, type Accounts } from './accounts.ts';
import { changesBetween, type AccountChange } from './changes.ts';
import type { SealingKeys } from './sealed.ts';

/** How often it is looked whether the file has changed: a token that is revoked is refused within 10 s, at every gateway. */
const LOOKED_AT_EVERY_MS = 2_000;

/**
 * Reads the file of accounts again when it has changed, and on SIGHUP. One that is wrong changes nothing, and is told. Each change goes to
 * `onChange`.
 * @returns how to stop that.
 */
export function watchAccounts(
  accounts: Accounts,
  file: string | undefined,
  keys: SealingKeys,
  logger: Pick<Logger, 'info' | 'error'>,
  onChange: (change: AccountChange) => void = () => undefined,
): () => void {
  if (file === undefined) return () => undefined;
  let seen = stampOf(file);
  const readAgain = () => {
    seen = stampOf(file);
    try {
      const all = readAccounts(file, keys);
      const changes = changesBetween(accounts.all(), all);
      accounts.replace(all);
      changes.forEach(onChange);
      logger.info(`ACCOUNTS_FILE: ${file} has been read again: ${all.length} accounts`);
    } catch (error) {
      logger.error(`${String(error)}. The accounts stay as they were.`);
    }
  };
  const timer = setInterval(() => (stampOf(file) === seen ? undefined : readAgain()), LOOKED_AT_EVERY_MS).unref();
  process.on('SIGHUP', readAgain);
  return () => {
    clearInterval(timer);
    process.off('SIGHUP', readAgain);
  };
}

/** By what a file differs from one that has taken its place; links lead to where they lead now. */
function stampOf(file: string): string {
  const known = statSync(file, { throwIfNoEntry: false });
  return known === undefined ? 'gone' : [known.mtimeMs, known.size, known.ino].join();
}
