import { describe, expect } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import type { House } from './house.ts';
import { assertInTable } from './in-the-table.ts';
import type { Does } from './telephones/exchange.ts';
import { until } from './until.ts';

/*
 * One contract, whoever serves it: what is asked of the gateway, the platform below it must answer as well, which is the sandbox, or in
 * the project `asterisk` an Asterisk. Everything here goes over HTTP.
 */

const isMissing = 'onAsterisk' in globalThis && process.env['TEST_NO_ASTERISK'] !== undefined;

/** Tests of Convoke above the platform of the project; where that is an Asterisk and there is none to be had they are skipped. */
export const describeConvoke: typeof describe | typeof describe.skip = isMissing ? describe.skip : describe;

/** The same tests for each of them. */
export function describeServers(house: () => House, tests: (server: Server) => void): void {
  describeConvoke.each(twoServers(house))('$name', tests);
}

/** Tests that need an Asterisk; where there is none to be had the set-up has said so, loudly. */
export function describeOnAsterisk(name: string, tests: () => void): void {
  (process.env['TEST_NO_ASTERISK'] === undefined ? describe : describe.skip)(name, tests);
}

type Account = Record<'userId' | 'token' | 'secret', string>;

/** Where the servers may differ; whatever is not in here must be the same. */
interface Differences {
  /** Fields of a conference beside the wire's own. */
  ownFields: string[];
  /** What the same end gets when it is asked for once more, of a conference and of a member. */
  endedAgain: number;
}

export interface Server extends Differences {
  name: string;
  account: () => Account;
  base: () => string;
  /** What must not be seen in anything that this server sends. */
  foreign: () => Promise<string[]>;
}

export function twoServers(house: () => House): Server[] {
  const platformAccount = () => house().dependencies.platformAccount;
  return [
    {
      name: 'gateway',
      account: () => LOCAL_ACCOUNT,
      base: () => house().url,
      ownFields: ['phase', 'reason'],
      endedAgain: 200,
      foreign: async () => {
        const { platform, platformUrl, url } = house();
        return [platformUrl, platformAccount().userId, ...(await platform.conferencesOf(url))];
      },
    },
    {
      name: 'onAsterisk' in globalThis ? 'asterisk' : 'sandbox',
      account: platformAccount,
      base: () => house().platformUrl,
      ownFields: [],
      endedAgain: 403,
      foreign: async () => [house().url, LOCAL_ACCOUNT.userId],
    },
  ];
}

/** An answer, its body read: parsed where it is JSON, `undefined` where it is empty. */
export interface Answered {
  status: number;
  headers: Headers;
  body: unknown;
  /** The path of its `Location`. */
  path: string;
}

type Fields = Record<string, unknown>;

/** What a test does with a server; `house` is asked for what only a telephone can do. */
export function clientOf({ account, base }: Server, house: () => House) {
  const user = () => `/v1/users/${account().userId}`;

  async function send(path: string, init: RequestInit = {}, headers: Record<string, string> = {}): Promise<Answered> {
    const answer = await fetch(base() + path, {
      ...init,
      headers: { authorization: basicAuth(account()), 'content-type': 'application/json', ...headers },
    });
    const text = await answer.text();
    const location = answer.headers.get('location');
    const body = text === '' ? undefined : (JSON.parse(text) as unknown);
    const { status } = answer;
    assertInTable({ method: init.method ?? 'GET', path, status, body });
    return {
      status,
      headers: answer.headers,
      body,
      path: location === null ? '' : new URL(location).pathname,
    };
  }

  const get = (path: string) => send(path);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }, headers);

  const client = {
    user,
    send,
    get,
    post,
    /** Makes something, and answers its path. */
    made: async (path: string, body: Fields): Promise<string> => {
      const answer = await post(path, body);
      expect([answer.status, answer.body]).toEqual([201, undefined]);
      return answer.path;
    },
    /** A new conference's path. */
    create: (fields: Fields = {}) => client.made(`${user()}/conferences`, { from: '+19195551234', ...fields }),
    /** Somebody calls from outside: the call's id. */
    callIn: (numbers: { from?: string; to?: string } = {}) => house().platform.callIn(numbers),
    /** The call has been ended. */
    untilOver: (callId: string) => until(`the call ${callId} is over`, () => house().platform.isOver(callId)),
    /** Presses keys on the far end's phone, or hangs it up. */
    farEnd: (callId: string, does: { digits: string } | { state: 'completed' }) =>
      house().platform.farEnd(callId, does),
    /** What the telephone with this number will do. */
    phone: (number: string, does: Does) => house().platform.phone(number, does),
    /** Somebody calls in and becomes a member: the member's path, and the call's id. */
    join: async (conference: string, fields: Fields = {}): Promise<{ member: string; callId: string }> => {
      const callId = await client.callIn();
      return { callId, member: await client.made(`${conference}/members`, { callId, ...fields }) };
    },
    /** Dials out into a conference: the call's id. */
    dial: async (conference: string, fields: Fields = {}): Promise<string> => {
      const call = { from: '+19195551234', to: '+19195550000', conferenceId: idIn(conference), ...fields };
      return idIn(await client.made(`${user()}/calls`, call));
    },
    /** Reads until what is there is as expected: much comes by callback. */
    eventually: async (path: string, expected: unknown): Promise<unknown> =>
      await until(`${path} is as expected`, async () => {
        const { status, body } = await get(path);
        expect([status, body]).toMatchObject([200, expected]);
        return body;
      }),
  };
  return client;
}

/** The id at the end of a path. */
export function idIn(path: string): string {
  return path.split('/').pop() ?? '';
}

/** ISO 8601 without fractions of a second. */
const WIRE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/;
export const anyTime = expect.stringMatching(WIRE_TIME) as unknown;

/** An error of the wire, as an answer must hold it. */
export function wireError(status: number, code: string, says?: string): unknown {
  const message = says === undefined ? expect.stringMatching(/./) : expect.stringContaining(says);
  return {
    status,
    body: { category: expect.stringMatching(/^[a-z-]+$/) as unknown, code, message: message as unknown },
  };
}
