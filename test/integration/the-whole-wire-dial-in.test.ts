import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openHouse, type House } from '../support/house.ts';
import { clientOf, describeServers, idIn, wireError } from '../support/two-servers.ts';
import { until } from '../support/until.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
const here = () => house;

let numbers = 0;

describeServers(here, (server) => {
  const { get, post, user, create, callIn, farEnd, eventually, untilOver } = clientOf(server, here);

  /** Nobody else has it. */
  const someNumber = () => `+1919777${(numbers += 1) + 1_000}`;
  /** Calls a number, and enters something; what is no member yet, is so later. */
  async function called(to: string, digits?: string): Promise<string> {
    const callId = await callIn({ from: '+19195550007', to });
    if (digits !== undefined) await farEnd(callId, { digits });
    return callId;
  }
  const callOf = (callId: string) => ({ call: `${server.base()}${user()}/calls/${callId}` });
  /** It has exactly these members. */
  const hasMembers = async (conference: string, ...callIds: string[]) =>
    expect(await eventually(`${conference}/members`, callIds.map(callOf))).toHaveLength(callIds.length);

  test('without a PIN whoever calls the number joins at once, and that is told as for any member', async () => {
    const [from, path] = [someNumber(), `/${server.name}-dial-in`];
    const conference = await create({ from, dialIn: {}, callbackUrl: house.customer.url(path), tag: 'open' });
    const callId = await called(from);
    await hasMembers(conference, callId);
    await farEnd(callId, { state: 'completed' });
    await eventually(conference, { state: 'completed', activeMembers: 0 });
    const member = { eventType: 'conference-member', callId, tag: 'open', memberId: expect.any(String) as unknown };
    const expected = [
      { eventType: 'conference', status: 'created' },
      { ...member, state: 'active', activeMembers: 1, mute: false, hold: false },
      { ...member, state: 'completed', activeMembers: 0 },
      { eventType: 'conference', status: 'completed' },
    ];
    const events = await house.customer.until(path, expected.length);
    expect(events.map(({ body }) => body)).toMatchObject(expected);
  });

  test('a PIN lets in; who was wrong is asked again, and * begins anew', async () => {
    const from = someNumber();
    const conference = await create({ from, dialIn: { pin: '0246' } });
    const knows = await called(from, '0246#');
    await hasMembers(conference, knows);
    const forgets = await called(from, '0247#99*0246#');
    await hasMembers(conference, knows, forgets);
  });

  test('after three wrong PINs the call is ended, and nobody has joined', async () => {
    const from = someNumber();
    const conference = await create({ from, dialIn: { pin: '135791' } });
    const callId = await called(from, '13579#1357911#135792#');
    await untilOver(callId);
    expect((await get(`${conference}/members`)).body).toEqual([]);
    expect((await get(conference)).body).toMatchObject({ state: 'created' });
  });

  test('several conferences of one number go by PIN, and # alone leads to the one without', async () => {
    const from = someNumber();
    const monday = await create({ from, dialIn: { pin: '1111' } });
    const open = await create({ from, dialIn: {} });
    const friday = await create({ from, dialIn: { pin: '555555555555' } });
    const calls = [await called(from, '1111#'), await called(from, '#'), await called(from, '555555555555')] as const;
    await hasMembers(monday, calls[0]);
    await hasMembers(open, calls[1]);
    await hasMembers(friday, calls[2]);
  });

  test('of two with the same number and PIN the latest is meant, until it is over', async () => {
    const [from, dialIn] = [someNumber(), { pin: '2468' }];
    const [first, second] = [await create({ from, dialIn }), await create({ from, dialIn })];
    await hasMembers(second, await called(from, '2468#'));
    await post(second, { state: 'completed' });
    await eventually(second, { state: 'completed' });
    await hasMembers(first, await called(from, '2468#'));
  });

  test('who calls before the conference is open joins when it opens; to one without dialIn nobody is led', async () => {
    const from = someNumber();
    const other = await create({ from });
    const early = await called(from);
    const conference = await create({ from, dialIn: {} });
    await hasMembers(conference, early);
    await hasMembers(other);
  });

  test('keys of who has joined act on the conference', async () => {
    const from = someNumber();
    const conference = await create({ from, dialIn: { pin: '2468' } });
    const callId = await called(from, '2468#');
    await hasMembers(conference, callId);
    await farEnd(callId, { digits: '0' });
    await eventually(`${conference}/members`, [{ mute: true }]);
  });

  test('the PIN is shown nowhere', async () => {
    const [from, path] = [someNumber(), `/${server.name}-pin`];
    const conference = await create({ from, dialIn: { pin: '864213' }, callbackUrl: house.customer.url(path) });
    await hasMembers(conference, await called(from, '864213#'));
    await post(conference, { state: 'completed' });
    await until('the end is told', () => house.customer.at(path).some(({ body }) => body['status'] === 'completed'));
    const { body } = await get(conference);
    expect(body).toEqual(expect.objectContaining({ id: idIn(conference), from }));
    if (server.ownFields.length > 0) expect(body).toMatchObject({ dialIn: { asksForPin: true } });
    expect(JSON.stringify([body, house.customer.at(path)])).not.toContain('864213');
  });

  test.each([
    ['{"pin": "123"}', { pin: '123' }, 'dialIn.pin'],
    ['{"pin": 123456}', { pin: 123_456 }, 'dialIn.pin'],
    ['{"Pin": "123456"}', { Pin: '123456' }, 'dialIn'],
    ['true', true, 'dialIn'],
  ])('dialIn: %s is refused', async (_name, dialIn, place) => {
    const refused = await post(`${user()}/conferences`, { from: someNumber(), dialIn });
    expect(refused).toMatchObject(wireError(400, 'validation-error', `${place}: `) as object);
  });
});
