import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { basicAuth } from '../../src/catapult/credentials.ts';
import {
  ALL_ACCOUNTS,
  conferencePath,
  conferencesPath,
  eventsPath,
  membersPath,
  pathTo,
} from '../../src/catapult/paths.ts';
import { openHouse, OPERATOR, USER, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const OTHER = 'u-other';
const asOperator = { authorization: basicAuth(OPERATOR) };
const listed = z.looseObject({
  conferences: z.array(z.looseObject({ id: z.string(), userId: z.string().optional() })),
});
const ids = async (query: string, headers = {}, userId = USER) => {
  const answer = await house.call('GET', `${conferencesPath(userId)}?${query}`, undefined, headers);
  expect(answer.status).toBe(200);
  return listed.parse(await answer.json()).conferences.map(({ id }) => id);
};

test('a conference is found by a call that is in it, by its id, and by deliveries that fail', async () => {
  const [one, other] = [await house.create(), await house.create()];
  const call = house.sandbox.platform.callIn();
  await house.call('POST', membersPath(USER, one), { callId: call.id });
  await until('it is found by the call', async () => (await ids(`callId=${call.id}`)).join() === one);
  expect(await ids(`id=${other}`)).toEqual([other]);
  house.customer.answer('/callback', 500);
  const second = house.sandbox.platform.callIn();
  await house.call('POST', membersPath(USER, one), { callId: second.id });
  await until('it is found by its failing delivery', async () => (await ids('failing=true')).join() === one);
  expect(await ids('failing=false&phase=created')).toEqual([other]);
  const counts = async () => await (await house.call('GET', pathTo('/conference-counts', { userId: USER }))).json();
  await until('it is counted', async () => JSON.stringify(await counts()).includes('"failing":1'));
  house.customer.answer('/callback', 200);
  await until('it fails no more', async () => (await ids('failing=true')).length === 0);
});

test('an operator sees the conferences of all accounts, and may change none', async () => {
  const id = await house.create({ tag: 'seen-by-all' });
  await until(
    'it is in the list of all',
    async () => (await ids('tag=seen-by-all', asOperator, ALL_ACCOUNTS)).join() === id,
  );
  const all = await house.call('GET', `${conferencesPath(ALL_ACCOUNTS)}?id=${id}`, undefined, asOperator);
  expect(listed.parse(await all.json()).conferences).toMatchObject([{ id, userId: USER }]);
  expect((await house.call('GET', conferencePath(USER, id), undefined, asOperator)).status).toBe(200);
  const changed = await house.call('POST', conferencePath(USER, id), { state: 'completed' }, asOperator);
  expect(changed.status).toBe(401);
  expect(await changed.text()).toContain('an operator may not ask for that');
  expect((await house.call('POST', conferencesPath(USER), { from: '+19195551234' }, asOperator)).status).toBe(401);
});

test('nobody but an operator sees all accounts, or another one', async () => {
  const paths = [
    conferencesPath(ALL_ACCOUNTS),
    pathTo('/conference-counts', { userId: ALL_ACCOUNTS }),
    pathTo('/dead-letters', { userId: ALL_ACCOUNTS }),
    pathTo('/health', { userId: ALL_ACCOUNTS }),
    pathTo('/conference-schedules', { userId: ALL_ACCOUNTS }),
    conferencesPath(OTHER),
  ];
  for (const path of paths) expect((await house.call('GET', path)).status).toBe(401);
  for (const path of paths.slice(0, 5)) expect((await house.call('GET', path, undefined, asOperator)).status).toBe(200);
  // Not of one account either.
  for (const userId of [USER, ALL_ACCOUNTS])
    expect((await house.call('GET', pathTo('/diagnosis', { userId }))).status).toBe(401);
  expect((await house.call('GET', pathTo('/diagnosis', { userId: ALL_ACCOUNTS }), undefined, asOperator)).status).toBe(
    200,
  );
  const wrong = { authorization: basicAuth({ ...OPERATOR, secret: 's-operator ' }) };
  expect((await house.call('GET', conferencesPath(ALL_ACCOUNTS), undefined, wrong)).status).toBe(401);
});

test('what was done for a conference is listed: phases, changes, requests to the platform', async () => {
  const id = await house.create();
  const call = house.sandbox.platform.callIn();
  await house.call('POST', membersPath(USER, id), { callId: call.id });
  await house.call('POST', conferencePath(USER, id), { mute: true });
  await house.call('POST', conferencePath(USER, id), { state: 'completed' });
  await until(
    'it is over',
    async () => (await house.conferences.get({ userId: USER, conferenceId: id }))?.phase === 'completed',
  );
  const answer = await house.call(
    'GET',
    pathTo('/conferences/:conferenceId/steps', { userId: USER, conferenceId: id }),
  );
  const steps = z.object({ steps: z.array(z.looseObject({ kind: z.string(), does: z.string(), state: z.string() })) });
  const told = steps.parse(await answer.json()).steps.map(({ kind, does, state }) => `${kind}: ${does} (${state})`);
  expect(told).toEqual(
    expect.arrayContaining([
      `change: add call ${call.id} as a member (done)`,
      'change: change mute of the conference (done)',
    ]),
  );
  expect(told).toContain('platform: change mute of the conference (done)');
  expect(told.filter((one) => one.startsWith('phase: ')).at(-1)).toBe('phase: completed (ended-via-api) (done)');
});

test('a list that is followed tells of what changes in it', async () => {
  const leaving = new AbortController();
  const url = `${house.url}${conferencesPath(USER)}?tag=followed&follow=true`;
  const answer = await fetch(url, {
    headers: { authorization: basicAuth({ token: 't-local', secret: 's-local' }) },
    signal: leaving.signal,
  });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  const reading = (async () => {
    for await (const chunk of answer.body ?? []) text += new TextDecoder().decode(chunk as Uint8Array);
  })().catch(() => undefined);
  await until('it tells of an empty list', () => text.includes('data: {"conferences":[]}'));
  const id = await house.create({ tag: 'followed' });
  await until('it tells of the new one', () => text.includes(id));
  leaving.abort();
  await reading;
});

test('dead letters are listed over conferences', async () => {
  house.customer.answer('/callback', 410);
  const id = await house.create();
  const page = z.object({
    deadLetters: z.array(z.looseObject({ conferenceId: z.string(), event: z.looseObject({ state: z.string() }) })),
  });
  const dead = async () => {
    const answer = await house.call('GET', pathTo('/dead-letters', { userId: USER }));
    return page.parse(await answer.json()).deadLetters.filter(({ conferenceId }) => conferenceId === id);
  };
  await until('it has a dead letter', async () => (await dead()).length === 1);
  expect((await dead())[0]?.event.state).toBe('dead');
  house.customer.answer('/callback', 200);
  const [event] = await (
    await house.call('GET', `${eventsPath(USER, id)}?state=dead`)
  )
    .json()
    .then((body) => (body as { events: { id: string }[] }).events);
  const again = await house.call('POST', `${eventsPath(USER, id)}/${event?.id ?? ''}/redeliver`, undefined, asOperator);
  expect(again.status).toBe(202);
  await until('it has none', async () => (await dead()).length === 0);
});
