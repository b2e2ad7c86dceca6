import { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_RULES, isAllowed, portsOf, whyRefused, type TargetRules } from '../../src/delivery/guard.ts';

/* Which addresses and URLs of customers are let through. That a connection is held to it: test/parts/customer-url-stays-outside.test.ts. */

describe('without allowed networks', () => {
  test.each([
    '8.8.8.8',
    '93.184.216.34',
    '100.128.0.1',
    '172.32.0.1',
    '192.167.255.255',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('the public address %s may be reached', (address) => expect(isAllowed(address, [])).toBe(true));

  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['unspecified', '::'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['link-local', '169.254.0.1'],
    ['cloud metadata', '169.254.169.254'],
    ['cloud metadata', 'fd00:ec2::254'],
    ['IETF protocols', '192.0.0.192'],
    ['documentation', '192.0.2.1'],
    ['benchmarks', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['link-local', 'fe80::1'],
    ['link-local', 'fe80::1%eth0'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff::1'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['discard', '100::1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
    ['IPv4-mapped private', '::ffff:10.0.0.1'],
    ['IPv4-compatible loopback', '::7f00:1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
    ['NAT64 of a public address', '64:ff9b::808:808'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001:0:1::1'],
    ['ISATAP of loopback', '2606:4700::5efe:7f00:1'],
    ['ISATAP of a private address', '2606:4700::200:5efe:a00:1'],
    ['inside Azure', '168.63.129.16'],
    ['inside Azure, mapped', '::ffff:168.63.129.16'],
    ['inside Alibaba', '100.100.100.200'],
    ['inside Oracle', '192.0.0.192'],
  ])('%s (%s) may not be reached', (_what, address) => expect(isAllowed(address, [])).toBe(false));

  test('a public address in its IPv4-mapped form is judged as itself', () => {
    expect(isAllowed('::ffff:8.8.8.8', [])).toBe(true);
  });
});

describe('an allowed network', () => {
  test('opens itself and nothing else', () => {
    expect(isAllowed('10.1.2.3', ['10.1.0.0/16'])).toBe(true);
    expect(isAllowed('10.2.0.1', ['10.1.0.0/16'])).toBe(false);
    expect(isAllowed('127.0.0.1', ['10.1.0.0/16'])).toBe(false);
    expect(isAllowed('8.8.8.8', ['10.1.0.0/16'])).toBe(true);
  });

  test('may be one of several, of IPv4 and IPv6', () => {
    const networks = ['127.0.0.0/8', '::1/128', 'fd00::/8'];
    for (const address of ['127.8.9.1', '::1', 'fd12::1', '::ffff:127.0.0.1']) {
      expect(isAllowed(address, networks)).toBe(true);
    }
    expect(isAllowed('fc00::1', networks)).toBe(false);
    expect(isAllowed('::2', networks)).toBe(false);
  });
});

describe('a denied network', () => {
  test('is closed, although it is public or allowed', () => {
    for (const address of ['8.8.8.8', '::ffff:8.8.8.8', '10.1.2.3'])
      expect(isAllowed(address, ['10.0.0.0/8'], ['8.8.8.0/24', '10.1.0.0/16'])).toBe(false);
    expect(isAllowed('8.8.4.4', [], ['8.8.8.0/24'])).toBe(true);
  });
});

describe('a URL', () => {
  const rules = (own: Partial<TargetRules> = {}) => ({ ...DEFAULT_RULES, ...own });
  test.each([
    'http://a.example',
    'https://a.example',
    'http://a.example:1024',
    'https://a.example:65535',
    'http://a.example:443',
  ])('may be %s', (url) => expect(whyRefused(new URL(url), [])).toBeUndefined());

  test.each([
    ['http://a.example:22', 'a port of 80, 443, 1024-65535'],
    ['https://a.example:25', 'a port of 80, 443, 1024-65535'],
    ['http://a.example:1023', 'a port of 80, 443, 1024-65535'],
    ['http://10.0.0.1/', 'a host on the public internet'],
    ['http://[::ffff:7f00:1]/', 'a host on the public internet'],
    ['http://2130706433/', 'a host on the public internet'],
  ])('may not be %s', (url, wanted) => expect(whyRefused(new URL(url), [])).toBe(wanted));

  test('has the ports and the scheme that the operator wants', () => {
    const strict = rules({ ports: portsOf('443, 8000-8999'), httpsOnly: true });
    expect(whyRefused(new URL('https://a.example:8500'), [], strict)).toBeUndefined();
    expect(whyRefused(new URL('https://a.example:9000'), [], strict)).toBe('a port of 443, 8000-8999');
    expect(whyRefused(new URL('http://a.example:8500'), [], strict)).toBe('https://');
  });

  test('that names this machine by its own address is refused, public or not, unless that is allowed', () => {
    const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
    expect(own.length).toBeGreaterThan(0);
    for (const address of own) expect(isAllowed(address, [])).toBe(false);
    for (const address of own) expect(isAllowed(address, ['0.0.0.0/0', '::/0'])).toBe(true);
    const isPublicOwn = (address: string, allowed: string[] = []) =>
      isAllowed(address, allowed, [], () => ['93.184.216.34', '2606:4700::1111']);
    for (const address of ['93.184.216.34', '::ffff:93.184.216.34', '2606:4700:0::1111'])
      expect(isPublicOwn(address)).toBe(false);
    expect(isPublicOwn('93.184.216.35')).toBe(true);
    expect(isPublicOwn('93.184.216.34', ['93.184.216.34/32'])).toBe(true);
  });
});
