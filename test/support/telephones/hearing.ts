import { expect } from '@jest/globals';
import { timePasses } from '../until.ts';
import { until } from '../until.ts';
import type { TelephoneCall } from './telephone-call.ts';

/** So much of a sound tells its tones apart. */
const LISTEN_MS = 300;

/** Quieter than this a tone is not there. */
export const AUDIBLE = 0.05;

/** How loud a telephone hears each tone (Hz) now, from 0 to 1. */
export async function levels({ media }: TelephoneCall, tones: readonly number[]): Promise<number[]> {
  media.forget();
  await timePasses('what is heard is heard in time', LISTEN_MS);
  return tones.map((tone) => media.level(tone));
}

/** Waits until each telephone hears the tones that it should, and no other of these. */
export async function untilHeard(
  tones: readonly number[],
  who: readonly [TelephoneCall, readonly number[]][],
): Promise<void> {
  await until(
    'each telephone hears what it should',
    async () => {
      const heard = await Promise.all(who.map(([call]) => levels(call, tones)));
      const audible = heard.map((all) => tones.filter((_, index) => (all[index] ?? 0) > AUDIBLE));
      expect(audible).toEqual(who.map(([, expected]) => expected));
      return true;
    },
    20_000,
  );
}
