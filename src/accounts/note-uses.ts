import type { Logger } from '../telemetry/log.ts';
import type { Accounts } from './accounts.ts';
import type { AccountsStore } from './store.ts';

/** How often it is noted at most: it shows which token nobody uses any more, and days count for that. */
const NOTED_EVERY_MS = 60_000;

/**
 * Has it noted from time to time when tokens were used last. That it cannot be is logged once, and keeps nobody from anything.
 * @returns how to stop that; what is known is noted once more.
 */
export function noteTokenUses(
  accounts: Accounts,
  store: Pick<AccountsStore, 'noteUses' | 'name'>,
  logger: Pick<Logger, 'warn'>,
): () => Promise<void> {
  let hasWarned = false;
  const note = async () => {
    const uses = accounts.takeUses();
    if (uses === undefined) return;
    try {
      await store.noteUses(uses);
    } catch (error) {
      if (!hasWarned) logger.warn(`${store.name}: it cannot be noted when tokens are used: ${String(error)}`);
      hasWarned = true;
    }
  };
  const timer = setInterval(() => void note(), NOTED_EVERY_MS).unref();
  return async () => {
    clearInterval(timer);
    await note();
  };
}
