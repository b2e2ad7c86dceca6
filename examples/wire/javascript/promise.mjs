// A whole conference with node-bandwidth and promises: create it, dial somebody, mute them, speak to all, end it.
import { setTimeout as pause } from 'node:timers/promises';
import Bandwidth from 'node-bandwidth';

const { CATAPULT_URL, CATAPULT_USER, CATAPULT_TOKEN, CATAPULT_SECRET, SANDBOX_URL } = process.env;
const inbox = `${SANDBOX_URL ?? 'http://127.0.0.1:8181'}/sandbox/inbox/examples`;

const { Call, Conference } = new Bandwidth({
  userId: CATAPULT_USER ?? 'u-local',
  apiToken: CATAPULT_TOKEN ?? 't-local',
  apiSecret: CATAPULT_SECRET ?? 's-local',
  baseUrl: CATAPULT_URL ?? 'http://127.0.0.1:8080',
});

const plain = await Conference.create({ from: '+12345678901' });
console.log(`Created conference ${plain.id}`);

const { id } = await Conference.create({
  from: '+12345678901',
  callbackUrl: inbox,
  callbackTimeout: 2000,
  fallbackUrl: inbox,
  tag: 'promise',
});
console.log(`Created conference ${id}; its events go to ${inbox}`);

const call = await Call.create({ from: '+12345678901', to: '+19195551234', conferenceId: id });
console.log(`Dialled ${call.to} as call ${call.id}`);

let members = [];
while (members.length === 0) {
  await pause(200);
  members = await Conference.getMembers(id);
}
const [member] = members;
console.log(`They answered: member ${member.id}`);

await Conference.updateMember(id, member.id, { mute: true });
console.log(`Muted the member: mute is ${(await Conference.getMember(id, member.id)).mute}`);

await Conference.speakSentence(id, 'Welcome to the conference');
console.log('Spoke to all');

for (const each of [plain.id, id]) {
  await Conference.remove(each);
  console.log(`Ended conference ${each}: it is ${(await Conference.get(each)).state}`);
}
