import { z } from 'zod';
import { APP, type Ari } from './ari/ari.ts';
import { application, channel, type Channel } from './ari/resources.ts';
import { keptCall, NAMES, read, type KeptCall } from './kept.ts';

/**
 * All calls there are. One that came with words that are no UTF-8 Asterisk cannot show, and no list with it, nor tell us of: it is
 * ended, and the others are asked for one by one.
 */
export async function listChannels(ari: Ari): Promise<Channel[]> {
  const all = await ari.get('/channels', z.array(channel)).catch(() => undefined);
  return all ?? (await listOneByOne(ari));
}

async function listOneByOne(ari: Ari): Promise<Channel[]> {
  const ours = await ari.get(`/applications/${APP}`, application);
  const shown: Channel[] = [];
  for (const id of ours?.channel_ids ?? []) {
    const { isDone, body } = await ari.ask('GET', `/channels/${id}`);
    if (body !== undefined && isDone) shown.push(channel.parse(body));
    else await hangUp(ari, id);
  }
  return shown;
}

/** A dialled call; undefined for one that came from outside. */
export function callOf({ channelvars }: Pick<Channel, 'channelvars'>): KeptCall | undefined {
  return read(keptCall, channelvars[NAMES.call]);
}

/** The conference that a call is in, or was in last. */
export function conferenceOf({ channelvars }: Channel): string | undefined {
  const conferenceId = channelvars[NAMES.isIn];
  return conferenceId === '' ? undefined : conferenceId;
}

export async function hangUp(ari: Ari, callId: string): Promise<void> {
  await ari.ask('DELETE', `/channels/${callId}`);
}
