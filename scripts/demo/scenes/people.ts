import { z } from 'zod';
import { LOCAL_ACCOUNT } from '../../../src/accounts/accounts.ts';
import { callsPath, idFromLocation, membersPath } from '../../../src/catapult/paths.ts';
import { answered, bodyOf } from '../http.ts';
import { eventually, expectThat } from '../observe.ts';
import type { Stage } from '../stage.ts';
import { say, scene } from '../tell.ts';
import { theOneOnThePlatform } from './creating.ts';

/** A number of the sandbox's that is busy the first time a conference dials it. */
const ANN = '+15550001006';
const BEN = '+19195550002';
const CAROL = '+19195550003';

/** Somebody in the conference. */
export interface Person {
  callId: string;
  memberId: string;
}

export interface People {
  ann: Person;
  ben: Person;
  carol: Person;
}

export async function gather(stage: Stage): Promise<People> {
  scene('Three people come together');
  const busy = await dial(stage, ANN);
  await stage.customerGets('hangup', { callId: busy, cause: 'USER_BUSY' });
  say(`Ann (${ANN}) was dialled and is busy: the customer got “hangup” with the cause USER_BUSY.`);
  const ann = await joined(stage, await dial(stage, ANN));
  say('Ann was dialled again and answered: the customer got “conference-member active”.');
  const ben = await joined(stage, await dial(stage, BEN));
  say(`Ben (${BEN}) was dialled and answered.`);
  const calling = await stage.callFromOutside(CAROL);
  const { userId } = LOCAL_ACCOUNT;
  answered(201, await stage.post(membersPath(userId, stage.conferenceId), { callId: calling, joinTone: true }));
  const carol = await joined(stage, calling);
  say(`Carol called from outside (${CAROL}), and her call was added as a member.`);
  await allAreThere(stage);
  return { ann, ben, carol };
}

/** Dials somebody into the conference; answers the call's id. */
async function dial(stage: Stage, to: string): Promise<string> {
  const { conferenceId, customer } = stage;
  const request = { from: '+19195551234', to, conferenceId, callbackUrl: customer.callbackUrl };
  return idFromLocation(answered(201, await stage.post(callsPath(LOCAL_ACCOUNT.userId), request)).location) ?? '';
}

async function joined(stage: Stage, callId: string): Promise<Person> {
  const { event } = await stage.customerGets('conference-member active', { callId });
  return { callId, memberId: event.memberId ?? '' };
}

async function allAreThere(stage: Stage): Promise<void> {
  const members = bodyOf(
    z.array(z.object({ id: z.string(), state: z.string() })),
    await stage.get(`${stage.path}/members`),
  );
  const active = members.filter(({ state }) => state === 'active').map(({ id }) => id);
  const there = (await theOneOnThePlatform(stage)).members.map(({ id }) => id);
  expectThat(active.length === 3, 'GET …/members shows three active members', members);
  expectThat(
    active.every((id) => there.includes(id)),
    `the platform has the members ${active.join(', ')}`,
    there,
  );
  say('GET …/members shows three active members, and the platform has the same three.');
}

/** Ben is muted, and nobody else. */
export async function mute(stage: Stage, { ben }: People): Promise<void> {
  scene('One is muted');
  answered(200, await stage.post(`${stage.path}/members/${ben.memberId}`, { mute: true }));
  const muted = await eventually(
    {
      expected: 'Ben alone is muted on the platform',
      look: async () => (await theOneOnThePlatform(stage)).members.filter((member) => member.mute).map(({ id }) => id),
      is: (ids) => ids.length === 1 && ids[0] === ben.memberId,
    },
    stage.signal,
  );
  await stage.customerGets('conference-member active', { memberId: ben.memberId, mute: true });
  say(`POST …/members/${ben.memberId.slice(0, 15)}… {"mute": true} was answered 200.`);
  say(`On the platform ${muted.length} of 3 is muted: Ben. The customer got the event.`, 3);
}
