import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { launch } from '../support/processes.ts';
import { until } from '../support/until.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

/** Runs an example as a user would, against the house. Answers the conferences it names, as they are on the platform. */
async function run(command: string, ...parameters: string[]) {
  const settings = { CATAPULT_URL: house.url, SANDBOX_URL: house.platformUrl };
  const program = launch(command, parameters, settings);
  const code = await program.ended;
  expect({ code, output: program.output() }).toEqual({ code: 0, output: expect.any(String) as unknown });
  await house.sandbox.platform.quiet();
  const ids = [...new Set(program.output().match(/conf-[a-z2-7]{26}/g))];
  const conferences = ids.map((id) =>
    house.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(id) === true),
  );
  return { output: program.output(), ids, conferences };
}

interface Received {
  body: Record<string, unknown>;
}

/** The events of a conference that came to the inbox, once there are so many. */
async function inInbox(conferenceId: string | undefined, count: number): Promise<Received['body'][]> {
  return await until(`${count} events of ${conferenceId} are in the inbox`, async () => {
    const listed = await fetch(`${house.platformUrl}/sandbox/inbox/examples?list`);
    const received = ((await listed.json()) as Received[]).filter(({ body }) => body['conferenceId'] === conferenceId);
    return received.length >= count && received.map(({ body }) => body);
  });
}

/** One who was dialled, muted and spoken to, until the end; `conference-member` twice more: muted, and left. */
const wholeConference = (tag: string) => ({
  platform: { state: 'completed', tag, members: [{ state: 'completed', mute: true }] },
  events: [
    { eventType: 'conference', status: 'created', tag },
    { eventType: 'conference-member', state: 'active', mute: false, activeMembers: 1 },
    { eventType: 'conference-member', state: 'active', mute: true },
    { eventType: 'conference-speak', status: 'started' },
    { eventType: 'conference-member', state: 'completed', activeMembers: 0 },
    { eventType: 'conference-speak', status: 'done' },
    { eventType: 'conference', status: 'completed', tag },
  ],
});

test('curl/conference.sh goes through a whole conference', async () => {
  const { ids, conferences } = await run('examples/wire/curl/conference.sh');
  const { platform, events } = wholeConference('curl');
  expect(conferences).toMatchObject([platform]);
  expect(await inInbox(ids[0], events.length)).toMatchObject(events);
});

test('curl/add-member.sh adds a caller, who presses a key', async () => {
  const { output, conferences } = await run('examples/wire/curl/add-member.sh');
  const callId = /Somebody calls: (\S+)/.exec(output)?.[1];
  expect(conferences).toMatchObject([
    { state: 'completed', profile: 'passthru_digits', members: [{ callId, state: 'completed', joinTone: true }] },
  ]);
  const spoken = { event: { eventType: 'conference-speak', status: 'started', tag: 'menu' } };
  const pressed = { event: { eventType: 'dtmf', callId, dtmfDigit: '1' } };
  expect(conferences[0]?.callbacks).toMatchObject(expect.arrayContaining([spoken, pressed].map(partly)));
});

test('javascript/promise.mjs goes through a whole conference', async () => {
  const { ids, conferences } = await run(process.execPath, 'examples/wire/javascript/promise.mjs');
  const { platform, events } = wholeConference('promise');
  expect(conferences).toMatchObject([{ state: 'completed', members: [] }, platform]);
  expect(await inInbox(ids[1], events.length)).toMatchObject(events);
});

test('javascript/callback.mjs goes through a whole conference', async () => {
  const { ids, conferences } = await run(process.execPath, 'examples/wire/javascript/callback.mjs');
  const { platform, events } = wholeConference('callback');
  expect(conferences).toMatchObject([platform]);
  expect(await inInbox(ids[0], events.length)).toMatchObject(events);
});

test("curl/create.sh makes the three conferences of the page's examples", async () => {
  const { ids, conferences } = await run('examples/wire/curl/create.sh');
  expect(conferences).toMatchObject([
    { state: 'created', from: '+12345678901', profile: 'interpret_digits' },
    { state: 'created', from: '+12345678901', profile: 'interpret_digits' },
    { state: 'created', from: '+12345678901', profile: 'passthru_digits' },
  ]);
  for (const id of ids.slice(1)) expect(await inInbox(id, 1)).toMatchObject([{ status: 'created' }]);
});

function partly({ event }: { event: object }): unknown {
  return expect.objectContaining({ event: expect.objectContaining(event) as unknown });
}
