import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { callsPath, conferencePath } from '../../src/catapult/paths.ts';
import { connectToTemporal } from '../../src/client/index.ts';
import { endpointOf } from '../../src/nexus-endpoints.ts';
import { makeTeam, TEAM_QUEUE } from '../support/other-team/other-team.ts';
import type { Progress } from '../support/other-team/workflows.ts';
import { killGroup, launch, type Program } from '../support/processes.ts';
import { openTown, USER, type Town } from '../support/town/town.ts';
import { until } from '../support/until.ts';

const FROM = '+19195551234';

/** The other team's worker, to be killed and started again. */
class TeamWorker {
  private program: Program | undefined;
  private readonly settings: Record<string, string>;

  constructor(settings: Record<string, string>) {
    this.settings = settings;
  }

  async start(): Promise<void> {
    this.program = launch(process.execPath, ['--import', 'tsx', 'test/support/other-team/worker.ts'], this.settings);
    await this.program.until(/ready on/, 90_000);
  }

  async kill(): Promise<void> {
    if (this.program === undefined) return;
    killGroup(this.program);
    await this.program.ended;
  }
}

/** Dials somebody once, however often that must be asked for. */
async function dial(town: Town, conferenceId: string, to: string): Promise<void> {
  const key = randomUUID();
  await until(`${to} is dialled`, async () => {
    const { status, body } = await town.ask('POST', callsPath(USER), { from: FROM, to, conferenceId }, key);
    if (status !== 201) throw new Error(`it was answered ${status}: ${body}`);
    return true;
  });
}

test('a workflow in another namespace holds a conference, waits for three members, then for its end, while worker and caller are killed', async () => {
  const town = await openTown();
  const address = town.temporalAddress;
  const { namespace } = await makeTeam(address, { namespace: 'default', taskQueue: 'of-nobody' });
  const team = new TeamWorker({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  const { client, close } = connectToTemporal({ address }, namespace);
  try {
    await team.start();
    // The endpoint that the local server has been given at its start.
    const meeting = await client.workflow.start('meeting', {
      workflowId: 'meeting',
      taskQueue: TEAM_QUEUE,
      args: [endpointOf(USER), { requestId: randomUUID(), from: FROM }],
    });
    const progress = () => meeting.query<Progress>('progress');
    const id = await until('the conference is there', async () => (await progress()).conferenceId);
    await dial(town, id, '+19195550001');
    await Promise.all([town.worker.killAndStart(), team.kill()]);
    await dial(town, id, '+19195550002');
    await town.worker.kill();
    // The platform's event of the third waits for a worker, and the word of it for the team's.
    const third = dial(town, id, '+19195550003');
    await town.worker.start();
    await third;
    await team.start();
    expect(await until('three are in it', async () => (await progress()).three)).toMatchObject({ activeMembers: 3 });
    await team.kill();
    await town.ask('POST', conferencePath(USER, id), { state: 'completed' });
    await town.worker.killAndStart();
    await team.start();
    const { end } = (await meeting.result()) as Progress;
    expect(end).toMatchObject({ conferenceId: id, phase: 'completed', reason: 'ended-via-api', activeMembers: 0 });
    expect(end).toHaveProperty('members.length', 3);
    expect((await town.madeFor(id)).map(({ state }) => state)).toEqual(['completed']);
  } finally {
    await team.kill();
    await close();
    await town.close();
  }
}, 240_000);
