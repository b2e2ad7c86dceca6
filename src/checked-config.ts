import { loadAccounts } from './accounts/accounts.ts';
import { readConfig, refuseUnsafe, type Config } from './config.ts';
import { unsafeInAccount } from './unsafe.ts';

/**
 * The settings that a part, or a tool, is started with.
 * @returns them, and in sentences what of them is unsafe and was allowed.
 * @throws Failure, or AccountsError, where they are wrong, or unsafe and not allowed.
 */
export function checkedConfig(part: string): { config: Config; warnings: string[] } {
  const config = readConfig();
  const hasSecrets = config.accountsFile !== undefined && ['gateway', 'worker'].includes(part);
  const accounts = hasSecrets ? loadAccounts(config.accountsFile, config.accountsKeys).all() : [];
  return { config, warnings: refuseUnsafe(part, config, accounts.flatMap(unsafeInAccount)) };
}
