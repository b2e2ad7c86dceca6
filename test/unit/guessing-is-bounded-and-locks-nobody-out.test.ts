import { beforeEach, describe, expect, test } from '@jest/globals';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CatapultError } from '../../src/catapult/errors.ts';
import { FailedCredentials } from '../../src/gateway/limits/failed-credentials.ts';

const RIGHT = { token: 't-local', secret: 's-local' };
const [HERE, THERE] = ['192.0.2.1', '198.51.100.7'];
const known = new Accounts([LOCAL_ACCOUNT, { ...LOCAL_ACCOUNT, userId: 'u-2' }]);

let now: number;
let looks: number;
let lines: { userId: string; address: string; reason: string; failures: number }[];
let gateways: number;
let isRevoked: boolean;
let credentials: FailedCredentials;
beforeEach(() => {
  [now, looks, lines, gateways, isRevoked] = [0, 0, [], 1, false];
  const accounts = {
    has: (userId: string) => known.has(userId),
    verify: (...given: Parameters<Accounts['verify']>) => {
      looks += 1;
      return isRevoked ? undefined : known.verify(...given);
    },
  };
  const logger = { warn: (line: (typeof lines)[number]) => void lines.push(line) };
  credentials = new FailedCredentials({ accounts, gateways: () => gateways, logger: logger as never, now: () => now });
});

type Answer = 200 | 401 | 429;

function answerTo(given: typeof RIGHT, address = HERE, userId = 'u-local'): Answer {
  try {
    return credentials.check(userId, given, address) === 'write' ? 200 : 401;
  } catch (error) {
    if (error instanceof CatapultError && error.status === 429) return 429;
    throw error;
  }
}

const guess = (number = 0) => ({ token: 't-local', secret: `guess-${number}` });
const guesses = (times: number, address = HERE, userId = 'u-local') =>
  Array.from({ length: times }, (_, number) => answerTo(guess(number), address, userId));

describe('who guesses', () => {
  test('has ten tries a minute, and is refused without a look from then on, also with the right ones', () => {
    expect(guesses(12)).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect(looks).toBe(10);
    expect(answerTo(RIGHT)).toBe(429);
    expect(looks).toBe(10);
    now += 60_000;
    expect(guesses(12).filter((answer) => answer === 401)).toHaveLength(10);
  });

  test('gets no more tries by other user ids: 100 a minute from an address', () => {
    const answers = Array.from({ length: 30 }, (_, user) => guesses(10, HERE, `u-${user}`)).flat();
    expect(answers.filter((answer) => answer === 401)).toHaveLength(100);
  });

  test('nor by the addresses of an IPv6 network, which are one', () => {
    const answers = Array.from({ length: 30 }, (_, host) => answerTo(guess(), `2001:db8:1:2::${host + 1}`));
    expect(answers.filter((answer) => answer === 401)).toHaveLength(10);
    expect(answerTo(guess(), '2001:db8:1:3::1')).toBe(401);
  });

  test('has a gateway’s share of them where there are several', () => {
    gateways = 5;
    expect(guesses(12).filter((answer) => answer === 401)).toHaveLength(2);
  });

  test('learns not whether there is such a user', () => {
    expect(guesses(12, HERE, 'u-nobody')).toEqual(guesses(12, HERE, 'u-local'));
  });
});

describe('who has the right ones is let in whatever others do', () => {
  test('from another address', () => {
    guesses(1_000);
    expect(answerTo(RIGHT, THERE)).toBe(200);
  });

  test('from the same address, where they have fitted before', () => {
    expect(answerTo(RIGHT)).toBe(200);
    guesses(1_000);
    expect(answerTo(RIGHT)).toBe(200);
  });

  test('as another user from the same address', () => {
    guesses(1_000);
    expect(answerTo(RIGHT, HERE, 'u-2')).toBe(200);
  });

  test('which is not so any more once they do not fit', () => {
    expect(answerTo(RIGHT)).toBe(200);
    isRevoked = true;
    expect(answerTo(RIGHT)).toBe(401);
    expect(guesses(12)).toContain(429);
    expect(answerTo(RIGHT)).toBe(429);
  });
});

describe('the log', () => {
  test('has one line a minute for each user and address, which tells how many there were, and never the secret', () => {
    guesses(500);
    guesses(3, THERE);
    guesses(3, HERE, 'u-nobody');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toEqual({ userId: 'u-local', address: HERE, reason: 'they do not fit', failures: 1 });
    expect(lines[2]).toMatchObject({ userId: 'u-nobody', reason: 'no such user' });
    now += 60_000;
    guesses(1);
    expect(lines[3]).toMatchObject({ userId: 'u-local', address: HERE, failures: 500 });
    expect(JSON.stringify(lines)).not.toContain('guess-');
  });

  test('has no line for each of the user ids that an address makes up, once it is refused whatever it sends', () => {
    const made = Array.from({ length: 1_000 }, (_, user) => answerTo(guess(), HERE, `u-made-up-${user}`));
    expect(made.filter((answer) => answer === 401)).toHaveLength(100);
    expect(lines).toHaveLength(101);
    expect(lines[100]).toMatchObject({ userId: '*', address: HERE });
  });

  test('says nothing of who is let in', () => {
    for (let time = 0; time < 100; time += 1) answerTo(RIGHT);
    expect(lines).toEqual([]);
  });
});
