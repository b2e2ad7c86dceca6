import { Accounts, LOCAL_ACCOUNT } from './accounts.ts';
import type { SealingKeys } from './sealed.ts';
import { AccountsInFile, type AccountsStore } from './store.ts';

/** Where the settings say that accounts are. */
export interface AccountsPlace {
  accountsFile: string | undefined;
  accountsUrl: string | undefined;
  accountsKeys: SealingKeys;
}

/** Undefined where there is the local account only. */
export async function storeOf({
  accountsFile,
  accountsUrl,
  accountsKeys,
}: AccountsPlace): Promise<AccountsStore | undefined> {
  if (accountsFile !== undefined) return new AccountsInFile(accountsFile, accountsKeys);
  if (accountsUrl === undefined) return undefined;
  // Whoever has a file needs no client of PostgreSQL.
  const { AccountsInPostgres } = await import('./postgres.ts');
  return new AccountsInPostgres(accountsUrl, accountsKeys);
}

/** The accounts as they are now, and where they are kept. @throws AccountsError */
export async function openAccounts(
  place: AccountsPlace,
): Promise<{ accounts: Accounts; store: AccountsStore | undefined }> {
  const store = await storeOf(place);
  try {
    return { accounts: new Accounts(store === undefined ? [LOCAL_ACCOUNT] : await store.read()), store };
  } catch (error) {
    await store?.close();
    throw error;
  }
}

/** The accounts as they are now, for whoever looks once. @throws AccountsError */
export async function accountsNow(place: AccountsPlace): Promise<Accounts> {
  const { accounts, store } = await openAccounts(place);
  await store?.close();
  return accounts;
}
