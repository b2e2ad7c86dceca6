import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unknownFields, type UnknownField } from '../../src/catapult/unknown-fields.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { resources } from '../../src/catapult/resource-schemas.ts';
import { routes, type Route } from '../../src/catapult/routes.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { FROM } from './wire-requests-world.ts';

const account = { userId: 'u-1', token: 't-1', secret: 's-1' };
let sandbox: Sandbox;
let url: string;
beforeAll(async () => {
  sandbox = createSandbox(account);
  url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => sandbox.close());

async function create(fields: object, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}/v1/users/u-1/conferences`, {
    method: 'POST',
    headers: { authorization: basicAuth(account), 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ from: FROM, ...fields }),
  });
  const text = await answer.text();
  return { status: answer.status, warning: answer.headers.get('warning'), body: text && (JSON.parse(text) as unknown) };
}

test('a field that is close to one of ours is left out, and a Warning says so', async () => {
  expect(await create({ aloneTimout: 60 })).toMatchObject({
    status: 201,
    warning: '299 - "aloneTimout was left out: is aloneTimeout meant?"',
  });
});

test('so is one of a list, by its place, beside others', async () => {
  const fields = { callback_url: 'http://x/', participants: [{ to: '+19195550000', callTimeot: 5 }] };
  expect((await create({ ...fields, startAt: '2026-01-01T00:00:00Z' })).warning).toBe(
    '299 - "callback_url was left out: is callbackUrl meant?", ' +
      '299 - "participants[0].callTimeot was left out: is callTimeout meant?"',
  );
});

test('nothing is said of fields that are ours, null, or like none', async () => {
  const fields = { tag: 'x', conferenceName: 'x', tagg: null, size: 5, ta: 1, __proto: {} };
  expect(await create(fields)).toMatchObject({ status: 201, warning: null });
});

test('a name that fits no header is made to fit', async () => {
  expect((await create({ 'tag"': 1, täg: 2, 'tag\n': 3 })).warning?.split(', ')).toEqual(
    Array(3).fill(expect.stringMatching(/^299 - "t[a?]g\?? was left out: is tag meant\?"$/)),
  );
});

test.each(['handling=strict', 'respond-async, handling="strict"', 'Handling=Strict; x'])(
  'under Prefer: %s whatever is unknown is a 400',
  async (prefer) => {
    expect(await create({ aloneTimout: 60, size: 5 }, { prefer })).toMatchObject({
      status: 400,
      body: {
        code: 'validation-error',
        message: 'aloneTimout: is no field here, but aloneTimeout is; size: is no field here.',
        details: [
          { name: 'aloneTimout', value: 'aloneTimeout' },
          { name: 'size', value: '' },
        ],
      },
    });
    expect(await create({ tag: 'x' }, { prefer })).toMatchObject({ status: 201, warning: null });
  },
);

test('no field of the wire is taken for another one misspelt', () => {
  const schemas = Object.values<Route>(routes).flatMap(({ body, query }) => [body ?? [], query ?? []].flat());
  const all = [...schemas, resources.conference].flatMap(({ shape }) => Object.keys(shape));
  const body = Object.fromEntries(all.map((name) => [name, 1]));
  const isMistaken = ({ place, meant }: UnknownField) =>
    // Whoever names the one where the other belongs has mixed them up.
    meant !== undefined && [place, meant].sort().join() !== 'conference,conferenceId';
  const mistaken = schemas.flatMap((schema) => unknownFields(schema, body)).filter(isMistaken);
  expect(mistaken).toEqual([]);
});

test('a wrong field of a list is named by its place', async () => {
  const participants = [{ to: '+19195550000' }, { to: 'x' }, { to: '+19195550000', maxAttempts: 0 }];
  expect(await create({ participants })).toMatchObject({
    status: 400,
    body: {
      message: expect.stringMatching(
        /^participants\[1\]\.to: got "x", wants .*; participants\[2\]\.maxAttempts: got 0, /,
      ) as unknown,
      details: [
        { name: 'participants[1].to', value: '"x"' },
        { name: 'participants[2].maxAttempts', value: '0' },
      ],
    },
  });
});
