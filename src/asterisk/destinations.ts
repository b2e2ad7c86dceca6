import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { catapultError } from '../catapult/errors.ts';
import { isAllowed, type AllowedNetworks } from '../delivery/guard.ts';

/**
 * What Asterisk dials: a number through the endpoint, a `sip:` address by way of it.
 * @throws CatapultError 400 for a host that may not be reached: addresses are named by customers
 */
export async function dialStringOf(to: string, endpoint: string, allowed: AllowedNetworks): Promise<string> {
  if (!/^sip:/i.test(to)) return `PJSIP/${to}@${endpoint}`;
  const [, host = ''] = /^sip:(?:[^@]*@)?(\[[^\]]*\]|[^:;?]*)/i.exec(to) ?? [];
  for (const address of await addressesOf(host.replace(/^\[|\]$/g, ''))) {
    if (isAllowed(address, allowed)) continue;
    const message = `to: got a host that is not on the public internet (${address}); CALLBACK_ALLOWED_NETWORKS allows others.`;
    throw catapultError('validation-error', message, { details: [{ name: 'to', value: to.slice(0, 100) }] });
  }
  return `PJSIP/${endpoint}/sip:${to.slice('sip:'.length)}`;
}

/** Of a name without addresses Asterisk may know more: SIP has records of its own. */
async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
