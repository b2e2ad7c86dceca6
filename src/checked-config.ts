import { accountsNow } from './accounts/open.ts';
import { readConfig, refuseUnsafe, type Config } from './config.ts';
import { unsafeInAccount } from './unsafe.ts';

/**
 * The settings that a part, or a tool, is started with.
 * @returns them, and in sentences what of them is unsafe and was allowed.
 * @throws Failure, or AccountsError, where they are wrong, or unsafe and not allowed.
 */
export async function checkedConfig(part: string): Promise<{ config: Config; warnings: string[] }> {
  const config = readConfig();
  // Before anybody is asked for accounts with a password.
  const warnings = refuseUnsafe(part, config);
  if (!config.hasAccounts || !['gateway', 'worker'].includes(part)) return { config, warnings };
  const setting = config.accountsUrl === undefined ? 'ACCOUNTS_FILE' : 'ACCOUNTS_URL';
  const accounts = (await accountsNow(config)).all();
  const inAccounts = accounts.flatMap((account) => unsafeInAccount(account, setting));
  return { config, warnings: refuseUnsafe(part, config, inAccounts) };
}
