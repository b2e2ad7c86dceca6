import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { openHouse, type House } from '../support/house.ts';
import { clientOf, describeServers, twoServers } from '../support/two-servers.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

describeServers(here, (server) => {
  const { account, base } = server;
  const { user, send, get, post } = clientOf(server, here);
  const details = ({ body }: { body: unknown }) => (body as { details: unknown }).details;
  const ids = (others: Record<string, string> = {}) =>
    Object.entries({ userId: account().userId, ...others }).map(([name, value]) => ({ name, value }));

  test('401: the user', async () => {
    expect(details(await send(user(), { method: 'POST' }, { authorization: '' }))).toEqual(ids());
  });

  test('404: the ids in the path, or in the body', async () => {
    const conferenceId = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
    expect(details(await get(`${user()}/conferences/${conferenceId}`))).toEqual(ids({ conferenceId }));
    expect(details(await get('/nothing'))).toEqual([]);
  });

  test('405: what is possible', async () => {
    expect(details(await send(`${user()}/calls`, { method: 'PUT' }))).toEqual([
      ...ids(),
      { name: 'Allow', value: 'POST' },
    ]);
  });

  test('400: the fields, or whose request it was', async () => {
    expect(details(await post(user(), { from: 'x' }))).toEqual([{ name: 'from', value: '"x"' }]);
    expect(details(await post(user(), '{'))).toEqual(ids());
  });

  test('413 and 415: the limit, and what came', async () => {
    const large = await post(user(), { from: 'x'.repeat(70_000) });
    expect(details(large)).toEqual([...ids(), { name: 'maxBytes', value: '65536' }]);
    const xml = await post(user(), '<a/>', { 'content-type': 'application/xml' });
    expect(details(xml)).toEqual([...ids(), { name: 'Content-Type', value: 'application/xml' }]);
  });

  test('a client of HTTP/1.0 that sends no Host gets a Location at the address that it has reached', async () => {
    const { hostname, port } = new URL(base());
    const socket = connect({ port: Number(port), host: hostname });
    socket.setTimeout(15_000, () => socket.destroy(new Error('no answer within 15 s')));
    const body = '{"from":"+19195551234"}';
    const head = `authorization: ${basicAuth(account())}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    socket.write(`POST ${user()}/conferences HTTP/1.0\r\n${head}\r\n\r\n${body}`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer.toLowerCase()).toContain(`\r\nlocation: ${base()}${user()}/conferences/`.toLowerCase());
  });
});

test.each(twoServers(here).slice(0, 1))(
  '404 for a call into a conference that there is not: its id',
  async (server) => {
    const { user, post } = clientOf(server, here);
    const conferenceId = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
    const answer = await post(`${user()}/calls`, { from: '+19195551234', to: '+19195550000', conferenceId });
    expect(answer.body).toMatchObject({ details: [{ name: 'userId' }, { name: 'conferenceId', value: conferenceId }] });
  },
);
