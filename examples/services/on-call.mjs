// An on-call bridge: dials one engineer after the other until three have joined, tells them why, and ends when they have all left.
import { connectConferences } from 'convoke';

// The sandbox's telephones: some are busy, or do not answer (docs/sandbox.md).
const PHONES = '+15550001001,+19195550001,+15550001003,+19195550002,+15550001005,+19195550004';
const { ACCOUNT = 'u-local', ENGINEERS = PHONES } = process.env;
const FROM = '+19195551234';
const ENOUGH = 3;

const { conferences, close } = connectConferences();
const bridge = await conferences.create(ACCOUNT, {
  ...{ from: FROM, tag: 'on call: the database is slow' },
  // Whatever becomes of this process, it ends after an hour.
  maxDuration: 3600,
});
console.log(`The bridge is ${bridge.conferenceId}.`);

const toDial = ENGINEERS.split(',');
let reachable = toDial.length;
const joined = new Set();
async function dialNext() {
  const to = toDial.shift();
  if (to === undefined) return;
  console.log(`Dials ${to}.`);
  // 20 s of ringing is enough: then the next one is dialled.
  await conferences.dial(bridge, { from: FROM, to, callTimeout: 20 });
}

for (let dialled = 0; dialled < ENOUGH; dialled += 1) await dialNext();
let isTold = false;
// Each event comes again with each attempt at delivering it: what was seen once is enough.
const seen = new Set();
for await (const { id, body } of conferences.events(bridge)) {
  if (seen.has(id)) continue;
  seen.add(id);
  if (body.eventType === 'hangup' && !isTold) {
    reachable -= 1;
    if (reachable >= ENOUGH) await dialNext();
    else {
      console.log('Too few can be reached.');
      await conferences.end(bridge);
    }
  }
  if (body.eventType !== 'conference-member' || body.state !== 'active') continue;
  joined.add(body.memberId);
  console.log(`${joined.size} joined.`);
  if (joined.size < ENOUGH || isTold) continue;
  isTold = true;
  await conferences.speak(bridge, { sentence: 'The database is slow. You are three: begin.' });
  // So that the example ends: real engineers hang up by themselves.
  await conferences.end(bridge);
}
const { reason } = await conferences.get(bridge);
console.log(`The bridge has ended: ${reason}.`);
await close();
