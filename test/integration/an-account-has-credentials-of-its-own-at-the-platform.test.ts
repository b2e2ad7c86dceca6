import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { conferencePath, callsPath, membersPath } from '../../src/catapult/paths.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { sandboxPlatform, type Platform } from '../support/platforms.ts';
import { until } from '../support/until.ts';

/* A platform that knows neither gateway nor worker by their settings: only the account's own credentials let its conferences be held there. */

const OWN = { userId: 'u-of-the-account', token: 't-own', secret: 's-own' };
const withOwn = {
  ...LOCAL_ACCOUNT,
  ...{ platformUserId: OWN.userId, platformToken: OWN.token, platformSecret: OWN.secret },
};

describe.each(['gateway', 'worker'] as const)('with conferences created by the %s', (deliverFrom) => {
  let sandbox: Sandbox;
  let platform: Platform;
  let house: House;
  beforeAll(async () => {
    sandbox = createSandbox(OWN);
    platform = await sandboxPlatform(sandbox);
    house = await openHouse({ platform, deliverFrom });
  });
  afterAll(async () => {
    await house.close();
    await platform.close();
  });

  test('without credentials of its own the platform refuses it', async () => {
    const answer = await house.call('POST', `/v1/users/${USER}/conferences`, { from: '+19195551234' });
    expect(answer.status).not.toBe(201);
  });

  test('all of a conference is done with them: it is created, dialled into, changed, and ended', async () => {
    house.dependencies.accounts.replace([withOwn]);
    const conferenceId = await house.create();
    const path = conferencePath(USER, conferenceId);
    const call = { from: '+19195551234', to: '+19195555678', conferenceId };
    expect((await house.call('POST', callsPath(USER), call)).status).toBe(201);
    await until('who was dialled is a member', async () => {
      const members = (await (await house.call('GET', membersPath(USER, conferenceId))).json()) as unknown[];
      return members.length === 1;
    });
    expect((await house.call('POST', path, { mute: true })).status).toBe(200);
    expect((await house.call('POST', path, { state: 'completed' })).status).toBe(200);
    const there = () => sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(conferenceId));
    expect(there()).toMatchObject({ mute: true });
    await until('it is over on the platform', () => there()?.state === 'completed');
  });

  test('credentials that are changed hold for the next request', async () => {
    const conferenceId = await house.create();
    house.dependencies.accounts.replace([{ ...withOwn, platformSecret: 'not-it' }]);
    const path = conferencePath(USER, conferenceId);
    expect((await house.call('POST', path, { mute: true })).status).not.toBe(200);
    house.dependencies.accounts.replace([withOwn]);
    expect((await house.call('POST', path, { state: 'completed' })).status).toBe(200);
  });
});
