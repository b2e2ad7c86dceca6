import { z } from 'zod';
import { sealingKeys, told } from './setting-kinds.ts';

/** Who may use a gateway, and what is written down of that. */
export const accountsSettings = {
  ACCOUNTS_FILE: told(
    z.string().optional(),
    'the local account',
    'a JSON file of [accounts](#accounts), which `convoke accounts` makes. It is read again when it changes, and on SIGHUP. Workers and gateways need the same accounts; events of an account that a worker does not know wait, unsent. Without the file there is one account, `u-local` with `t-local:s-local`, whose secrets are public, and which has no limits',
  ),
  ACCOUNTS_URL: told(
    z.url({ protocol: /^postgres(ql)?$/, error: 'wants postgres://user:password@host/database' }).optional(),
    'none',
    'instead of `ACCOUNTS_FILE`: a PostgreSQL database with the accounts, for gateways and workers on many machines ([accounts in PostgreSQL](#accounts-in-postgresql)). Beyond this machine it wants `?sslmode=verify-full`',
  ),
  AUDIT_LOG: told(
    z.string().optional(),
    'none',
    'a file to which a gateway writes each request of an account and each change of accounts, and `convoke accounts` what it does: [a line of JSON each](production.md#the-audit-log)',
  ),
  ACCOUNTS_KEYS: told(
    sealingKeys.optional(),
    'none',
    '`keyId:` and the base64 of 32 bytes, comma-separated: what opens the secrets that are sealed in `ACCOUNTS_FILE` or `ACCOUNTS_URL`. The first key seals those that `convoke accounts` makes',
  ),
};
