import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dialStringOf } from '../../src/asterisk/destinations.ts';
import { AudioFetcher } from '../../src/asterisk/sounds/fetch-audio.ts';
import { DEFAULT_RULES, type TargetRules } from '../../src/delivery/guard.ts';
import { Customer } from '../support/customer.ts';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

describe('a sip: address', () => {
  test.each([
    'sip:ann@10.0.0.5',
    'sip:ann@[fd00::1]:5060',
    'sip:169.254.169.254',
    'SIP:ann@localhost;transport=tcp',
    'sip:a@b@127.0.0.1',
    'sip:ann@127.0.0.1:1&PJSIP/other',
    'sip:ann@[::1',
    'sip:ann@192.0.1.1:99999',
    'sip:@',
    'sip:ann@192.0.1.1;maddr=127.0.0.1',
    'sip:ann@192.0.1.1;transport=udp;MADDR=127.0.0.1',
    'sip:ann@192.0.1.1;%6daddr=127.0.0.1',
    'sip:ann@192.0.1.1?Route=%3Csip:127.0.0.1;lr%3E',
    'sip:ann@192.0.1.1;transport=udp?Subject=more',
    'sip:ann#@192.0.1.1',
  ])('%s is refused', async (to) => {
    await expect(dialStringOf(to, 'trunk', [])).rejects.toMatchObject({ wire: { status: 400 } });
  });

  test('of a network that the operator denies is refused, also where it is public', async () => {
    await expect(dialStringOf('sip:ann@192.0.1.1', 'trunk', [], ['192.0.1.0/24'])).rejects.toMatchObject({
      wire: { status: 400 },
    });
    await expect(dialStringOf('sip:ann@localhost', 'trunk', LOOPBACK, LOOPBACK)).rejects.toMatchObject({
      wire: { status: 400 },
    });
  });

  test('of a network that is allowed, and a number, are dialled through the endpoint', async () => {
    expect(await dialStringOf('sip:ann@127.0.0.1:5070', 'trunk', LOOPBACK)).toBe('PJSIP/trunk/sip:ann@127.0.0.1:5070');
    expect(await dialStringOf('SIP:ann@192.0.1.1;transport=tcp', 'out', [])).toBe(
      'PJSIP/out/sip:ann@192.0.1.1;transport=tcp',
    );
    expect(await dialStringOf('sip:+1919;ext=5:word@192.0.1.1;user=phone;lr', 'out', [])).toBe(
      'PJSIP/out/sip:+1919;ext=5:word@192.0.1.1;user=phone;lr',
    );
    expect(await dialStringOf('+19195551234', 'trunk', [])).toBe('PJSIP/+19195551234@trunk');
  });
});

describe('an audio file', () => {
  let customer: Customer;
  beforeAll(async () => {
    customer = await new Customer().open();
    customer.answer('/sound', (response) => void response.end('sound'));
    customer.answer('/moved', (response) => void response.writeHead(302, { location: '/sound' }).end());
    customer.answer('/inside', (response) => void response.writeHead(302, { location: 'http://10.0.0.5/' }).end());
    customer.answer('/file', (response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end());
    customer.answer('/round', (response) => void response.writeHead(302, { location: '/round' }).end());
    customer.answer('/none', 404);
    customer.answer('/endless', (response) => {
      const more = () => void response.write(Buffer.alloc(65_536), (error) => error ?? setImmediate(more));
      more();
    });
  });
  afterAll(() => customer.close());

  const fetched = async (path: string, allowed = LOOPBACK, rules: TargetRules = DEFAULT_RULES) => {
    const fetcher = new AudioFetcher(allowed, rules);
    try {
      return (await fetcher.fetch(customer.url(path))).toString();
    } finally {
      await fetcher.close();
    }
  };

  test('comes from a network that is allowed, also where it has moved to', async () => {
    expect(await fetched('/sound')).toBe('sound');
    expect(await fetched('/moved')).toBe('sound');
  });

  test.each<[string, Partial<TargetRules>]>([
    ['a network that is denied', { denied: ['127.0.0.0/8'] }],
    ['a port that is not of those', { ports: [[443, 443]] }],
    ['plain HTTP', { httpsOnly: true }],
  ])('is not taken from %s, where the operator says so', async (_from, rules) => {
    await expect(fetched('/sound', LOOPBACK, { ...DEFAULT_RULES, ...rules })).rejects.toThrow('is not on the public');
  });

  test.each([
    ['from a network that is not allowed', '/sound', [], 'is not on the public internet'],
    ['when it leads to one', '/inside', LOOPBACK, 'is not on the public internet'],
    ['when it leads to a file of ours', '/file', LOOPBACK, 'it leads to file:'],
    ['when it leads nowhere', '/round', LOOPBACK, 'redirected more than 3 times'],
    ['when it is not there', '/none', LOOPBACK, 'answered 404'],
    ['when it has no end', '/endless', LOOPBACK, 'more than 20971520 bytes'],
  ])('is not taken %s', async (_name, path, allowed, words) => {
    await expect(fetched(path, allowed)).rejects.toThrow(words);
  });
});
