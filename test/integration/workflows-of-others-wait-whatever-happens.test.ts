import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { USER, workflowOf, type House } from '../support/house.ts';
import { openImpatientHouse } from '../support/impatient.ts';
import { answer, created, fields, isWatched, joins, refusal } from '../support/other-team/asks.ts';
import { openTeam, type OtherTeam } from '../support/other-team/other-team.ts';
import { sendEvents } from '../support/platform-events.ts';
import { timePasses, until } from '../support/until.ts';

/* On a server that suggests continue-as-new at 50 events instead of 4,096. */

let house: House;
let team: OtherTeam;
beforeAll(async () => {
  house = await openImpatientHouse(50, { nexusAccounts: [USER] });
  team = await openTeam(house.taskQueue);
});
afterAll(async () => {
  await team.close();
  await house.close();
});

const PATIENT = { scheduleToCloseTimeout: '3 minutes' };

async function runs(conferenceId: string): Promise<number> {
  const query = `WorkflowId = '${conferenceWorkflowId({ userId: USER, conferenceId })}'`;
  return (await house.client.workflow.count(query)).count;
}

test('those who wait are carried through continue-as-new, and told', async () => {
  const input = fields({ callbackUrl: house.customer.url('/callback') });
  const conferenceId = await created(team, input);
  const [holding, members, active] = [
    await team.start('hold', input),
    await team.start('waitFor', { conferenceId, members: 3 }),
    await team.start('waitFor', { conferenceId, members: 4 }),
  ];
  await isWatched(house, conferenceId, 3);
  await joins(team, conferenceId, '+19195550001');
  let digit = 0;
  await until('there have been three runs', async () => {
    await sendEvents(house, conferenceId, [{ eventType: 'dtmf', memberId: 'member-1', digits: String(digit++ % 10) }]);
    return (await runs(conferenceId)) >= 3;
  });
  await isWatched(house, conferenceId, 3);
  await joins(team, conferenceId, '+19195550002');
  await joins(team, conferenceId, '+19195550003');
  expect(await members.result()).toMatchObject({ answer: { activeMembers: 3 } });
  await answer(team, 'end', { conferenceId });
  expect(await active.result()).toEqual(refusal('conference-error', /before it had 4 members/));
  expect(await holding.result()).toMatchObject({ answer: { reason: 'ended-via-api' } });
  await workflowOf(house, conferenceId).result();
}, 180_000);

test('of a conference whose workflow is terminated, who waits is told so after a minute', async () => {
  const input = fields();
  const conferenceId = await created(team, input);
  const [holding, waiting] = [
    await team.start('hold', input, PATIENT),
    await team.start('waitFor', { conferenceId, members: 3 }, PATIENT),
  ];
  await isWatched(house, conferenceId, 2);
  await workflowOf(house, conferenceId).terminate();
  const terminated = refusal('conference-error', /workflow was terminated/);
  expect(await waiting.result()).toEqual(terminated);
  expect(await holding.result()).toEqual(terminated);
}, 180_000);

describe('of a platform that does not answer', () => {
  const strike = (fault: RequestFault) =>
    house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, ...fault });

  test('a create is answered within 7 s, and the conference comes later', async () => {
    strike({ answer: { status: 503 } });
    const { conferenceId, phase } = await answer(team, 'create', fields());
    house.sandbox.faults.endAll();
    expect(phase).toBe('creating');
    expect(await answer(team, 'waitFor', { conferenceId, phase: 'created' })).toMatchObject({ phase: 'created' });
  });

  test('who is dialled before the platform has the conference is called when it has', async () => {
    strike({ answer: { status: 503 } });
    const { conferenceId, phase } = await answer(team, 'create', fields());
    expect(phase).toBe('creating');
    const dialled = answer(team, 'dial', fields({ conferenceId, to: '+19195550001' }));
    await timePasses('the conference is asked for the call', 1_000);
    house.sandbox.faults.endAll();
    expect(await dialled).toEqual({ callId: expect.stringMatching(/./) });
  });

  test('a call of which the platform says neither that it is made nor that it is not is not made again', async () => {
    const conferenceId = await created(team);
    house.sandbox.faults.add({ on: { method: 'POST', route: '/calls' }, answer: { status: 500 }, times: 1 });
    const to = '+19195550033';
    expect(await team.call('dial', fields({ conferenceId, to }))).toMatchObject({ error: {} });
    expect(house.sandbox.platform.calls().filter((one) => one.shown().to === to)).toEqual([]);
  });

  test('who holds a conference that never comes to be is told the platform’s error', async () => {
    strike({ answer: { status: 503 }, times: 20 });
    const outcome = await team.call('hold', fields({ creationTimeout: 8 }));
    house.sandbox.faults.endAll();
    expect(outcome).toEqual(refusal('gateway-unavailable', /did not take the conference within 8 s/));
  });
});
