import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LOOK_WITHIN_MS } from '../../budget.ts';
import { isAllowed } from '../../delivery/guard.ts';
import { CustomersNames } from '../../delivery/names.ts';
import { reasonOf } from '../../failure.ts';
import { HttpClient } from '../../http/client.ts';
import { verdictOf } from '../../platform/check.ts';
import { ok, open, warning, wrong, type Check, type Finding, type Patient } from '../finding.ts';
import { skewIn, timeIn } from './clock.ts';

export const networkChecks: Check[] = [
  {
    name: 'platform',
    look: ({ config }) => withHttp((http) => ofPlatform(http, config)),
  },
  {
    name: 'clock',
    look: ({ config }) =>
      withHttp(async (http) => {
        const { date, from, to } = await ask(http, config.platform.url);
        const time = timeIn(date, { from, to });
        if (time !== undefined) return [skewIn('the platform', time)];
        return [open('The platform does not say what time it has.', 'Compare the clocks yourself.')];
      }),
  },
  {
    name: 'public-url',
    look: ({ config }) => withHttp((http) => ofPublicUrls(http, config)),
  },
  {
    name: 'proxies',
    look: ({ config }) => Promise.resolve([ofProxies(config)]),
  },
  {
    name: 'callback-targets',
    look: async ({ config }) => [...ofTargets(config), await ofNames(config)],
  },
];

type Config = Patient['config'];

async function withHttp<Value>(work: (http: HttpClient) => Promise<Value>): Promise<Value> {
  const http = new HttpClient();
  try {
    return await work(http);
  } finally {
    await http.close();
  }
}

async function ask(http: HttpClient, url: string) {
  const from = Date.now();
  const answer = await http.send(new URL(url), {
    method: 'GET',
    headers: {},
    isRepeatable: true,
    timeoutMs: LOOK_WITHIN_MS,
  });
  const to = Date.now();
  return { status: answer.status, date: answer.headers.date, from, to, text: (await answer.text(10_000)) ?? '' };
}

async function ofPlatform(http: HttpClient, { platform, hasAccounts, sandboxUrl }: Config): Promise<Finding[]> {
  const { url, ...account } = platform;
  const verdict = await verdictOf(http, url, account);
  if (verdict.is === 'wrong') return [wrong(verdict.why, 'Mend these settings on gateways and workers alike.')];
  if (verdict.is === 'unknown')
    return [wrong(`The platform at ${url} (PLATFORM_URL) ${verdict.why}.`, 'See PLATFORM_URL, and whether it is up.')];
  const isSandbox = hasAccounts && url === sandboxUrl;
  const isClear = new URL(url).protocol === 'http:' && !isLoopback(url);
  return [
    ok(`The platform at ${url} takes our credentials.`),
    ...(isSandbox ? [warning('The platform is the sandbox, which is for trying.', 'Set PLATFORM_URL.')] : []),
    ...(isClear
      ? [warning('Our credentials go to the platform unencrypted.', 'Give PLATFORM_URL as https://, if it has that.')]
      : []),
  ];
}

async function ofPublicUrls(http: HttpClient, config: Config): Promise<Finding[]> {
  const { bridge } = config;
  if (config.publicUrl === undefined)
    return [wrong('PUBLIC_URL is not set.', 'Set it to where the platform and customers reach the gateway.')];
  const urls = [...new Set([bridge.primaryUrl, bridge.fallbackUrl])];
  const found = await Promise.all(urls.map((url) => ofPublicUrl(http, url)));
  const alone = warning(
    'The platform has one gateway to call back to (BRIDGE_FALLBACK_URL): while that is away, only reconciling finds what happened.',
    'Run a second gateway, and name its URL.',
  );
  const outside = open(
    'Whether they can be reached from outside cannot be shown from inside.',
    `From a machine elsewhere: curl -i ${bridge.primaryUrl}/healthz`,
  );
  return [...found.flat(), ...(urls.length === 1 ? [alone] : []), outside];
}

async function ofPublicUrl(http: HttpClient, url: string): Promise<Finding[]> {
  const found: Finding[] = [];
  if (isInside(url)) found.push(warning(`${url} is an address that the platform cannot reach.`, 'Give a public one.'));
  if (new URL(url).protocol === 'http:')
    found.push(warning(`${url} is not encrypted.`, 'Let a proxy, or TLS_CERT_FILE, see to TLS, and give https://.'));
  try {
    const { status, text } = await ask(http, `${url.replace(/\/+$/, '')}/healthz`);
    if (status !== 200 || !text.includes('"alive"'))
      return [...found, wrong(`${url} is answered ${status}, not by a gateway.`, 'See where the proxy leads.')];
    const ready = await ask(http, `${url.replace(/\/+$/, '')}/readyz`);
    if (ready.status === 200) return [...found, ok(`A gateway answers at ${url}, and takes callbacks.`)];
    return [...found, wrong(`The gateway at ${url} is not ready: ${ready.text.slice(0, 300)}`, 'See its log.')];
  } catch (error) {
    const advice = 'See PUBLIC_URL and BRIDGE_FALLBACK_URL, whether a gateway runs, and its certificate.';
    return [...found, wrong(`${url} does not answer from here: ${reasonOf(error)}.`, advice)];
  }
}

function ofProxies({ publicUrl, trustedProxies }: Config): Finding {
  const all = trustedProxies.find((network) => ipaddr.parseCIDR(network)[1] === 0);
  if (all !== undefined)
    return wrong(
      `TRUSTED_PROXIES has ${all}: whoever comes may say where from.`,
      'Name the addresses of your proxies alone.',
    );
  if (publicUrl?.startsWith('https:') === true && trustedProxies.length === 0)
    return warning(
      'Something in front of the gateway sees to TLS, and TRUSTED_PROXIES does not name it: all clients count as one address.',
      'Set TRUSTED_PROXIES to its address.',
    );
  return ok('What proxies say of clients is taken as the settings say.');
}

/** Where machines of clouds ask for their secrets, this machine itself, and a network as many have one. */
const INSIDE = ['169.254.169.254', '127.0.0.1', '::1', '10.0.0.1', '172.16.0.1', '192.168.0.1', 'fd00::1'];

function ofTargets({ allowedNetworks, targetRules }: Config): Finding[] {
  const reached = INSIDE.filter((address) => isAllowed(address, allowedNetworks, targetRules.denied));
  const gravely = reached.filter((address) => ['169.254.169.254', '127.0.0.1', '::1'].includes(address));
  const advice = 'Take the network out of CALLBACK_ALLOWED_NETWORKS, or deny it by CALLBACK_DENIED_NETWORKS.';
  if (gravely.length > 0) return [wrong(`Customers' URLs reach ${gravely.join(', ')}.`, advice)];
  if (allowedNetworks.length > 0)
    return [warning(`Customers' URLs reach ${allowedNetworks.join(', ')} inside.`, advice)];
  return [ok("Customers' URLs reach nothing but the public internet.")];
}

async function ofNames({ bridge }: Config): Promise<Finding> {
  const name = new URL(bridge.primaryUrl).hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0)
    return open('PUBLIC_URL has no name that could be looked up.', 'See that the name servers answer here.');
  try {
    await new CustomersNames().addressesOf(name, '');
    return ok(`The name servers know ${name}.`);
  } catch (error) {
    return wrong(`${name} cannot be looked up: ${reasonOf(error)}.`, "See the machine's name servers.");
  }
}

function isLoopback(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

function isInside(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isLoopback(url) || (isIP(host) !== 0 && !isAllowed(host, []));
}
