import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callRequest, createConferenceRequest } from '../../src/catapult/requests.ts';
import { MAX_WATCHERS } from '../../src/conference/budget.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { created, fields, isWatched, refusal } from '../support/other-team/asks.ts';
import { openTeam, type OtherTeam } from '../support/other-team/other-team.ts';
import type { Operation, Outcome } from '../support/other-team/workflows.ts';

/* Whoever may use an endpoint may send anything: it gets an answer, and neither another account nor a conference is harmed. */

const OTHER = 'u-other';

let house: House;
let team: OtherTeam;
beforeAll(async () => {
  house = await openHouse({ nexusAccounts: [USER], otherAccount: OTHER });
  team = await openTeam(house.taskQueue);
});
afterAll(async () => {
  await team.close();
  await house.close();
});

describe('another account’s conference', () => {
  let conferenceId: string;
  const ids = () => ({ userId: OTHER, conferenceId });
  beforeAll(async () => {
    ({ conferenceId } = await house.conferences.create(OTHER, createConferenceRequest.parse({ from: '+19195551234' })));
  });

  test.each<[Operation, () => object]>([
    ['get', () => ({ conferenceId })],
    ['get', () => ({ conferenceId, userId: OTHER })],
    ['end', () => ({ conferenceId })],
    ['dial', () => fields({ conferenceId, to: '+19195550001' })],
    ['waitFor', () => ({ conferenceId, phase: 'created' })],
    ['get', () => ({ conferenceId: `../${OTHER}/${conferenceId}` })],
    ['end', () => ({ conferenceId: `${conferenceId}/x` })],
    ['waitFor', () => ({ conferenceId: `${conferenceId}-x/../${conferenceId}`, phase: 'completed' })],
  ])('%s does not find it', async (operation, input) => {
    expect(await team.call(operation, input())).toEqual(refusal('conference-not-found', /There is no conference/));
    expect(await house.conferences.get(ids())).toMatchObject({ phase: 'created', activeMembers: 0 });
  });

  test('a conference is the endpoint’s account’s, whatever is said', async () => {
    const mine = await created(team, fields({ userId: OTHER, account: OTHER }));
    expect(await house.conferences.get({ userId: OTHER, conferenceId: mine })).toBeUndefined();
    expect(await house.conferences.get({ userId: USER, conferenceId: mine })).toMatchObject({ phase: 'created' });
  });
});

describe('what is no input', () => {
  const deep = (levels: number): object => (levels === 0 ? {} : { deeper: deep(levels - 1) });
  const values: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a text', 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa'],
    ['a list', [{ conferenceId: 'x' }]],
    ['an empty object', {}],
    ['a number for an id', { conferenceId: 7, requestId: 7, from: 7, members: 1 }],
    ['objects for texts', { conferenceId: {}, requestId: {}, from: {}, phase: {} }],
    ['half a surrogate pair', { conferenceId: '\ud83d', requestId: '\ud83d', phase: '\ud83d', from: '\ud83d' }],
    ['1 MB', { conferenceId: 'x'.repeat(1_000_000), requestId: 'x'.repeat(1_000_000), phase: 'created' }],
    ['a thousand levels', deep(1_000)],
    ['a name of every object', JSON.parse('{"__proto__": {"conferenceId": "x"}, "constructor": 1}')],
  ];
  const operations: Operation[] = ['create', 'get', 'dial', 'end', 'hold', 'waitFor'];

  test.each(operations)('is refused by %s, with what is wrong', async (operation) => {
    const outcomes = await Promise.all(values.map(([, value]) => team.call(operation, value)));
    const codes = outcomes.map((outcome) => ('error' in outcome ? outcome.error.code : JSON.stringify(outcome)));
    const fitting = /^(validation-error|body-too-large|conference-not-found|callback-invalid-url)$/;
    expect(codes.filter((code) => !fitting.test(code))).toEqual([]);
    for (const outcome of outcomes) expect(JSON.stringify(outcome).length).toBeLessThan(2_000);
  });

  test.each([0, -1, 1.5, 501, 1e300, '3', null, [3]])('is waited for: %p members', async (members) => {
    const conferenceId = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';
    expect(await team.call('waitFor', { conferenceId, members })).toEqual(
      refusal('validation-error', /^(members|phase): got/),
    );
  });

  test('is a phase and members at once', async () => {
    const both = { conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa', members: 3, phase: 'created' };
    expect(await team.call('waitFor', both)).toEqual(
      refusal('validation-error', /a phase, or a number of members instead/),
    );
  });

  test('is a password in a URL', async () => {
    const callbackUrl = 'https://user:password@customer.example/';
    const outcome = await team.call('create', fields({ callbackUrl }));
    expect(outcome).toEqual(refusal('callback-invalid-url', /without user and password/));
    expect(JSON.stringify(outcome)).not.toContain('user:password');
  });
});

test(`of many who wait for a conference ${MAX_WATCHERS} may, the others are told, and the conference goes on`, async () => {
  const conferenceId = await created(team);
  const many = Array.from({ length: 150 }, (_, n) =>
    team.start('waitFor', { conferenceId, members: 1 + (n % 2) }, { scheduleToCloseTimeout: '5 minutes' }),
  );
  const waiting = await Promise.all(many);
  // A flood keeps its own namespace from the endpoint for a minute (Temporal tries again then), and nobody else from the conference.
  await isWatched(house, conferenceId, MAX_WATCHERS, 150_000);
  const from = '+19195551234';
  for (const to of ['+19195550001', '+19195550002'])
    expect(await house.conferences.dial(USER, callRequest.parse({ from, to, conferenceId }))).toMatchObject({
      outcome: 'done',
    });
  const outcomes = (await Promise.all(waiting.map((one) => one.result()))) as Outcome[];
  const told = outcomes.filter((outcome) => 'answer' in outcome);
  expect(told.length).toBeGreaterThanOrEqual(MAX_WATCHERS);
  const others = outcomes.filter((outcome) => !('answer' in outcome));
  for (const outcome of others)
    expect(outcome).toEqual(refusal('conference-error', /^100 workflows wait for this conference already/));
  await house.conferences.update({ userId: USER, conferenceId }, { state: 'completed' });
  await workflowOf(house, conferenceId).result();
}, 330_000);
