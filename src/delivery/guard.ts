import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';

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

/**
 * Connects to customers' hosts only where that is allowed. The address that was checked is the one connected to, so a
 * name that resolves differently a moment later gains nothing.
 */
export function guardedConnector(allowed: AllowedNetworks, timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout, lookup: guardedLookup(allowed) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isAllowed(host, allowed)) return callback(refused(host), null);
    connect(options, callback);
  };
}

function guardedLookup(allowed: AllowedNetworks): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const permitted = (error ? [] : addresses).filter(({ address }) => isAllowed(address, allowed));
      const first: LookupAddress | undefined = permitted[0];
      if (error) return callback(error, '');
      if (first === undefined) return callback(refused(hostname), '');
      if (options.all) return callback(null, permitted);
      callback(null, first.address, first.family);
    });
  };
}

function refused(host: string): NodeJS.ErrnoException {
  const message = `${host} is not on the public internet; CALLBACK_ALLOWED_NETWORKS allows others`;
  return Object.assign(new Error(message), { code: 'ERR_CALLBACK_TARGET' });
}
