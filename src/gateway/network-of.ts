import ipaddr from 'ipaddr.js';

/** Who has many addresses of IPv6 has a network of 64 bits, as a rule: what counts as one address. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const known = ipaddr.process(address);
  if (known.kind() === 'ipv4') return known.toString();
  return `${known.toNormalizedString().split(':').slice(0, 4).join(':')}::/64`;
}
