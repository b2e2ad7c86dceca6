import { isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { outsideText } from '../catapult/outside-text.ts';

/** Networks (CIDR) that customers' URLs may reach beyond the public internet. */
export type AllowedNetworks = readonly string[];

/** What customers' URLs may not be, wherever they lead. */
export interface TargetRules {
  /** Networks (CIDR) that may not be reached, also where they are public, or allowed. */
  denied: readonly string[];
  /** Ports, each from and to. */
  ports: readonly (readonly [from: number, to: number])[];
  httpsOnly: boolean;
}

export const DEFAULT_PORTS = '80,443,1024-65535';

export const DEFAULT_RULES: TargetRules = { denied: [], ports: portsOf(DEFAULT_PORTS), httpsOnly: false };

/** Globally routed IPv6 lies here; what lies elsewhere maps, tunnels or is reserved. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Public by its number, and inside: where machines of Azure ask for their settings. */
const INSIDE = ['168.63.129.16/32'];

/** Reads ports such as `443` and `8000-8999`, comma-separated. */
export function portsOf(text: string): [number, number][] {
  return text.split(',').map((one) => {
    const [from = '', to = from] = one.trim().split('-');
    return [Number(from), Number(to)];
  });
}

/** Whether an address is on the public internet or in an allowed network, and in none that is denied. */
export function isAllowed(
  address: string,
  allowed: AllowedNetworks,
  denied: readonly string[] = [],
  own: () => string[] = ownAddresses,
): boolean {
  const ip = ipaddr.process(address);
  if (isIn(ip, denied)) return false;
  return isIn(ip, allowed) || (isPublic(ip) && !isIn(ip, INSIDE) && !isAmong(ip, own()));
}

/** Whether an address is in one of these networks (CIDR); one of IPv4 that is written as IPv6 is that of IPv4. */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  return ipaddr.isValid(address) && isIn(ipaddr.process(address), networks);
}

type Address = ReturnType<typeof ipaddr.process>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;

/** The networks of the settings, which are asked for with every event. */
const ranges = new Map<string, Range>();

function rangeOf(network: string): Range {
  const range = ranges.get(network) ?? ipaddr.parseCIDR(network);
  ranges.set(network, range);
  return range;
}

function isIn(ip: Address, networks: readonly string[]): boolean {
  return networks.some((network) => {
    const range = rangeOf(network);
    return range[0].kind() === ip.kind() && ip.match(range);
  });
}

function isPublic(ip: Address): boolean {
  if (ip.range() !== 'unicast') return false;
  if (ip instanceof ipaddr.IPv4) return true;
  // ISATAP (RFC 5214): the last 32 bits are an IPv4 address, whatever the network.
  const [, , , , tunnel = 0, protocol] = ip.parts;
  return ip.match(GLOBAL_IPV6) && !(protocol === 0x5efe && (tunnel & 0xfdff) === 0);
}

/** Those of this machine itself. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

function isAmong(ip: Address, addresses: readonly string[]): boolean {
  return addresses.some((one) => ipaddr.isValid(one) && ipaddr.process(one).toString() === ip.toString());
}

/** Networks (CIDR) of one account alone: allowed beside those of all, and denied. */
export interface OwnNetworks {
  allowed: readonly string[];
  denied: readonly string[];
}

/** What holds for an account that has networks of its own: what is denied to all stays so. */
export function targetsOf(
  allowed: AllowedNetworks,
  rules: TargetRules,
  own: OwnNetworks | undefined,
): [AllowedNetworks, TargetRules] {
  if (own === undefined) return [allowed, rules];
  return [[...allowed, ...own.allowed], { ...rules, denied: [...rules.denied, ...own.denied] }];
}

/** Why a URL may not be used, as far as it shows without looking up its name; undefined if it may. */
export function whyRefused(
  { protocol, hostname, port }: URL,
  allowed: AllowedNetworks,
  { denied, ports, httpsOnly }: TargetRules = DEFAULT_RULES,
): string | undefined {
  if (httpsOnly && protocol !== 'https:') return 'https://';
  const number = Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port);
  if (!ports.some(([from, to]) => number >= from && number <= to))
    return `a port of ${ports.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(', ')}`;
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && !isAllowed(host, allowed, denied) ? 'a host on the public internet' : undefined;
}

/** @throws Error if a URL may not be used, as far as it shows without looking up its name. */
export function refuseAddress(url: URL, allowed: AllowedNetworks, rules?: TargetRules): void {
  const wanted = whyRefused(url, allowed, rules);
  if (wanted !== undefined) throw refused(url.hostname);
}

/**
 * A look-up that gives only addresses that may be reached. They are the ones connected to, so a name that resolves differently
 * a moment later gains nothing.
 */
export function guardedLookup(
  allowed: AllowedNetworks,
  addressesOf: (name: string) => Promise<string[]>,
  denied: readonly string[] = [],
): LookupFunction {
  return (name, { all = false }, callback) => {
    const answer = (addresses: string[]) => {
      const permitted = addresses.filter((address) => isAllowed(address, allowed, denied));
      const found = permitted.map((address) => ({ address, family: isIP(address) }));
      const [first] = found;
      if (first === undefined) callback(refused(name), '');
      else if (all) callback(null, found);
      else callback(null, first.address, first.family);
    };
    addressesOf(name).then(answer, (error: unknown) => callback(error as NodeJS.ErrnoException, ''));
  };
}

function refused(host: string): NodeJS.ErrnoException {
  const message = `${outsideText(host, 100)} is not on the public internet; CALLBACK_ALLOWED_NETWORKS allows others`;
  return Object.assign(new Error(message), { code: 'ERR_CALLBACK_TARGET' });
}
