import { join, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { isPlatformId } from './catapult/paths.ts';
import { RETRY_WINDOW_MS } from './conference/budget.ts';
import { Failure, reasonOf } from './failure.ts';

const HOUR_MS = 3_600_000;

const port = (fallback: number) =>
  z
    .string()
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, {
      error: 'wants a port number from 0 to 65535',
    })
    .transform(Number)
    .default(fallback);
const httpUrl = z.url({ protocol: /^https?$/, error: 'wants an http:// or https:// URL' });
/** What is called is `{base}/v1/users/…` or `{base}/callbacks/…`. */
const baseUrl = httpUrl
  .refine((text) => !/\/v1(\/|$)/.test(text), {
    error: 'wants the base without /v1: what is called is {base}/v1/users/…',
  })
  .refine((text) => !/[?#]/.test(text), { error: 'wants a URL without ? and #: paths are put after it' });
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const networks = list.refine((all) => all.every((network) => ipaddr.isValidCIDR(network)), {
  error: 'wants networks such as 10.0.0.0/8, comma-separated',
});

const BOTH_CANNOT_BE =
  'wants ACK_AFTER=journal: with ACK_AFTER=temporal a conference has an event before anybody delivers it';

/** Every setting of every part; the README's table explains them. Tests and the SDK read TEMPORAL_* settings besides. */
export const settings = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: port(8080),
    SANDBOX_PORT: port(8181),
    ASTERISK_PORT: port(8282),
    ASTERISK_ARI_URL: httpUrl
      .refine((text) => /^https?:\/\/[^/@:]+:[^/@:]+@[^/]+\/(.+\/)?ari\/?$/.test(text), {
        error: 'wants the address with user and password, such as http://convoke:secret@127.0.0.1:8088/ari',
      })
      .optional(),
    ASTERISK_ENDPOINT: z
      .string()
      .regex(/^[\w-]+$/, { error: 'wants the name of a PJSIP endpoint' })
      .default('trunk'),
    ASTERISK_SIP_PORT: port(5060),
    ASTERISK_SOUNDS_DIR: z.string().optional(),
    ASTERISK_SPEECH_COMMAND: z.string().optional(),
    TEMPORAL_PORT: port(7233),
    TEMPORAL_UI_PORT: port(8233),
    TEMPORAL_ADDRESS: z.string().optional(),
    // The SDK takes any other word for "no", and sends in clear text what was to be kept secret.
    TEMPORAL_TLS: z.enum(['true', 'false', '1', '0'], { error: 'wants true or false' }).optional(),
    TEMPORAL_CLI_PATH: z.string().optional(),
    CONVOKE_DATA_DIR: z.string().default('.convoke'),
    PLATFORM_URL: baseUrl.optional(),
    PLATFORM_USER_ID: z
      .string()
      .refine(isPlatformId, { error: 'wants an id, and "." or ".." in a path is none' })
      .default('u-platform'),
    // Of `token:secret` in a request the first colon ends the token.
    PLATFORM_TOKEN: z
      .string()
      .regex(/^[^:]+$/, { error: 'wants a token without ":"' })
      .default('t-platform'),
    PLATFORM_SECRET: z.string().default('s-platform'),
    PUBLIC_URL: baseUrl.optional(),
    BRIDGE_FALLBACK_URL: baseUrl.optional(),
    ACK_AFTER: z.enum(['journal', 'temporal'], { error: 'wants journal or temporal' }).default('journal'),
    DELIVER_FROM: z.enum(['gateway', 'worker'], { error: 'wants gateway or worker' }).optional(),
    JOURNAL_DIR: z.string().optional(),
    ACCOUNTS_FILE: z.string().optional(),
    CONVOKE_ACCOUNTS: list.default(['u-local']),
    CALLBACK_KEYS: list.optional(),
    CALLBACK_ALLOWED_NETWORKS: networks.optional(),
    TRUSTED_PROXIES: networks.optional(),
    RECONCILE_PER_MINUTE: z
      .string()
      .refine((text) => /^\d{1,6}$/.test(text) && Number(text) > 0, { error: 'wants a whole number from 1 to 999999' })
      .transform(Number)
      .default(10),
    RETRY_HOURS: z
      .string()
      .refine((text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 168, {
        error: 'wants a whole number of hours from 1 to 168',
      })
      .transform(Number)
      .default(RETRY_WINDOW_MS / HOUR_MS),
    NEXUS_ACCOUNTS: list.optional(),
    LOG_LEVEL: z
      .enum(['debug', 'info', 'warn', 'error'], { error: 'wants debug, info, warn or error' })
      .default('info'),
  })
  .refine(({ ACK_AFTER, DELIVER_FROM }) => ACK_AFTER === 'journal' || DELIVER_FROM !== 'gateway', {
    path: ['DELIVER_FROM'],
    error: BOTH_CANNOT_BE,
  });

export type Config = ReturnType<typeof readConfig>;

type Environment = Readonly<Record<string, string | undefined>>;

/** What a client of conferences needs. A backend service has settings of its own, such as HOST and PORT, which say nothing of Temporal. */
const { CONVOKE_ACCOUNTS, RETRY_HOURS, TEMPORAL_PORT, TEMPORAL_TLS } = settings.shape;
const clientSettings = z.object({ CONVOKE_ACCOUNTS, RETRY_HOURS, TEMPORAL_PORT, TEMPORAL_TLS });

/**
 * Reads what a client of conferences needs, and nothing else.
 * @throws Failure as {@link readConfig} does.
 */
export function readClientConfig(environment: Environment = process.env) {
  const given = givenIn(environment);
  const s = parsed(clientSettings, given);
  const { connectionOptions, namespace = 'default' } = temporalConnection(given);
  const { address = hostAndPort('127.0.0.1', s.TEMPORAL_PORT) } = connectionOptions;
  return {
    accounts: new Set(s.CONVOKE_ACCOUNTS),
    retryWindowMs: s.RETRY_HOURS * HOUR_MS,
    temporal: { namespace, connectionOptions: { ...connectionOptions, address } },
  };
}

/**
 * Reads every setting from the environment. An empty value counts as absent.
 * @throws Failure naming each setting that is wrong, what it got and what it wants.
 */
export function readConfig(environment: Environment = process.env) {
  const given = givenIn(environment);
  const s = parsed(settings, given);
  const connection = temporalConnection(given);
  const gatewayUrl = `http://${hostAndPort(s.HOST, s.PORT)}`;
  return {
    host: s.HOST,
    /** Whether only this machine can reach what listens there. */
    isLoopback: s.HOST === 'localhost' || s.HOST === '::1' || /^127(\.\d+){3}$/.test(s.HOST),
    port: s.PORT,
    sandboxPort: s.SANDBOX_PORT,
    asterisk: asteriskSettings(s),
    dataDir: resolve(s.CONVOKE_DATA_DIR),
    logLevel: s.LOG_LEVEL,
    temporal: {
      /** Set when the operator names a server; then none is started here. */
      external: connection.connectionOptions.address !== undefined,
      port: s.TEMPORAL_PORT,
      uiPort: s.TEMPORAL_UI_PORT,
      cliPath: s.TEMPORAL_CLI_PATH,
      databaseFile: join(resolve(s.CONVOKE_DATA_DIR), 'temporal.db'),
      namespace: connection.namespace ?? 'default',
      connectionOptions: {
        ...connection.connectionOptions,
        address: connection.connectionOptions.address ?? hostAndPort(s.HOST, s.TEMPORAL_PORT),
      },
    },
    platform: {
      url: s.PLATFORM_URL ?? `http://${hostAndPort(s.HOST, s.SANDBOX_PORT)}`,
      userId: s.PLATFORM_USER_ID,
      token: s.PLATFORM_TOKEN,
      secret: s.PLATFORM_SECRET,
    },
    /** How long events of new conferences are tried (ms). */
    retryWindowMs: s.RETRY_HOURS * HOUR_MS,
    /** How many conferences all workers together ask the platform for, at most. */
    reconcilePerMinute: s.RECONCILE_PER_MINUTE,
    /** Where customers and the platform reach this gateway; undefined means: as the client's Host header says. */
    publicUrl: s.PUBLIC_URL,
    bridge: {
      primaryUrl: s.PUBLIC_URL ?? gatewayUrl,
      fallbackUrl: s.BRIDGE_FALLBACK_URL ?? s.PUBLIC_URL ?? gatewayUrl,
    },
    ackAfter: s.ACK_AFTER,
    /** Who delivers events while all goes well. */
    deliverFrom: s.DELIVER_FROM ?? (s.ACK_AFTER === 'temporal' ? 'worker' : 'gateway'),
    journalDir: resolve(s.JOURNAL_DIR ?? join(s.CONVOKE_DATA_DIR, 'journal')),
    accountsFile: s.ACCOUNTS_FILE,
    callbackKeys: s.CALLBACK_KEYS,
    /** Networks (CIDR) beyond the public internet that customers' URLs may reach. */
    allowedNetworks: s.CALLBACK_ALLOWED_NETWORKS ?? (s.ACCOUNTS_FILE === undefined ? ['127.0.0.0/8', '::1/128'] : []),
    /** Networks (CIDR) of the proxies in front of the gateway: what they say of where a request comes from is taken. */
    trustedProxies: s.TRUSTED_PROXIES ?? [],
    /** The accounts for which workflows of others may act, through Nexus: the local one, where all is local. */
    nexusAccounts:
      s.NEXUS_ACCOUNTS ??
      (s.ACCOUNTS_FILE === undefined && connection.connectionOptions.address === undefined ? ['u-local'] : []),
  };
}

function givenIn(environment: Environment): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value !== undefined && value !== '') given[name] = value;
  return given;
}

function parsed<Schema extends z.ZodType>(schema: Schema, given: Record<string, string>): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}: got "${given[name] ?? ''}", ${message}`;
  });
  throw new Failure(`Settings are wrong:\n  ${lines.join('\n  ')}`);
}

/** What the platform on an Asterisk needs. */
function asteriskSettings(s: z.output<typeof settings>) {
  const folder = join(resolve(s.CONVOKE_DATA_DIR), 'asterisk');
  return {
    port: s.ASTERISK_PORT,
    /** Set when the operator names one; then none is started here. */
    ariUrl: s.ASTERISK_ARI_URL,
    /** Through which calls go out. */
    endpoint: s.ASTERISK_ENDPOINT,
    /** Where an Asterisk that is started here takes calls, by UDP. */
    sipPort: s.ASTERISK_SIP_PORT,
    folder,
    soundsDir: resolve(s.ASTERISK_SOUNDS_DIR ?? join(folder, 'sounds')),
    speechCommand: s.ASTERISK_SPEECH_COMMAND,
  };
}

/**
 * The SDK's own settings, looked at as a whole: what it cannot use would end a part later, in words that name no setting.
 * @throws Failure naming the setting, or what the SDK says of them.
 */
function temporalConnection(given: Record<string, string>): ReturnType<typeof loadClientConnectConfig> {
  const connection = loaded(() => loadClientConnectConfig({ overrideEnvVars: given }));
  const { address, tls } = connection.connectionOptions;
  if (address !== undefined && !/^(\[[\da-f:.]+\]|[^\s:/]+)(:\d{1,5})?$/i.test(address)) {
    throw new Failure(`TEMPORAL_ADDRESS: got "${address}", wants a host and a port such as 127.0.0.1:7233.`);
  }
  if (typeof tls === 'object' && tls !== null) {
    const pem = (bytes?: Uint8Array) => (bytes === undefined ? undefined : Buffer.from(bytes));
    const { serverRootCACertificate: ca, clientCertPair } = tls;
    loaded(() => createSecureContext({ ca: pem(ca), cert: pem(clientCertPair?.crt), key: pem(clientCertPair?.key) }));
  }
  return connection;
}

function loaded<Value>(load: () => Value): Value {
  try {
    return load();
  } catch (error) {
    const which = 'TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE, or a TEMPORAL_TLS_* setting';
    throw new Failure(`The settings for Temporal cannot be used: ${reasonOf(error)} (see ${which}).`, { cause: error });
  }
}

/** Which Temporal that is, with the settings that name it: how an error about it begins. */
export function temporalInWords({ temporal: { connectionOptions, namespace } }: Config): string {
  return `Temporal at ${connectionOptions.address} (TEMPORAL_ADDRESS), namespace ${namespace} (TEMPORAL_NAMESPACE)`;
}

/** A host and port as they stand in a URL: an IPv6 address in brackets, a wildcard as the loopback address it includes. */
export function hostAndPort(host: string, port: number): string {
  if (host === '0.0.0.0') return `127.0.0.1:${port}`;
  if (host === '::') return `[::1]:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
