import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { limits } from '../../src/accounts/limits.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { answer, created, fields, refusal } from '../support/other-team/asks.ts';
import { openTeam, type OtherTeam } from '../support/other-team/other-team.ts';
import { until } from '../support/until.ts';

/* What a gateway refuses, an endpoint refuses too: URLs that lead inside, and what is beyond the account's limits. */

let house: House;
let team: OtherTeam;
beforeAll(async () => {
  house = await openHouse({ worker: false, nexusAccounts: [USER] });
  const own = limits.parse({ openConferences: 3, createsPerSecond: 1_000, dialsPerMinute: 2 });
  house.dependencies.accounts = new Accounts([{ ...LOCAL_ACCOUNT, limits: own }]);
  await house.startWorker();
  team = await openTeam(house.taskQueue);
});
afterAll(async () => {
  await team.close();
  await house.close();
});

const INSIDE = [
  ...['http://10.0.0.1/', 'http://169.254.169.254/latest/', 'http://[::ffff:10.0.0.1]/', 'http://0x0a000001/'],
  ...['http://public.example:22/', 'http://168.63.129.16/'],
];

describe('URLs that lead inside', () => {
  test.each(INSIDE)('%s is refused, and nothing begins', async (url) => {
    for (const name of ['callbackUrl', 'fallbackUrl']) {
      const given = fields({ [name]: url });
      expect(await team.call('create', given)).toEqual(refusal('callback-invalid-url', new RegExp(`^${name}: wants`)));
      expect(await team.call('hold', given)).toEqual(refusal('callback-invalid-url', new RegExp(`^${name}: wants`)));
    }
    expect(house.sandbox.platform.list()).toEqual([]);
  });
});

test('beyond the limits an operation fails, and nothing is done', async () => {
  // What a backend service opens counts too, once the index has it.
  await house.conferences.create(USER, createConferenceRequest.parse({ from: '+19195551234' }));
  await until('the index has it', async () => {
    const page = await house.conferences.list({ userId: USER, filters: {} }, { size: 10 });
    return page.conferences.length === 1;
  });
  const first = await created(team);
  const dialled = (to: string) => team.call('dial', fields({ conferenceId: first, to }));
  await answer(team, 'waitFor', { conferenceId: first, phase: 'created' });
  await answer(team, 'dial', fields({ conferenceId: first, to: '+19195550001' }));
  expect(await team.call('dial', fields({ conferenceId: first, to: '+19195550009', callbackUrl: INSIDE[0] }))).toEqual(
    refusal('callback-invalid-url', /^callbackUrl: wants/),
  );
  await answer(team, 'dial', fields({ conferenceId: first, to: '+19195550002' }));
  expect(await dialled('+19195550003')).toEqual(refusal('rate-limit-reached', /Nothing was done/));

  await created(team);
  const refused = fields();
  expect(await team.call('create', refused)).toEqual(refusal('rate-limit-reached', /3 open conferences/));
  expect(await team.call('hold', fields())).toEqual(refusal('rate-limit-reached', /3 open conferences/));
  expect(house.sandbox.platform.list()).toHaveLength(3);
});
