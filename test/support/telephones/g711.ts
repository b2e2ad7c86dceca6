/* What telephones hear, and how loud a tone is in it. */

export const RATE = 8_000;

/** A sample from -1 to 1 as a byte of mu-law. */
export function toMuLaw(sample: number): number {
  const level = Math.round(sample * 32_767);
  const sign = level < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(level) + 132, 32_767);
  let exponent = 7;
  for (let mask = 0x4000; exponent > 0 && (magnitude & mask) === 0; mask >>= 1) exponent -= 1;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

export function fromMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + 132) << ((code >> 4) & 0x07)) - 132;
  return ((code & 0x80) === 0 ? magnitude : -magnitude) / 32_767;
}

/** How loud a tone is in what was heard, from 0 to 1 (one frequency of a Fourier transform). */
export function levelOf(frequency: number, heard: Uint8Array): number {
  if (heard.length === 0) return 0;
  let [real, imaginary] = [0, 0];
  heard.forEach((byte, index) => {
    const angle = (2 * Math.PI * frequency * index) / RATE;
    real += fromMuLaw(byte) * Math.cos(angle);
    imaginary += fromMuLaw(byte) * Math.sin(angle);
  });
  return (2 * Math.hypot(real, imaginary)) / heard.length;
}

/** How loud all of what was heard is, from 0 to 1 (root mean square). */
export function loudnessOf(heard: Uint8Array): number {
  const squares = heard.reduce((sum, byte) => sum + fromMuLaw(byte) ** 2, 0);
  return Math.sqrt(squares / Math.max(heard.length, 1));
}

/** What was heard as a WAV file, which any player plays. */
export function muLawFile(heard: Uint8Array): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + heard.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  // Mu-law, one channel, one byte for each sample.
  [7, 1].forEach((value, index) => head.writeUInt16LE(value, 20 + 2 * index));
  [RATE, RATE].forEach((value, index) => head.writeUInt32LE(value, 24 + 4 * index));
  [1, 8].forEach((value, index) => head.writeUInt16LE(value, 32 + 2 * index));
  head.write('data', 36);
  head.writeUInt32LE(heard.length, 40);
  return Buffer.concat([head, heard]);
}
