import type { Account } from '../../accounts/accounts.ts';
import { accountsNow } from '../../accounts/open.ts';
import { ENDS_SOON_MS } from '../../budget.ts';
import { reasonOf } from '../../failure.ts';
import { unsafeInAccount } from '../../unsafe.ts';
import { ok, warning, wrong, type Check, type Finding, type Patient } from '../finding.ts';

export const settingsChecks: Check[] = [
  {
    name: 'settings',
    look({ warnings }) {
      const unsafe = warnings.map((found) => warning(found, 'Do what it wants, and take it out of ALLOW_UNSAFE.'));
      return Promise.resolve(unsafe.length > 0 ? unsafe : [ok('The settings can be used, and none is unsafe.')]);
    },
  },
  {
    name: 'accounts',
    look: (patient) => ofAccounts(patient),
  },
  {
    name: 'audit-log',
    look({ config: { auditLog } }) {
      if (auditLog !== undefined) return Promise.resolve([ok(`Requests and changes of accounts go to ${auditLog}.`)]);
      const advice = 'Set AUDIT_LOG on each gateway to a file of its own, and where you run convoke accounts.';
      return Promise.resolve([warning('Nobody writes down what accounts do.', advice)]);
    },
  },
];

async function ofAccounts({ config }: Patient): Promise<Finding[]> {
  if (!config.hasAccounts)
    return [
      wrong(
        'There is only the local account, whose secrets are public.',
        'Set ACCOUNTS_FILE or ACCOUNTS_URL; convoke accounts add makes accounts.',
      ),
    ];
  let accounts: Account[];
  try {
    accounts = (await accountsNow(config)).all();
  } catch (error) {
    return [
      wrong(
        reasonOf(error),
        'See ACCOUNTS_FILE, ACCOUNTS_URL and ACCOUNTS_KEYS; convoke accounts list tries the same.',
      ),
    ];
  }
  const found = [
    ...accounts.flatMap(ofTokens),
    ...accounts.flatMap((account) =>
      unsafeInAccount(account).map(({ problem }) => warning(`The accounts: ${problem}.`, 'Change that secret.')),
    ),
    ...(config.accountsKeys.size > 0
      ? []
      : [
          warning(
            'Webhook secrets stand in the accounts as they are.',
            'Set ACCOUNTS_KEYS alike on gateways and workers: then: convoke accounts seal.',
          ),
        ]),
  ];
  return found.length > 0 ? found : [ok(`${accounts.length} accounts have tokens that fit.`)];
}

function ofTokens({ userId, token, tokens = [] }: Account): Finding[] {
  const now = Date.now();
  const endsAt = ({ expires }: { expires?: string | undefined }) =>
    expires === undefined ? Infinity : Date.parse(expires);
  const advice = `convoke accounts rotate ${userId}, then revoke the old one.`;
  const plain =
    token === undefined
      ? []
      : [warning(`The secret of the token ${token} of ${userId} stands in the accounts as it is.`, advice)];
  const ending = tokens
    .filter((one) => endsAt(one) < now + ENDS_SOON_MS)
    .map((one) =>
      warning(
        `The token ${one.id} of ${userId} ${endsAt(one) < now ? 'has expired' : 'expires'} at ${one.expires ?? ''}.`,
        advice,
      ),
    );
  const isAnyLeft = token !== undefined || tokens.some((one) => endsAt(one) > now);
  const none = warning(`No token of ${userId} fits any more.`, `convoke accounts rotate ${userId}`);
  return [...plain, ...ending, ...(isAnyLeft ? [] : [none])];
}
