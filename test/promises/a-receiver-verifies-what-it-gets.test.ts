import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Accounts, LOCAL_ACCOUNT, type Account } from '../../src/accounts/accounts.ts';
import { withAbsoluteUris } from '../../src/catapult/events.ts';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { Received } from '../support/customer.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { freePort, killGroup, launch, type Program } from '../support/processes.ts';

/*
 * The receivers of examples/receiving, each as its user starts it; those whose language this machine does not have are skipped. Events come
 * from the gateway, or from the worker.
 */

const RECEIVERS = [
  { language: 'JavaScript', command: [process.execPath, 'examples/receiving/javascript/receiver.mjs'], runs: true },
  {
    language: 'Ruby',
    command: ['ruby', 'examples/receiving/ruby/receiver.rb'],
    runs: /^ruby [3-9]/.test(says('ruby', '--version')),
  },
  {
    language: 'C#',
    command: ['dotnet', 'run', '--project', 'examples/receiving/csharp'],
    runs: /^8\./m.test(says('dotnet', '--list-sdks')),
  },
];

const { webhookSecret: SECRET } = LOCAL_ACCOUNT;
const NEW_SECRET = `whsec_${Buffer.alloc(32, 'new').toString('base64')}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 'other').toString('base64')}`;
const TAG = "it's 100 % & more + 会議 &eventType=x";

let house: House;

const running: Program[] = [];
afterEach(async () => {
  const ended = running.splice(0).map((program) => {
    killGroup(program);
    return program.ended;
  });
  await Promise.all(ended);
});

let tests = 0;
let callback: string;
beforeEach(() => {
  tests += 1;
  callback = `/callback-${tests}`;
});

const SENDERS = ['gateway', 'worker'] as const;

describe.each(SENDERS)('what the %s sends', (deliverFrom) => {
  beforeAll(async () => {
    house = await openHouse({ deliverFrom });
  });
  afterAll(() => house.close());

  describe.each(RECEIVERS)('the receiver in $language', ({ command, runs }) => {
    const [program = '', ...parameters] = command;
    const itDoes = runs ? test : test.skip;

    async function start(WEBHOOK_SECRET: string) {
      const settings = { RECEIVER_PORT: await freePort(), WEBHOOK_SECRET, LANG: 'C.UTF-8' };
      const started = launch(program, parameters, settings);
      running.push(started);
      const [, url = ''] = await started.until(/Receiving at (\S+)/);
      return {
        url: `${url}events`,
        /** What it has taken of so many requests. */
        async takenOf(requests: number) {
          await started.until(new RegExp(`(?:^(?:Taken|Again|Refused).*\\n){${requests}}`, 'm'));
          const lines = started.output().matchAll(/^Taken: (\S+), number (\d+): (.*)$/gm);
          return [...lines].map(([, id, sequence, payload = '']) => ({ id, sequence: Number(sequence), payload }));
        },
        /** Sends it a request as one came from Convoke, but for what is changed; answers the status. */
        async send(received: Pick<Received, 'method' | 'target' | 'text' | 'headers'>): Promise<number> {
          const query = received.target.replace(/^[^?]*/, '');
          const names = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature', 'convoke-sequence'];
          const { status } = await fetch(url + query, {
            method: received.method,
            headers: names.flatMap((name): [string, string][] => {
              const value = received.headers[name];
              return typeof value === 'string' ? [[name, value]] : [];
            }),
            ...(received.method === 'GET' ? {} : { body: received.text }),
          });
          return status;
        },
      };
    }

    itDoes.each(['POST', 'GET'])(
      'takes what Convoke sends by %s, each once and in order',
      async (callbackHttpMethod) => {
        const receiver = await start(SECRET);
        house.customer.answer(callback, 500);
        const id = await house.create({
          callbackUrl: house.customer.url(callback),
          fallbackUrl: `${receiver.url}?room=7&eventType=mine`,
          callbackHttpMethod,
          tag: TAG,
        });
        await end(id);
        const events = await listed(id);
        expect(events.map(({ sequence, attempts }) => [sequence, attempts.map(({ result }) => result)])).toEqual([
          [1, ['500', '204']],
          [2, ['500', '204']],
        ]);
        const fields = (payload: string): unknown =>
          callbackHttpMethod === 'POST' ? JSON.parse(payload) : Object.fromEntries(new URLSearchParams(payload));
        expect(
          (await receiver.takenOf(2)).map(({ payload, ...about }) => ({ ...about, body: fields(payload) })),
        ).toEqual(events.map(({ id, sequence, body }) => ({ id, sequence, body })));

        // The attempts at the other URL are the same events once more.
        const again = house.customer.at(callback);
        expect(again).toHaveLength(2);
        for (const request of again) expect(await receiver.send(request)).toBe(204);
        // And so is what is delivered again on demand.
        await house.call('POST', `${eventsPath(USER, id)}/${events[0]?.id}/redeliver`);
        expect(await receiver.takenOf(5)).toHaveLength(2);
      },
    );

    itDoes.each(['POST', 'GET'])('refuses what was changed on its way, by %s', async (callbackHttpMethod) => {
      const receiver = await start(SECRET);
      const id = await house.create({ callbackUrl: house.customer.url(`${callback}?room=7`), callbackHttpMethod });
      await end(id);
      const [created, completed] = house.customer.at(callback);
      if (created === undefined || completed === undefined) throw new Error('Convoke sent less than two events');
      const { headers } = created;
      const change = (text: string) => text.replace('created', 'completed');
      const header = (name: string, value?: string | string[]) => ({ headers: { ...headers, [name]: value } });
      const later = Number(headers['webhook-timestamp']) + 1;

      const changes: Partial<Received>[] = [
        callbackHttpMethod === 'POST' ? { text: change(created.text) } : { target: change(created.target) },
        callbackHttpMethod === 'POST'
          ? { text: `${created.text}\n` }
          : { target: `${created.target}&status=completed` },
        { text: completed.text, target: completed.target },
        header('webhook-id', completed.headers['webhook-id']),
        header('webhook-id'),
        header('webhook-timestamp', String(later)),
        header('webhook-timestamp'),
        header('webhook-signature', completed.headers['webhook-signature']),
        header('webhook-signature', String(headers['webhook-signature']).replace('v1,', 'v1,A')),
        header('webhook-signature', ''),
        header('webhook-signature'),
      ];
      for (const changed of changes)
        expect([await receiver.send({ ...created, ...changed }), changed]).toEqual([401, changed]);
      expect(await receiver.takenOf(changes.length)).toEqual([]);

      expect(await receiver.send(created)).toBe(204);
      expect(await receiver.send(created)).toBe(204);
      expect(await receiver.takenOf(changes.length + 2)).toMatchObject([{ id: headers['webhook-id'], sequence: 1 }]);
    });

    itDoes('hands on only what is signed of a query', async () => {
      const receiver = await start(SECRET);
      await house.create({ callbackUrl: house.customer.url(`${callback}?room=7`), callbackHttpMethod: 'GET' });
      const [created] = await house.customer.until(callback, 1);
      if (created === undefined) throw new Error('Convoke sent nothing');
      const target = created.target.replace('room=7', 'room=8&status=completed&eventType=conference');
      expect(await receiver.send({ ...created, target })).toBe(204);
      expect((await receiver.takenOf(1)).map(({ payload }) => [...new URLSearchParams(payload)])).toMatchObject([
        Object.entries(created.query).filter(([name]) => name !== 'room'),
      ]);
    });

    itDoes('refuses what was signed long ago, or with another secret', async () => {
      const receiver = await start(SECRET);
      let number = 0;
      const send = (minutesAgo: number, sign: (with_: (secret: string) => string) => string) => {
        const at = new Date(Date.now() - minutesAgo * 60_000);
        const id = `evt-aaaaaaaaaaaaaaaaaaaaaaaaaa-${(number += 1)}`;
        const text = '{"eventType":"conference"}';
        const signature = sign((secret) => new Webhook(secret).sign(id, at, text));
        const timestamp = String(Math.floor(at.getTime() / 1000));
        const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        return receiver.send({ method: 'POST', target: '/', text, headers: { ...headers, 'convoke-sequence': '1' } });
      };
      expect(await send(6, (by) => by(SECRET))).toBe(401);
      expect(await send(-6, (by) => by(SECRET))).toBe(401);
      expect(await send(0, (by) => by(OTHER_SECRET))).toBe(401);
      expect(await send(0, (by) => `${by(OTHER_SECRET)} ${by(NEW_SECRET)}`)).toBe(401);
      expect(await send(0, (by) => by(SECRET).replace('v1,', 'v2,'))).toBe(401);
      expect(await receiver.takenOf(5)).toEqual([]);

      expect(await send(4, (by) => by(SECRET))).toBe(204);
      expect(await send(-4, (by) => by(SECRET))).toBe(204);
      expect(await send(0, (by) => `${by(OTHER_SECRET)} ${by(SECRET)}`)).toBe(204);
      expect(await receiver.takenOf(8)).toHaveLength(3);
    });

    itDoes('knows the old secret or the new one while it is changed, and then the new one alone', async () => {
      const [before, after, stranger] = [await start(SECRET), await start(NEW_SECRET), await start(OTHER_SECRET)];
      const createFor = ({ url }: { url: string }) =>
        house.create({ callbackUrl: url, fallbackUrl: house.customer.url(callback) });
      try {
        await restartWith({ ...LOCAL_ACCOUNT, webhookSecret: NEW_SECRET, previousWebhookSecret: SECRET });
        await createFor(before);
        expect(await before.takenOf(1)).toHaveLength(1);
        await createFor(after);
        expect(await after.takenOf(1)).toHaveLength(1);
        expect(house.customer.at(callback)).toEqual([]);
        await createFor(stranger);
        const [refused] = await house.customer.until(callback, 1);
        expect(refused?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);

        await restartWith({ ...LOCAL_ACCOUNT, webhookSecret: NEW_SECRET });
        await createFor(after);
        expect(await after.takenOf(2)).toHaveLength(2);
        expect(house.customer.at(callback)).toHaveLength(1);
        await createFor(before);
        const [, late] = await house.customer.until(callback, 2);
        expect(late?.headers['webhook-signature']).toMatch(/^v1,\S+$/);
        expect(await before.takenOf(2)).toHaveLength(1);
        expect(await stranger.takenOf(1)).toEqual([]);
      } finally {
        await restartWith(LOCAL_ACCOUNT);
      }
    });
  });
});

test('docs/receiving.md shows the code of the examples', () => {
  const blocks = [...textOf('docs/receiving.md').matchAll(/^```(javascript|ruby|csharp)\n(.*?)^```$/gms)];
  expect(blocks.map(([, language]) => language)).toEqual(['javascript', 'ruby', 'csharp']);
  const files = ['javascript/receiver.mjs', 'ruby/receiver.rb', 'csharp/Program.cs'];
  for (const [index, [, , code = '']] of blocks.entries()) {
    const example = plain(textOf(`examples/receiving/${files[index]}`));
    for (const part of code.split('\n\n')) expect(example).toContain(plain(part));
  }
});

test('docs/receiving.md shows requests that are signed with the secret of the local account', () => {
  const text = textOf('docs/receiving.md');
  const shown = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  const sentAt = new Date(Number(shown(/webhook-timestamp: (\d+)/)) * 1000);
  const payloads = [shown(/^(\{"eventType".*)$/m), shown(/^GET \S*&(eventType=\S*)/m)];
  const signed = payloads.map((payload) => new Webhook(SECRET).sign(shown(/webhook-id: (\S+)/), sentAt, payload));
  expect([...text.matchAll(/^webhook-signature: (.*)$/gm)].map(([, signature]) => signature)).toEqual(signed);
});

function textOf(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}

/** Without the indentation, which is another one where a part is shown alone. */
function plain(code: string): string {
  return code.replace(/^ +/gm, '').trim();
}

/** As an operator does who has changed ACCOUNTS_FILE. */
async function restartWith(account: Account): Promise<void> {
  await house.stopWorker();
  house.dependencies.accounts = new Accounts([account]);
  await house.restartGateway();
  await house.startWorker();
}

/** Ends a conference, and waits until all its events are delivered. */
async function end(id: string): Promise<void> {
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(house, id).result();
}

/** The events of a conference, with the bodies that are sent. */
async function listed(conferenceId: string) {
  const page = await house.conferences.events({ userId: USER, conferenceId });
  return (page?.events ?? []).map((event) => ({ ...event, body: withAbsoluteUris(event.body, house.url) }));
}

/** What a command of this machine prints; nothing if there is none. */
function says(command: string, parameter: string): string {
  try {
    return execFileSync(command, [parameter], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
