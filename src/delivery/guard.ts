import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { outsideText } from '../catapult/outside-text.ts';

/** Networks (CIDR) that customers' URLs may reach beyond the public internet. */
export type AllowedNetworks = readonly string[];

/** Globally routed IPv6 lies here; what lies elsewhere maps, tunnels or is reserved. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Whether an address is on the public internet or in an allowed network. */
export function isAllowed(address: string, allowed: AllowedNetworks): boolean {
  const ip = ipaddr.process(address);
  const inAllowed = allowed.some((network) => {
    const range = ipaddr.parseCIDR(network);
    return range[0].kind() === ip.kind() && ip.match(range);
  });
  return inAllowed || (ip.range() === 'unicast' && (ip.kind() === 'ipv4' || ip.match(GLOBAL_IPV6)));
}

/** @throws Error if a URL's host is an address that may not be reached. Of a name that is not known yet. */
export function refuseAddress({ hostname }: URL, allowed: AllowedNetworks): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isAllowed(host, allowed)) throw refused(host);
}

/**
 * A look-up that gives only addresses that may be reached. They are the ones connected to, so a name that resolves differently
 * a moment later gains nothing.
 */
export function guardedLookup(
  allowed: AllowedNetworks,
  addressesOf: (name: string) => Promise<string[]>,
): LookupFunction {
  return (name, { all = false }, callback) => {
    const answer = (addresses: string[]) => {
      const permitted = addresses.filter((address) => isAllowed(address, allowed));
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
