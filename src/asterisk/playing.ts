import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { audioEvent } from '../catapult/platform-events.ts';
import { present } from '../catapult/present.ts';
import type { AudioRequest } from '../catapult/requests.ts';
import type { Ari } from './ari/ari.ts';
import { NAMES, type KeptConference, type KeptMember, type KeptPlay } from './kept.ts';
import { setVariable } from './variables.ts';
import type { World } from './world.ts';

/** What playing needs to know of a conference. */
export interface Stage {
  readonly id: string;
  readonly path: string;
  readonly settings: KeptConference;
  readonly plays: KeptPlay[];
}

/** Starts what is given in place of what plays of that kind; an empty file or sentence only stops it. To all, or to one. */
export async function play(world: World, stage: Stage, audio: AudioRequest, member?: KeptMember): Promise<void> {
  for (const kind of ['playback', 'speak'] as const) {
    const what = kind === 'playback' ? audio.fileUrl : audio.sentence;
    if (what === undefined) continue;
    const isReplaced = (other: KeptPlay) => other.kind === kind && other.memberId === member?.id;
    for (const other of stage.plays.filter(isReplaced)) await stop(world, stage, other);
    if (what !== '') await add(world, stage, keptPlayOf(audio, kind, what, member));
  }
}

function keptPlayOf(audio: AudioRequest, kind: KeptPlay['kind'], what: string, member?: KeptMember): KeptPlay {
  const { locale, gender, voice, tag, loopEnabled = false } = audio;
  return {
    ...{ id: randomUUID(), kind, what, loopEnabled, isStarted: false, round: 0 },
    ...present({ memberId: member?.id, callId: member?.callId, tag, locale, gender, voice }),
  };
}

async function add(world: World, stage: Stage, added: KeptPlay): Promise<void> {
  stage.plays.push(added);
  await keep(world, stage, added);
  // Getting the sound may take long; nobody waits for it.
  void begin(world, stage, added);
}

/** Gets the sound and plays it, unless it was stopped meanwhile. Never throws: what cannot be had is reported as over. */
export async function begin(world: World, stage: Stage, begun: KeptPlay): Promise<void> {
  const about = { conferenceId: stage.id, what: begun.kind };
  const sound = await world.sounds.make(begun).catch((error: unknown) => {
    world.logger.warn(
      { ...about, reason: error instanceof Error ? error.message : String(error) },
      'a sound cannot be had',
    );
  });
  const work = async () => {
    if (!(await isWanted(world.ari, stage, begun))) return await world.sounds.remove(begun.id);
    if (sound === undefined || !(await send(world, stage, begun))) await end(world, stage, begun);
  };
  await world.turns
    .take(stage.id, work)
    .catch((error: unknown) => world.logger.warn({ ...about, err: error }, 'a sound was not played'));
}

/** Stops it, and tells so if it has begun. */
export async function stop(world: World, stage: Stage, stopped: KeptPlay): Promise<void> {
  await forget(world, stage, stopped);
  await world.ari.ask('DELETE', `/playbacks/${playbackId(stage, stopped)}`);
  if (stopped.isStarted) tell(world, stage, stopped, 'done');
}

/** Asterisk says that it has begun, of each round anew. */
export async function started(world: World, stage: Stage, begun: KeptPlay): Promise<void> {
  if (begun.isStarted) return;
  begun.isStarted = true;
  await keep(world, stage, begun);
  tell(world, stage, begun, 'started');
}

/** Asterisk says that it is over: it is played once more, or was all. */
export async function finished(world: World, stage: Stage, over: KeptPlay, isDone: boolean): Promise<void> {
  if (!over.loopEnabled || !isDone) return await end(world, stage, over);
  over.round += 1;
  await keep(world, stage, over);
  if (!(await send(world, stage, over))) await end(world, stage, over);
}

/** Of which conference a playback is, and which of its plays; undefined for a tone. */
export function placeOf(playback: string): { conferenceId: string; playId: string } | undefined {
  const [conferenceId = '', playId = '', round] = playback.split('~');
  return round === undefined ? undefined : { conferenceId, playId };
}

/** What Asterisk calls its present round. */
export function playbackId({ id }: Stage, { id: playId, round }: KeptPlay): string {
  return `${id}~${playId}~${round}`;
}

async function send(world: World, stage: Stage, sent: KeptPlay): Promise<boolean> {
  const on = sent.callId === undefined ? stage.path : `/channels/${sent.callId}`;
  const body = { media: `sound:${world.sounds.pathOf(sent.id)}` };
  return (await world.ari.ask('POST', `${on}/play/${playbackId(stage, sent)}`, { body })).isDone;
}

/** Both events are sent for audio that never began, too: who waits for the end gets it. */
async function end(world: World, stage: Stage, over: KeptPlay): Promise<void> {
  await forget(world, stage, over);
  if (!over.isStarted) tell(world, stage, over, 'started');
  tell(world, stage, over, 'done');
}

async function keep({ ari }: World, stage: Stage, kept: KeptPlay): Promise<void> {
  await setVariable(ari, stage.path, NAMES.play + kept.id, kept);
}

async function forget(world: World, stage: Stage, { id }: KeptPlay): Promise<void> {
  stage.plays.splice(0, Infinity, ...stage.plays.filter((other) => other.id !== id));
  await setVariable(world.ari, stage.path, NAMES.play + id, undefined);
  await world.sounds.remove(id);
}

async function isWanted(ari: Ari, stage: Stage, { id }: KeptPlay): Promise<boolean> {
  const { body } = await ari.ask('GET', `${stage.path}/variable`, { query: { variable: NAMES.play + id } });
  const parsed = z.object({ value: z.string().min(1) }).safeParse(body);
  return parsed.success;
}

function tell(
  { callbacks }: World,
  { id, settings }: Stage,
  { kind, memberId, tag }: KeptPlay,
  status: 'started' | 'done',
): void {
  const about = { kind, status, time: new Date().toISOString(), tag: tag ?? settings.tag };
  void callbacks.tell(id, audioEvent(settings, { conferenceId: id, memberId }, about), settings);
}
