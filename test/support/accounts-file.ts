import { Accounts, LOCAL_ACCOUNT, readAccounts } from '../../src/accounts/accounts.ts';
import type { SealingKeys } from '../../src/accounts/sealed.ts';

/** The accounts that stand in a file; the local one alone without a file. @throws AccountsError */
export function loadAccounts(file: string | undefined, keys: SealingKeys = new Map()): Accounts {
  return new Accounts(file === undefined ? [LOCAL_ACCOUNT] : readAccounts(file, keys));
}
