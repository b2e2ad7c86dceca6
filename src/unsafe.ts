import { statSync } from 'node:fs';
import { LOCAL_ACCOUNT, type Account } from './accounts/accounts.ts';
import type { Unsafe } from './settings.ts';

/* What a deployment must not be started with by mistake: each is refused in a sentence, unless ALLOW_UNSAFE names it. */

/** Those that are published with Convoke. */
const EXAMPLES = [
  'change-this-to-a-secret-of-your-own',
  's-demo-change-me',
  'whsec_ZXhhbXBsZS13ZWJob29rLXNlY3JldC1jaGFuZ2UtbWU=',
];
const LOCAL_SECRETS = [LOCAL_ACCOUNT.secret, LOCAL_ACCOUNT.webhookSecret];

const WEAK_BITS = 128;

/** Something unsafe: which setting, and what is wrong with it. */
export interface Found {
  unsafe: Unsafe;
  setting: string;
  problem: string;
}

/** What of these settings is unsafe for a part. */
export function unsafeIn(
  part: string,
  {
    isLoopback,
    host,
    callbackKeys = [],
    operator,
    accountsFile,
    accountsUrl,
    tls,
    publicUrl,
    temporal,
  }: {
    isLoopback: boolean;
    host: string;
    callbackKeys?: readonly string[] | undefined;
    operator?: { secret: string } | undefined;
    accountsFile?: string | undefined;
    accountsUrl?: string | undefined;
    tls?: { keyFile: string } | undefined;
    publicUrl?: string | undefined;
    temporal: { address: string; isEncrypted: boolean; keyFile?: string | undefined };
  },
): Found[] {
  const servesCustomers = part === 'gateway' || part === 'worker';
  const isOpen = !isLoopback && part in OPEN;
  const usesTemporal = servesCustomers || !['sandbox', 'asterisk', 'temporal', 'codec'].includes(part);
  return [
    isOpen ? openHost(part, host) : [],
    servesCustomers
      ? callbackKeys.flatMap((key) => inSecret('CALLBACK_KEYS', secretOf(key), 'openssl rand -base64 32'))
      : [],
    part === 'gateway' && operator !== undefined
      ? inSecret('OPERATOR_SECRET', operator.secret, 'openssl rand -base64 32')
      : [],
    servesCustomers && accountsFile !== undefined ? readable('ACCOUNTS_FILE', accountsFile) : [],
    part === 'gateway' && tls !== undefined ? readable('TLS_KEY_FILE', tls.keyFile) : [],
    accountsUrl === undefined ? [] : plaintextAccounts(new URL(accountsUrl)),
    servesCustomers && (accountsFile ?? accountsUrl) !== undefined && publicUrl === undefined ? [NO_PUBLIC_URL] : [],
    usesTemporal && !temporal.isEncrypted && !isLoopbackAddress(temporal.address) ? plaintext(temporal.address) : [],
    usesTemporal && temporal.keyFile !== undefined ? readable('TEMPORAL_TLS_CLIENT_KEY_PATH', temporal.keyFile) : [],
  ].flat();
}

/** What of an account is unsafe. */
export function unsafeInAccount(
  { userId, secret, webhookSecret, previousWebhookSecret }: Account,
  setting = 'ACCOUNTS_FILE',
): Found[] {
  const make = `one such as "openssl rand -base64 32" makes, in the account ${userId}`;
  const secrets = [secret, webhookSecret, previousWebhookSecret].filter((one) => one !== undefined);
  return secrets.flatMap((one) => inSecret(setting, one, make));
}

/** A file with secrets that everybody on the machine can read. */
export function readable(setting: string, file: string): Found[] {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform === 'win32' || (mode & 0o007) === 0) return [];
  const problem = `everybody on this machine can use ${file}, wants "chmod o= ${file}"`;
  return [{ unsafe: 'readable-files', setting, problem }];
}

/** How many bits of chance a secret has at most, by the characters that it is written in. */
export function bitsOf(secret: string): number {
  const encoded = secret.replace(/^whsec_/, '');
  const kinds = [/^[0-9]+$/, /^[0-9a-f]+$/i, /^[0-9a-z]+$/i, /^[\w+/=-]+$/];
  const sizes = [10, 16, 62, 64];
  const kind = kinds.findIndex((one) => one.test(encoded));
  const ofKind = encoded.length * Math.log2(sizes[kind] ?? 94);
  // "aaaa…" is long, and no secret.
  const different = new Set(encoded).size;
  return Math.min(ofKind, encoded.length * Math.log2(different) * 2);
}

function secretOf(key: string): string {
  return key.slice(key.indexOf(':') + 1);
}

function inSecret(setting: string, secret: string, make: string): Found[] {
  if (EXAMPLES.includes(secret) || LOCAL_SECRETS.includes(secret))
    return [
      { unsafe: 'example-secrets', setting, problem: `a secret in it is published as an example, wants ${make}` },
    ];
  if (bitsOf(secret) >= WEAK_BITS) return [];
  return [
    { unsafe: 'weak-secrets', setting, problem: `a secret in it has less than ${WEAK_BITS} bits, wants ${make}` },
  ];
}

/** What others must not reach, and why. */
const OPEN: Record<string, string> = {
  sandbox: 'the sandbox, which lets everybody do everything',
  temporal: 'Temporal, which lets everybody do everything',
  codec: 'the codec endpoint, which sends what it opens unencrypted',
};

function openHost(part: string, host: string): Found[] {
  const problem = `got "${host}", where others reach ${OPEN[part] ?? ''}: wants 127.0.0.1`;
  return [{ unsafe: 'open-host', setting: 'HOST', problem }];
}

const NO_PUBLIC_URL: Found = {
  unsafe: 'no-public-url',
  setting: 'PUBLIC_URL',
  problem: 'got none beside accounts of your own, wants the URL at which customers and the platform reach the gateway',
};

function plaintext(address: string): Found[] {
  const problem = `got "${address}", and nothing that encrypts the connection: wants TEMPORAL_TLS=true, and certificates if need be`;
  return [{ unsafe: 'plaintext-temporal', setting: 'TEMPORAL_ADDRESS', problem }];
}

/** A host may be the name of a file, too: a socket of this machine. */
function plaintextAccounts({ hostname, searchParams }: URL): Found[] {
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  const isEncrypted = /^(require|verify-ca|verify-full)$/.test(searchParams.get('sslmode') ?? '');
  if (isEncrypted || host === '' || host.startsWith('/') || isLoopbackAddress(host)) return [];
  const problem = `got the host "${host}", and nothing that encrypts the connection: wants ?sslmode=verify-full behind it`;
  return [{ unsafe: 'plaintext-accounts', setting: 'ACCOUNTS_URL', problem }];
}

function isLoopbackAddress(address: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(address);
}
