import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { conferencePath } from '../../src/catapult/paths.ts';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import { holdWorkflowId, WATCH_WORKFLOW, watchWorkflowId, type WatchInput } from '../../src/workflows/messages.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { answer, answerIn, created, fields, isWatched, joins, refusal } from '../support/other-team/asks.ts';
import { openTeam, type OtherTeam } from '../support/other-team/other-team.ts';
import type { Outcome } from '../support/other-team/workflows.ts';
import { stays, until } from '../support/until.ts';

/* What docs/nexus.md promises to workflows of other teams, by a workflow in a namespace of its own. */

let house: House;
let team: OtherTeam;
beforeAll(async () => {
  house = await openHouse({ nexusAccounts: [USER] });
  team = await openTeam(house.taskQueue);
});
afterAll(async () => {
  await team.close();
  await house.close();
});

/** Happens to the platform's create calls. */
const strike = (fault: RequestFault) =>
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, ...fault });

/** The operations that a workflow of the team has under way at ours. */
async function pendingOperations(handle: WorkflowHandle): Promise<number> {
  const { raw } = await handle.describe();
  return (raw.pendingNexusOperations ?? []).filter(({ operationToken }) => operationToken !== '').length;
}

describe('create', () => {
  test('gives the id and the phase, and the same again for the same requestId', async () => {
    const input = fields();
    const first = await answer(team, 'create', input);
    expect(first).toEqual({ conferenceId: expect.stringMatching(/^conf-/), phase: 'created' });
    expect(await answer(team, 'create', input)).toEqual(first);
    expect(await team.call('create', { ...input, from: '+19195550000' })).toEqual(
      refusal('duplicate-conference', /used for another request/),
    );
  });

  test('tells the platform’s refusal in its own words', async () => {
    const said = { category: 'authorization', code: 'number-access-denied', message: 'The number is not yours.' };
    strike({ answer: { status: 401, ...said }, times: 1 });
    expect(await team.call('create', fields())).toEqual(refusal(said.code, /^The number is not yours.$/));
  });
});

describe('get', () => {
  test('gives the conference as GET shows it, and its members', async () => {
    const conferenceId = await created(team);
    await joins(team, conferenceId, '+19195550001');
    await answer(team, 'waitFor', { conferenceId, members: 1 });
    const shown: unknown = await (await house.call('GET', conferencePath(USER, conferenceId))).json();
    expect(await answer(team, 'get', { conferenceId })).toEqual({
      conference: shown,
      members: [expect.objectContaining({ state: 'active', mute: false })],
    });
  });
});

describe('dial', () => {
  test('calls once for each requestId, and gives the call’s id', async () => {
    const conferenceId = await created(team);
    const call = { ...fields(), to: '+19195550009', conferenceId };
    const first = await answer(team, 'dial', call);
    expect(first).toEqual({ callId: expect.stringMatching(/./) });
    expect(await answer(team, 'dial', call)).toEqual(first);
    await answer(team, 'waitFor', { conferenceId, members: 1 });
    const calls = house.sandbox.platform.calls().filter((one) => one.shown().to === call.to);
    expect(calls).toHaveLength(1);
  });
});

describe('end', () => {
  test('ends the conference; one that has ended is no error', async () => {
    const conferenceId = await created(team);
    const ended = { conferenceId, phase: 'completed' };
    await answer(team, 'end', { conferenceId });
    await answer(team, 'waitFor', { conferenceId, phase: 'completed' });
    expect(await answer(team, 'end', { conferenceId })).toEqual(ended);
  });
});

describe('hold', () => {
  test('lasts as long as the conference, and gives why it ended and who was in it', async () => {
    const input = fields();
    const conferenceId = await created(team, input);
    const holding = await team.start('hold', input);
    await isWatched(house, conferenceId);
    await joins(team, conferenceId, '+19195550001');
    await answer(team, 'waitFor', { conferenceId, members: 1 });
    await answer(team, 'end', { conferenceId });
    expect(answerIn((await holding.result()) as Outcome)).toEqual({
      conferenceId,
      phase: 'completed',
      reason: 'ended-via-api',
      activeMembers: 0,
      members: [expect.objectContaining({ state: 'completed' })],
    });
    expect(await answer(team, 'hold', input)).toMatchObject({ phase: 'completed', reason: 'ended-via-api' });
  });

  test('is begun anew where it has failed on our side', async () => {
    const input = fields();
    const conferenceId = await created(team, input);
    const first = await team.start('hold', input);
    await isWatched(house, conferenceId);
    await house.client.workflow.getHandle(holdWorkflowId({ userId: USER, conferenceId })).terminate('by mistake');
    expect(await first.result()).not.toHaveProperty('answer');
    const second = await team.start('hold', input);
    await until('it holds again', async () => (await pendingOperations(second)) === 1);
    await answer(team, 'end', { conferenceId });
    expect(await second.result()).toMatchObject({ answer: { conferenceId, reason: 'ended-via-api' } });
  });

  test('is joined by a second caller with the same requestId', async () => {
    const input = fields();
    const conferenceId = await created(team, input);
    const [one, other] = [await team.start('hold', input), await team.start('hold', input)];
    await until(
      'both wait for one workflow',
      async () => (await pendingOperations(one)) + (await pendingOperations(other)) === 2,
    );
    await isWatched(house, conferenceId);
    await answer(team, 'end', { conferenceId });
    const [first, second] = [await one.result(), await other.result()] as Outcome[];
    expect(first).toMatchObject({ answer: { reason: 'ended-via-api' } });
    expect(second).toEqual(first);
  });

  test('ends the conference when it is cancelled', async () => {
    const input = fields();
    const conferenceId = await created(team, input);
    const holding = await team.start('hold', input);
    await isWatched(house, conferenceId);
    await holding.cancel();
    expect(await holding.result()).toEqual({ cancelled: true });
    expect(await answer(team, 'get', { conferenceId })).toMatchObject({
      conference: { phase: 'completed', reason: 'ended-via-api' },
    });
    const onPlatform = house.sandbox.platform
      .list()
      .filter(({ callbackUrl = '' }) => callbackUrl.includes(conferenceId));
    expect(onPlatform.map(({ state }) => state)).toEqual(['completed']);
  });

  test('leaves the conference running when its caller is terminated', async () => {
    const input = fields();
    const conferenceId = await created(team, input);
    const holding = await team.start('hold', input);
    await isWatched(house, conferenceId);
    await holding.terminate();
    const phase = async () => (await house.conferences.get({ userId: USER, conferenceId }))?.phase;
    await stays('it is open', async () => (await phase()) === 'created', 2_000);
  });
});

describe('waitFor', () => {
  test('lasts until so many members are in it', async () => {
    const conferenceId = await created(team);
    const waiting = await team.start('waitFor', { conferenceId, members: 2 });
    await isWatched(house, conferenceId);
    await joins(team, conferenceId, '+19195550001');
    await joins(team, conferenceId, '+19195550002');
    const outcome = (await waiting.result()) as Outcome;
    expect(outcome).toEqual({ answer: { conferenceId, phase: 'active', activeMembers: 2 } });
    await isWatched(house, conferenceId, 0);
  });

  test('is answered at once where it has come already', async () => {
    const conferenceId = await created(team);
    expect(await answer(team, 'waitFor', { conferenceId, phase: 'created' })).toEqual({
      conferenceId,
      phase: 'created',
      activeMembers: 0,
    });
  });

  test('fails when the conference ends before', async () => {
    const conferenceId = await created(team);
    const waiting = await team.start('waitFor', { conferenceId, members: 3 });
    await isWatched(house, conferenceId);
    await answer(team, 'end', { conferenceId });
    const failure = refusal('conference-error', /has ended \(completed, ended-via-api\) before it had 3 members/);
    expect(await waiting.result()).toEqual(failure);
    await answer(team, 'waitFor', { conferenceId, phase: 'completed' });
    expect(await team.call('waitFor', { conferenceId, members: 3 })).toEqual(failure);
  });

  test('changes nothing for the conference, nor for others who wait, when it is cancelled', async () => {
    const conferenceId = await created(team);
    const [one, other] = [
      await team.start('waitFor', { conferenceId, phase: 'active' }),
      await team.start('waitFor', { conferenceId, phase: 'active' }),
    ];
    await isWatched(house, conferenceId, 2);
    await one.cancel();
    expect(await one.result()).toEqual({ cancelled: true });
    await isWatched(house, conferenceId, 1);
    await joins(team, conferenceId, '+19195550001');
    expect(await other.result()).toMatchObject({ answer: { phase: 'active' } });
  });
});

test('a conference that closes before the watcher has said that it waits is looked up', async () => {
  const conferenceId = await created(team);
  await answer(team, 'end', { conferenceId });
  await workflowOf(house, conferenceId).result();
  const ids = { userId: USER, conferenceId };
  const late: unknown = await house.client.workflow.execute(WATCH_WORKFLOW, {
    workflowId: watchWorkflowId(ids, 'late'),
    taskQueue: house.taskQueue,
    args: [{ awaited: { phase: 'completed' } } satisfies WatchInput],
  });
  expect(late).toMatchObject({ conferenceId, phase: 'completed', reason: 'ended-via-api' });
});
