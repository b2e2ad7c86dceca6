import { accountsNow } from './accounts/open.ts';
import { readConfig, refuseUnsafe, type Config } from './config.ts';
import { WrongSettings } from './failure.ts';
import { unsafeInAccount, type Found } from './unsafe.ts';

/**
 * The settings that a part, or a tool, is started with.
 * @returns them, and in sentences what of them is unsafe and was allowed.
 * @throws Failure, or AccountsError, where they are wrong, or unsafe and not allowed.
 */
export async function checkedConfig(
  part: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ config: Config; warnings: string[] }> {
  const config = configFor(part, environment);
  const isRead = config.hasAccounts && ['gateway', 'worker'].includes(part);
  // Before anybody is asked for accounts with a password.
  if (!isRead || config.accountsUrl !== undefined) {
    const warnings = refuseUnsafe(part, config);
    if (!isRead) return { config, warnings };
  }
  const inAccounts = await unsafeAccounts(config).catch((error: unknown) => {
    refuseUnsafe(part, config);
    throw error;
  });
  return { config, warnings: refuseUnsafe(part, config, inAccounts) };
}

/** @throws WrongSettings with all that is wrong or unsafe: nobody is to find one after the other. */
function configFor(part: string, environment: Readonly<Record<string, string | undefined>>): Config {
  try {
    return readConfig(environment);
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error;
    const { problems, names } = error;
    try {
      refuseUnsafe(part, readConfig(environment, names));
    } catch (more) {
      if (!(more instanceof WrongSettings)) throw error;
      const others = more.problems.filter((one) => !names.some((name) => one.startsWith(`${name}:`)));
      throw new WrongSettings([...new Set([...problems, ...others])], names);
    }
    throw error;
  }
}

async function unsafeAccounts(config: Config): Promise<Found[]> {
  const setting = config.accountsUrl === undefined ? 'ACCOUNTS_FILE' : 'ACCOUNTS_URL';
  return (await accountsNow(config)).all().flatMap((account) => unsafeInAccount(account, setting));
}
