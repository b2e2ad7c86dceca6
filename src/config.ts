import { join, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { sealingKeysOf } from './accounts/sealed.ts';
import { portsOf } from './delivery/guard.ts';
import { Failure, reasonOf, WrongSettings } from './failure.ts';
import { HOUR_MS, SECRETS, settings, UNSAFE, type Unsafe } from './settings.ts';
import { withSettingsFile } from './settings-file.ts';
import { unsafeIn, type Found } from './unsafe.ts';

const BOTH_CANNOT_BE =
  'wants ACK_AFTER=journal: with ACK_AFTER=temporal a conference has an event before anybody delivers it';

const fittingSettings = settings
  .refine(({ ACK_AFTER, DELIVER_FROM }) => ACK_AFTER === 'journal' || DELIVER_FROM !== 'gateway', {
    path: ['DELIVER_FROM'],
    error: BOTH_CANNOT_BE,
  })
  .refine(({ OPERATOR_TOKEN, OPERATOR_SECRET }) => (OPERATOR_TOKEN === undefined) === (OPERATOR_SECRET === undefined), {
    path: ['OPERATOR_SECRET'],
    error: 'wants OPERATOR_TOKEN and OPERATOR_SECRET together, or none of them',
  })
  .refine(({ TLS_CERT_FILE, TLS_KEY_FILE }) => (TLS_CERT_FILE === undefined) === (TLS_KEY_FILE === undefined), {
    path: ['TLS_KEY_FILE'],
    error: 'wants TLS_CERT_FILE and TLS_KEY_FILE together, or none of them',
  })
  .refine(({ ACCOUNTS_FILE, ACCOUNTS_URL }) => ACCOUNTS_FILE === undefined || ACCOUNTS_URL === undefined, {
    path: ['ACCOUNTS_URL'],
    error: 'wants no ACCOUNTS_FILE beside it: accounts are in one place',
  });

export type Config = ReturnType<typeof readConfig>;

type Environment = Readonly<Record<string, string | undefined>>;

/** What a client of conferences needs. A backend service has settings of its own, such as HOST and PORT, which say nothing of Temporal. */
const { CONVOKE_ACCOUNTS, PAYLOAD_KEYS, RETRY_HOURS, TEMPORAL_PORT, TEMPORAL_TLS } = settings.shape;
const clientSettings = z.object({ CONVOKE_ACCOUNTS, PAYLOAD_KEYS, RETRY_HOURS, TEMPORAL_PORT, TEMPORAL_TLS });

/**
 * Reads what a client of conferences needs, and nothing else.
 * @throws Failure as {@link readConfig} does.
 */
export function readClientConfig(environment: Environment = process.env) {
  const given = givenIn(environment);
  const { s, connection } = allOrNothing(clientSettings, given);
  const { connectionOptions, namespace = 'default' } = connection;
  const { address = hostAndPort('127.0.0.1', s.TEMPORAL_PORT) } = connectionOptions;
  return {
    accounts: new Set(s.CONVOKE_ACCOUNTS),
    retryWindowMs: s.RETRY_HOURS * HOUR_MS,
    temporal: { namespace, payloadKeys: payloadKeysOf(s), connectionOptions: { ...connectionOptions, address } },
  };
}

/**
 * Reads every setting, from the environment and from the file that SETTINGS_FILE names. An empty value counts as absent.
 * @throws Failure naming each setting that is wrong, what it got and what it wants.
 */
export function readConfig(environment: Environment = process.env, without: readonly string[] = []) {
  const given = givenIn(withSettingsFile(environment), without);
  const { s, connection } = allOrNothing(fittingSettings, given);
  const gatewayUrl = `${tlsFilesIn(s) === undefined ? 'http' : 'https'}://${hostAndPort(s.HOST, s.PORT)}`;
  return {
    host: s.HOST,
    /** Whether only this machine can reach what listens there. */
    isLoopback: isLoopbackHost(s.HOST),
    port: s.PORT,
    sandboxPort: s.SANDBOX_PORT,
    asterisk: asteriskSettings(s),
    dataDir: resolve(s.CONVOKE_DATA_DIR),
    logLevel: s.LOG_LEVEL,
    metrics: metricsSettings(s),
    tracesTo: s.OTEL_EXPORTER_OTLP_ENDPOINT,
    temporal: temporalSettings(s, connection, given),
    codec: codecSettings(s),
    platform: {
      url: s.PLATFORM_URL ?? `http://${hostAndPort(s.HOST, s.SANDBOX_PORT)}`,
      userId: s.PLATFORM_USER_ID,
      token: s.PLATFORM_TOKEN,
      secret: s.PLATFORM_SECRET,
    },
    /** Where the sandbox of these settings is. */
    sandboxUrl: `http://${hostAndPort(s.HOST, s.SANDBOX_PORT)}`,
    /** How long events of new conferences are tried (ms). */
    retryWindowMs: s.RETRY_HOURS * HOUR_MS,
    /** How long conferences last that do not say (seconds). */
    defaultMaxDuration: s.DEFAULT_MAX_DURATION,
    /** How many conferences all workers together ask the platform for, at most. */
    reconcilePerMinute: s.RECONCILE_PER_MINUTE,
    /** Where customers and the platform reach this gateway; undefined means: as the client's Host header says. */
    publicUrl: s.PUBLIC_URL,
    bridge: {
      primaryUrl: s.PUBLIC_URL ?? gatewayUrl,
      fallbackUrl: s.BRIDGE_FALLBACK_URL ?? s.PUBLIC_URL ?? gatewayUrl,
    },
    ackAfter: s.ACK_AFTER,
    allowUnsafe: s.ALLOW_UNSAFE as Unsafe[],
    /** Who delivers events while all goes well. */
    deliverFrom: s.DELIVER_FROM ?? (s.ACK_AFTER === 'temporal' ? 'worker' : 'gateway'),
    journalDir: resolve(s.JOURNAL_DIR ?? join(s.CONVOKE_DATA_DIR, 'journal')),
    accountsFile: s.ACCOUNTS_FILE,
    accountsUrl: s.ACCOUNTS_URL,
    /** Whether there are accounts beside the local one, whose secrets are public. */
    hasAccounts: hasAccounts(s),
    tls: tlsFilesIn(s),
    auditLog: s.AUDIT_LOG === undefined ? undefined : resolve(s.AUDIT_LOG),
    operator: operatorIn(s),
    accountsKeys: sealingKeysOf(s.ACCOUNTS_KEYS ?? []),
    callbackKeys: s.CALLBACK_KEYS,
    /** Networks (CIDR) beyond the public internet that customers' URLs may reach. */
    allowedNetworks: s.CALLBACK_ALLOWED_NETWORKS ?? localNetworks(s),
    /** Those of them whose failed answers customers may read. */
    readableNetworks: s.CALLBACK_ALLOWED_NETWORKS === undefined ? localNetworks(s) : [],
    /** What customers' URLs may not be, wherever they lead. */
    targetRules: {
      denied: s.CALLBACK_DENIED_NETWORKS,
      ports: portsOf(s.CALLBACK_PORTS),
      httpsOnly: s.CALLBACK_HTTPS_ONLY === 'true',
    },
    /** Networks (CIDR) from which the platform's callbacks are taken; undefined: from everywhere. */
    platformNetworks: s.PLATFORM_NETWORKS,
    /** Networks (CIDR) of the proxies in front of the gateway: what they say of where a request comes from is taken. */
    trustedProxies: s.TRUSTED_PROXIES ?? [],
    /** The accounts for which workflows of others may act, through Nexus: the local one, where all is local. */
    nexusAccounts:
      s.NEXUS_ACCOUNTS ?? (!hasAccounts(s) && connection.connectionOptions.address === undefined ? ['u-local'] : []),
  };
}

function payloadKeysOf({ PAYLOAD_KEYS }: { PAYLOAD_KEYS?: string[] | undefined }) {
  return PAYLOAD_KEYS && sealingKeysOf(PAYLOAD_KEYS);
}

/** Who may look at all accounts; nobody unless both are set. */
function operatorIn({ OPERATOR_TOKEN: token, OPERATOR_SECRET: secret }: z.output<typeof settings>) {
  return token === undefined || secret === undefined ? undefined : { token, secret };
}

function givenIn(environment: Environment, without: readonly string[] = []): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && value !== '' && !without.includes(name)) given[name] = value;
  return given;
}

type Connection = ReturnType<typeof loadClientConnectConfig>;

/** Everything that is wrong is told at once, or nothing is. */
function allOrNothing<Schema extends z.ZodType>(schema: Schema, given: Record<string, string>) {
  const result = schema.safeParse(given);
  const issues = result.error?.issues ?? [];
  const problems = issues.map(({ path, message }) => {
    const name = String(path[0]);
    const got = SECRETS.includes(name) ? 'a value that is not shown' : `"${given[name] ?? ''}"`;
    return `${name}: got ${got}, ${message}`;
  });
  let connection: Connection | undefined;
  try {
    connection = temporalConnection(given);
  } catch (error) {
    problems.push(reasonOf(error));
  }
  if (result.success && connection !== undefined) return { s: result.data, connection };
  throw new WrongSettings(
    problems,
    issues.map(({ path }) => String(path[0])),
  );
}

/**
 * Looks for what is unsafe in a part's settings, and in the accounts that it has read.
 * @returns what ALLOW_UNSAFE lets pass, in sentences.
 * @throws Failure naming each that it does not.
 */
export function refuseUnsafe(part: string, config: Config, inAccounts: readonly Found[] = []): string[] {
  const { address, tls } = config.temporal.connectionOptions;
  const temporal = {
    address,
    isEncrypted: tls !== undefined && tls !== null && tls !== false,
    keyFile: config.temporal.keyFile,
  };
  return refuseFound(config, [...unsafeIn(part, { ...config, temporal }), ...inAccounts]);
}

/** The same for what has been found. */
export function refuseFound(config: Pick<Config, 'allowUnsafe'>, found: readonly Found[]): string[] {
  const isAllowed = ({ unsafe }: Found) => config.allowUnsafe.includes(unsafe);
  const inWords = ({ setting, problem, unsafe }: Found) =>
    `${setting}: ${problem} (or ALLOW_UNSAFE=${unsafe}: ${UNSAFE[unsafe].replaceAll('`', '')}).`;
  const refused = found.filter((one) => !isAllowed(one));
  if (refused.length > 0) throw new WrongSettings(refused.map(inWords));
  return found.map(({ setting, problem, unsafe }) => `${setting}: ${problem}; ALLOW_UNSAFE=${unsafe} lets it pass.`);
}

/** The gateway's certificate and its key; undefined where it speaks plain HTTP. */
function tlsFilesIn({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: z.output<typeof settings>) {
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

/** Where there is only the local account, its URLs are on this machine. */
const localNetworks = (s: z.output<typeof settings>) => (hasAccounts(s) ? [] : ['127.0.0.0/8', '::1/128']);

function hasAccounts(s: z.output<typeof settings>): boolean {
  return s.ACCOUNTS_FILE !== undefined || s.ACCOUNTS_URL !== undefined;
}

/** Where each part serves its metrics; without a port it counts nothing. */
function metricsSettings(s: z.output<typeof settings>) {
  const { METRICS_HOST: host, GATEWAY_METRICS_PORT: gateway, WORKER_METRICS_PORT: worker } = s;
  return { host, isLoopback: isLoopbackHost(host), gateway, worker };
}

/** Which Temporal there is, or is to be started here. */
function temporalSettings(s: z.output<typeof settings>, connection: Connection, given: Record<string, string>) {
  return {
    /** Set when the operator names a server; then none is started here. */
    external: connection.connectionOptions.address !== undefined,
    port: s.TEMPORAL_PORT,
    uiPort: s.TEMPORAL_UI_PORT,
    cliPath: s.TEMPORAL_CLI_PATH,
    keyFile: given['TEMPORAL_TLS_CLIENT_KEY_PATH'],
    databaseFile: join(resolve(s.CONVOKE_DATA_DIR), 'temporal.db'),
    namespace: connection.namespace ?? 'default',
    /** What is written there is sealed with the first of them; undefined: it is not. */
    payloadKeys: payloadKeysOf(s),
    connectionOptions: {
      ...connection.connectionOptions,
      address: connection.connectionOptions.address ?? hostAndPort(s.HOST, s.TEMPORAL_PORT),
    },
  };
}

/** Who may have payloads opened, and where. */
function codecSettings({ CODEC_PORT, CODEC_ORIGINS, CODEC_TOKEN, TEMPORAL_UI_PORT }: z.output<typeof settings>) {
  const uiHere = ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${TEMPORAL_UI_PORT}`);
  return { port: CODEC_PORT, origins: CODEC_ORIGINS ?? uiHere, token: CODEC_TOKEN };
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
function temporalConnection(given: Record<string, string>): Connection {
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

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
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
