import { MAX_SOUND_SECONDS } from '../budget.ts';

/** Samples a second of what telephones hear. */
export const RATE = 8_000;

/** Becomes a sound as Asterisk plays it: one channel, 8000 samples a second, 16 bits. Of the source as many samples as fall together are averaged. */
export class TelephoneSound {
  private readonly step: number;
  private samples = new Int16Array(RATE);
  private length = 0;
  private due: number;
  private taken = 0;
  private sum = 0;
  private count = 0;

  /** `rate` is how many samples come a second. */
  constructor(rate: number) {
    this.step = rate / RATE;
    this.due = this.step;
  }

  /** Takes the next sample, from -1 to 1. */
  push(sample: number): void {
    this.sum += sample;
    this.count += 1;
    this.taken += 1;
    while (this.taken >= this.due && this.length < MAX_SOUND_SECONDS * RATE) {
      if (this.length === this.samples.length) this.grow();
      const level = Math.max(-1, Math.min(1, this.sum / this.count));
      this.samples[this.length++] = Math.round(level * 32_767);
      this.due += this.step;
      // A source of fewer samples than telephones hear gives the last one again.
      if (this.taken >= this.due) continue;
      this.sum = 0;
      this.count = 0;
    }
  }

  private grow(): void {
    const { samples } = this;
    this.samples = new Int16Array(samples.length * 2);
    this.samples.set(samples);
  }

  /** The sound as a WAV file. */
  wav(): Buffer {
    const data = Buffer.from(this.samples.buffer, 0, this.length * 2);
    const head = Buffer.alloc(44);
    head.write('RIFF', 0);
    head.writeUInt32LE(36 + data.length, 4);
    head.write('WAVEfmt ', 8);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt32LE(RATE, 24);
    head.writeUInt32LE(RATE * 2, 28);
    head.writeUInt16LE(2, 32);
    head.writeUInt16LE(16, 34);
    head.write('data', 36);
    head.writeUInt32LE(data.length, 40);
    return Buffer.concat([head, data]);
  }
}
