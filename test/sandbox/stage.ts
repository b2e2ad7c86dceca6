import { expect } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { eventName, saidBy, type CallbackEvent } from '../../src/catapult/events.ts';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { callsPath, conferencePath, conferencesPath, idFromLocation, membersPath } from '../../src/catapult/paths.ts';
import { fakeClock, type FakeClock } from '../../src/sandbox/clock.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { Customer } from '../support/customer.ts';

const ACCOUNT = { userId: 'u-platform', token: 't-platform', secret: 's-platform' };
export const FROM = '+19195551234';
export const SOMEBODY = '+19195550001';

/** What a server answered: its status, its headers, and its JSON body if it has one. */
export interface Answered {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** A sandbox on a port of its own whose time stands still, and somebody whom it calls back. */
export interface Stage {
  url: string;
  sandbox: Sandbox;
  clock: FakeClock;
  customer: Customer;
  /** Lets time pass, until all callbacks that are due in it have been sent. */
  pass(milliseconds: number): Promise<void>;
  /** A request with the account's credentials, to a path of the server. */
  ask(method: string, path: string, body?: unknown): Promise<Answered>;
  /** Creates a conference whose events go to `/conference`; answers its id. */
  create(fields?: Record<string, unknown>): Promise<string>;
  /** Changes a conference; answers the status and the error's code. */
  change(conferenceId: string, fields: object): Promise<[number, unknown]>;
  /** Dials into a conference, with the call's own events going to `/call`; answers the call's id. */
  dial(conferenceId: string, to?: string, fields?: object): Promise<string>;
  /** Lets somebody call from outside and join; answers the call's and the member's id. */
  join(conferenceId: string, fields?: object): Promise<{ callId: string; memberId: string }>;
  /** What came to a path so far. */
  events(path: string): CallbackEvent[];
  /** Their names, such as `conference-member active`. */
  told(path: string): string[];
  close(): Promise<void>;
}

export async function openStage(seed?: number): Promise<Stage> {
  const clock = fakeClock();
  const sandbox = createSandbox(ACCOUNT, { clock, ...(seed === undefined ? {} : { seed }) });
  const url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 });
  const customer = await new Customer().open();
  const place = (conferenceId: string) => conferencePath(ACCOUNT.userId, conferenceId);
  const made = async (path: string, body: object) => {
    const { status, headers } = await stage.ask('POST', path, body);
    expect(status).toBe(201);
    return idFromLocation(headers.get('location') ?? undefined) ?? '';
  };
  const stage: Stage = {
    url,
    sandbox,
    clock,
    customer,
    async pass(milliseconds) {
      await clock.advance(milliseconds);
      await sandbox.platform.quiet();
    },
    ask: (method, path, body) => ask(method, url + path, body),
    create: (fields) =>
      made(conferencesPath(ACCOUNT.userId), { from: FROM, callbackUrl: customer.url('/conference'), ...fields }),
    async change(conferenceId, fields) {
      const { status, body } = await stage.ask('POST', place(conferenceId), fields);
      return [status, body['code']];
    },
    dial: (conferenceId, to = SOMEBODY, fields) =>
      made(callsPath(ACCOUNT.userId), { from: FROM, to, conferenceId, callbackUrl: customer.url('/call'), ...fields }),
    async join(conferenceId, fields) {
      const callId = sandbox.platform.callIn().id;
      return { callId, memberId: await made(membersPath(ACCOUNT.userId, conferenceId), { callId, ...fields }) };
    },
    events: (path) => customer.at(path).map(({ body }) => saidBy(callbackEvent.parse(body))),
    told: (path) => stage.events(path).map(eventName),
    async close() {
      await sandbox.close();
      await customer.close();
    },
  };
  return stage;
}

async function ask(method: string, url: string, body?: unknown): Promise<Answered> {
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: basicAuth(ACCOUNT),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, body: parsed as Record<string, unknown> };
}

/** The paths of the stage's account. */
export const paths = {
  conferences: conferencesPath(ACCOUNT.userId),
  calls: callsPath(ACCOUNT.userId),
  conference: (conferenceId: string) => conferencePath(ACCOUNT.userId, conferenceId),
  members: (conferenceId: string) => membersPath(ACCOUNT.userId, conferenceId),
  member: (conferenceId: string, memberId: string) => `${membersPath(ACCOUNT.userId, conferenceId)}/${memberId}`,
};
