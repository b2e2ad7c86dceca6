import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { onPlatform } from '../support/platform-client.ts';
import { launch } from '../support/processes.ts';
import { describeConvoke } from '../support/two-servers.ts';
import { until } from '../support/until.ts';

let house: House;
let sandboxUrl: string;
beforeAll(async () => {
  house = await openHouse();
  // Where conferences are held elsewhere, its inbox takes their events all the same.
  sandboxUrl = isOnSandbox ? house.platformUrl : await house.sandbox.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await house.close();
  if (!isOnSandbox) await house.sandbox.close();
});
const isOnSandbox = !('onAsterisk' in globalThis);

/** Runs an example as a user would, against the house. Answers the conferences it names, as they are on the platform. */
async function run(command: string, ...parameters: string[]) {
  const settings = { CATAPULT_URL: house.url, SANDBOX_URL: sandboxUrl };
  const program = launch(command, parameters, settings);
  const code = await program.ended;
  expect({ code, output: program.output() }).toEqual({ code: 0, output: expect.any(String) as unknown });
  const ids = [...new Set(program.output().match(/conf-[a-z2-7]{26}/g))];
  const conferences = await Promise.all(ids.map((id) => onPlatform(house, id)));
  return { output: program.output(), ids, conferences };
}

interface Received {
  body: Record<string, unknown>;
}

/** The events of a conference that came to the inbox, once there are so many. */
async function inInbox(conferenceId: string | undefined, count: number): Promise<Received['body'][]> {
  return await until(`${count} events of ${conferenceId} are in the inbox`, async () => {
    const listed = await fetch(`${sandboxUrl}/sandbox/inbox/examples?list`);
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

/** These events, in this order. Elsewhere than on a sandbox a sentence takes a while to begin, and the conference is over by then. */
async function untilTold(id: string | undefined, events: { eventType: string }[]): Promise<void> {
  const isCertain = ({ eventType }: { eventType?: unknown }) => isOnSandbox || eventType !== 'conference-speak';
  const expected = events.filter(isCertain);
  const told = await until(`${expected.length} events of ${id} are told`, async () => {
    const certain = (await inInbox(id, 1)).filter(isCertain);
    return certain.length >= expected.length && certain;
  });
  expect(told).toMatchObject(expected);
}

describeConvoke('the examples', () => {
  test('curl/conference.sh goes through a whole conference', async () => {
    const { ids, conferences } = await run('examples/wire/curl/conference.sh');
    const { platform, events } = wholeConference('curl');
    expect(conferences).toMatchObject([platform]);
    await untilTold(ids[0], events);
  });

  // On a real platform there is no control that calls in.
  (isOnSandbox ? test : test.skip)('curl/add-member.sh adds a caller, who presses a key', async () => {
    const { output, conferences } = await run('examples/wire/curl/add-member.sh');
    const callId = /Somebody calls: (\S+)/.exec(output)?.[1];
    expect(conferences).toMatchObject([
      { state: 'completed', profile: 'passthru_digits', members: [{ state: 'completed', joinTone: true }] },
    ]);
    const spoken = { event: { eventType: 'conference-speak', status: 'started', tag: 'menu' } };
    const pressed = { event: { eventType: 'dtmf', callId, dtmfDigit: '1' } };
    const callbacks = house.sandbox.platform.list().flatMap((conference) => conference.callbacks);
    expect(callbacks).toMatchObject(expect.arrayContaining([spoken, pressed].map(partly)));
  });

  test('javascript/promise.mjs goes through a whole conference', async () => {
    const { ids, conferences } = await run(process.execPath, 'examples/wire/javascript/promise.mjs');
    const { platform, events } = wholeConference('promise');
    expect(conferences).toMatchObject([{ state: 'completed', members: [] }, platform]);
    await untilTold(ids[1], events);
  });

  test('javascript/callback.mjs goes through a whole conference', async () => {
    const { ids, conferences } = await run(process.execPath, 'examples/wire/javascript/callback.mjs');
    const { platform, events } = wholeConference('callback');
    expect(conferences).toMatchObject([platform]);
    await untilTold(ids[0], events);
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
});

function partly({ event }: { event: object }): unknown {
  return expect.objectContaining({ event: expect.objectContaining(event) as unknown });
}
