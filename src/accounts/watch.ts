import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.ts';
import type { Accounts } from './accounts.ts';
import { changesBetween, type AccountChange } from './changes.ts';
import type { AccountsStore } from './store.ts';

/** How often it is looked whether they have changed: a token that is revoked is refused within 10 s, at every gateway. */
const LOOKED_AT_EVERY_MS = 2_000;

/** How often it is said that they cannot be read, while that is so. */
const WARNED_EVERY_MS = 60_000;

/**
 * Reads the accounts again when they have changed, and on SIGHUP. What cannot be read, or is wrong, changes nothing, and is told. Each change
 * goes to `onChange`.
 * @returns how to stop that.
 */
export function watchAccounts(
  accounts: Accounts,
  store: Pick<AccountsStore, 'name' | 'read' | 'version'>,
  logger: Pick<Logger, 'info' | 'error'>,
  onChange: (change: AccountChange) => void = () => undefined,
): () => Promise<void> {
  const stopped = new AbortController();
  let wake = new AbortController();
  let isAsked = false;
  let seen: string | undefined;
  let told: { why: string; at: number } | undefined;

  const look = async () => {
    const mustRead = isAsked || told !== undefined;
    isAsked = false;
    const version = await store.version();
    if (version === seen && !mustRead) return;
    // Before it is read: what changes meanwhile is read once more.
    const isFirst = seen === undefined;
    seen = version;
    const all = await store.read();
    const changes = changesBetween(accounts.all(), all);
    accounts.replace(all);
    changes.forEach(onChange);
    if (!isFirst || changes.length > 0) logger.info(`${store.name} has been read again: ${all.length} accounts`);
    told = undefined;
  };
  const tell = (why: string) => {
    const now = performance.now();
    if (told?.why === why && now < told.at + WARNED_EVERY_MS) return;
    told = { why, at: now };
    logger.error(`${why}. The accounts stay as they were.`);
  };
  const work = (async () => {
    while (!stopped.signal.aborted) {
      wake = new AbortController();
      await look().catch((error: unknown) => tell(error instanceof Error ? error.message : String(error)));
      await sleep(LOOKED_AT_EVERY_MS, undefined, { signal: wake.signal, ref: false }).catch(() => undefined);
    }
  })();
  const readAgain = () => {
    isAsked = true;
    wake.abort();
  };
  process.on('SIGHUP', readAgain);
  return async () => {
    process.off('SIGHUP', readAgain);
    stopped.abort();
    wake.abort();
    await work;
  };
}
