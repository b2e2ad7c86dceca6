import { RATE, TelephoneSound } from './telephone-sound.ts';

/** What all hear when somebody joins or leaves: two notes, up or down (Hz). */
export const TONES = { join: [660, 880], leave: [550, 440] } as const;
export type ToneName = keyof typeof TONES;

const NOTE_SAMPLES = RATE / 5;
const LEVEL = 0.3;

/** A tone as a WAV file. */
export function toneFile(name: ToneName): Buffer {
  const notes = TONES[name];
  const sound = new TelephoneSound(RATE);
  for (const frequency of notes) {
    for (let index = 0; index < NOTE_SAMPLES; index++)
      sound.push(LEVEL * Math.sin((2 * Math.PI * frequency * index) / RATE));
  }
  return sound.wav();
}
