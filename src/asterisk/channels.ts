import { z } from 'zod';
import type { Ari } from './ari/ari.ts';
import { channel, type Channel } from './ari/resources.ts';
import { keptCall, NAMES, read, type KeptCall } from './kept.ts';

/** All calls there are. */
export async function listChannels(ari: Ari): Promise<Channel[]> {
  return (await ari.get('/channels', z.array(channel))) ?? [];
}

/** A dialled call; undefined for one that came from outside. */
export function callOf({ channelvars }: Pick<Channel, 'channelvars'>): KeptCall | undefined {
  return read(keptCall, channelvars[NAMES.call]);
}

/** The conference that a call is in, or was in last. */
export function conferenceOf({ channelvars }: Channel): string | undefined {
  return channelvars[NAMES.isIn];
}

export async function hangUp(ari: Ari, callId: string): Promise<void> {
  await ari.ask('DELETE', `/channels/${callId}`);
}
