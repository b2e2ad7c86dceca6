import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { catapultError } from '../catapult/errors.ts';
import { isAllowed, type AllowedNetworks } from '../delivery/guard.ts';

/**
 * `sip:user@host:port;parameters`, as far as Asterisk can dial it. It would send to `maddr` instead of the host, and take headers behind
 * a `?` into the call, `Route` too.
 */
const SIP_ADDRESS =
  /^sip:(?:[\w.!~*'()%&=+$,;?/:-]+@)?(\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?)(?::(\d{1,5}))?(?:;(?!maddr\b)[\w-]+(?:=[\w.+-]*)?)*$/i;

/**
 * What Asterisk dials: a number through the endpoint, a `sip:` address by way of it.
 * @throws CatapultError 400 for an address that is none, or whose host may not be reached: addresses are named by customers
 */
export async function dialStringOf(
  to: string,
  endpoint: string,
  allowed: AllowedNetworks,
  denied: readonly string[] = [],
): Promise<string> {
  if (!/^sip:/i.test(to)) return `PJSIP/${to}@${endpoint}`;
  const [, host, port = '5060'] = SIP_ADDRESS.exec(to) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw refused(to, 'wants sip:user@host, with a port of 1 to 65535 if it has one, and without maddr or headers');
  }
  for (const address of await addressesOf(host.replace(/^\[|\]$/g, ''))) {
    if (isAllowed(address, allowed, denied)) continue;
    throw refused(to, `${address} is not on the public internet; CALLBACK_ALLOWED_NETWORKS allows others`);
  }
  return `PJSIP/${endpoint}/sip:${to.slice('sip:'.length)}`;
}

function refused(to: string, why: string) {
  const value = to.slice(0, 100);
  return catapultError('validation-error', `to: got ${JSON.stringify(value)}, ${why}.`, {
    details: [{ name: 'to', value }],
  });
}

/** Of a name without addresses Asterisk may know more: SIP has records of its own. */
async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
