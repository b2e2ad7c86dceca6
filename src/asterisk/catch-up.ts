import { instantOf } from '../catapult/resources.ts';
import type { Channel } from './ari/resources.ts';
import { COMPLETED_KEPT_MS, WAITS_FOR_MS } from './budget.ts';
import type { Calls } from './calls.ts';
import { callOf, conferenceOf, hangUp, listChannels } from './channels.ts';
import { completedAt, type AsteriskConference } from './conference.ts';
import type { Conferences } from './conferences.ts';
import { NAMES, type KeptCall, type KeptPlay } from './kept.ts';
import { begin, finished, playbackId } from './playing.ts';
import type { Reception } from './reception.ts';
import { setVariable } from './variables.ts';
import type { World } from './world.ts';

/*
 * What happened while nobody listened is queued nowhere, but what it changed is there; and so is what was begun by an adapter that
 * was killed over it.
 */

/** Looks at all that is there, and does what would have followed. */
export async function catchUp(
  world: World,
  { conferences, calls, reception }: { conferences: Conferences; calls: Calls; reception: Reception },
): Promise<void> {
  const channels = await listChannels(world.ari);
  for (const { id } of await conferences.bridges()) {
    const missing = await world.turns.take(id, () => mend(world, conferences, id, channels));
    for (const call of missing) await calls.gone(call);
  }
  for (const channel of channels) {
    const call = callOf(channel);
    if (call !== undefined && channel.state === 'Up' && conferenceOf(channel) === undefined) await calls.answered(call);
  }
  await reception.goOn(channels);
}

/** Clears away what was completed long enough ago, ends what did not come to its end, and calls that wait in vain. */
export async function sweep(world: World, conferences: Conferences, now = Date.now()): Promise<void> {
  for (const { id } of await conferences.bridges()) {
    await world.turns.take(id, async () => {
      const conference = await conferences.look(id);
      if (conference?.isCompleted !== true) return;
      if (completedAt(conference) < now - COMPLETED_KEPT_MS) await world.ari.ask('DELETE', conference.path);
      else await complete(conference);
    });
  }
  for (const channel of await listChannels(world.ari)) {
    if (hasWaitedTooLong(channel, now)) await hangUp(world.ari, channel.id);
  }
}

/** Nobody has added it to a conference: it costs, and is of no use. */
function hasWaitedTooLong(channel: Channel, now: number): boolean {
  const isWaiting = channel.channelvars[NAMES.waits] !== undefined && conferenceOf(channel) === undefined;
  return isWaiting && instantOf(channel.creationtime) < now - WAITS_FOR_MS;
}

/** Of a conference that is completed does what of that is not done yet. */
async function complete(conference: AsteriskConference): Promise<void> {
  if (conference.announced !== 'completed' || conference.active.length > 0) await conference.complete();
}

/** Answers the calls that were dialled and are there no more. */
async function mend(
  world: World,
  conferences: Conferences,
  id: string,
  channels: readonly Channel[],
): Promise<KeptCall[]> {
  // Of one that was just being made Asterisk does not show what it was given.
  if ((await conferences.look(id)) === undefined)
    await setVariable(world.ari, `/bridges/${id}`, NAMES.announced, 'nothing');
  const conference = await conferences.look(id);
  if (conference === undefined) return [];
  await unmark(world, conference, channels);
  if (!conference.isCompleted) await mendOpen(world, conference, channels);
  else await complete(conference);
  const missing: KeptCall[] = [];
  for (const call of conference.dialled) {
    const { isDone: isThere } = await world.ari.ask('GET', `/channels/${call.id}`);
    if (!isThere) missing.push(call);
  }
  return missing;
}

/** Who was on the way into a conference when the adapter was killed is in none, and comes once more. */
async function unmark({ ari }: World, conference: AsteriskConference, channels: readonly Channel[]): Promise<void> {
  const known = new Set([...conference.channels, ...conference.members.map(({ callId }) => callId)]);
  for (const channel of channels) {
    if (conferenceOf(channel) !== conference.id || known.has(channel.id)) continue;
    await setVariable(ari, `/channels/${channel.id}`, NAMES.isIn, undefined);
    channel.channelvars[NAMES.isIn] = '';
  }
}

async function mendOpen(world: World, conference: AsteriskConference, channels: readonly Channel[]): Promise<void> {
  if (conference.announced !== 'created') conference.tellStatus('created');
  await mendMembers(world, conference, channels);
  // Of a conference that has completed by that they have ended.
  for (const play of [...conference.plays]) await mendPlay(world, conference, play);
}

async function mendPlay(world: World, conference: AsteriskConference, play: KeptPlay): Promise<void> {
  const { isDone: isThere } = await world.ari.ask('GET', `/playbacks/${playbackId(conference, play)}`);
  if (isThere) return;
  if (play.isStarted) await finished(world, conference, play, true);
  else void begin(world, conference, play);
}

async function mendMembers(
  { ari }: World,
  conference: AsteriskConference,
  channels: readonly Channel[],
): Promise<void> {
  for (const callId of conference.channels) {
    if (conference.active.some((member) => member.callId === callId)) continue;
    const isOurs = channels.some((channel) => channel.id === callId && conferenceOf(channel) === conference.id);
    const wasRemoved = conference.members.some((member) => member.callId === callId);
    if (wasRemoved) await ari.ask('POST', `${conference.path}/removeChannel`, { query: { channel: callId } });
    else if (isOurs) await conference.admit(callId, {});
  }
  for (const member of conference.active) {
    if (conference.channels.includes(member.callId)) await conference.silence(member);
    else await conference.leave(member);
  }
}
