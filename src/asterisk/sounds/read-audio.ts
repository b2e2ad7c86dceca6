import { setImmediate as otherWork } from 'node:timers/promises';
import { MPEGDecoder } from 'mpg123-decoder';
import { TelephoneSound } from './telephone-sound.ts';

/** So much is read before others have their turn: a long file must not hold up everybody. */
const PIECE = 65_536;

/**
 * A WAV or MP3 file as Asterisk plays it.
 * @throws Error that says what the file is instead
 */
export async function readAudio(file: Buffer): Promise<Buffer> {
  if (file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WAVE') return await readWav(file);
  const isMp3 = file.toString('latin1', 0, 3) === 'ID3' || (file[0] === 0xff && ((file[1] ?? 0) & 0xe0) === 0xe0);
  if (isMp3) return await readMp3(file);
  throw new Error('the file is neither WAV nor MP3');
}

interface Format {
  coding: number;
  channels: number;
  rate: number;
  bits: number;
}

async function readWav(file: Buffer): Promise<Buffer> {
  const { format, data } = chunksOf(file);
  const { channels, rate, bits } = format;
  const read = readerOf(format);
  const size = (bits / 8) * channels;
  const count = Math.floor(data.length / size);
  const sound = new TelephoneSound(rate);
  for (let index = 0; index < count; index++) {
    if (index % PIECE === 0) await otherWork();
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += read(data, index * size + (channel * bits) / 8);
    sound.push(sum / channels);
  }
  return sound.wav();
}

function chunksOf(file: Buffer): { format: Format; data: Buffer } {
  let format: Format | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const [name, length] = [file.toString('latin1', at, at + 4), file.readUInt32LE(at + 4)];
    const chunk = file.subarray(at + 8, at + 8 + length);
    if (name === 'fmt ') format = formatOf(chunk);
    // Who writes into a pipe does not know the length: all that is there counts.
    if (name === 'data' && format !== undefined) return { format, data: chunk };
    at += 8 + length + (length % 2);
  }
  throw new Error('the WAV file holds no sound');
}

/** What stands for "look into the extension". */
const EXTENSIBLE = 0xfffe;

function formatOf(chunk: Buffer): Format {
  if (chunk.length < 16) throw new Error('the WAV file does not say what it holds');
  const first = chunk.readUInt16LE(0);
  const coding = first === EXTENSIBLE && chunk.length >= 26 ? chunk.readUInt16LE(24) : first;
  const format = { coding, channels: chunk.readUInt16LE(2), rate: chunk.readUInt32LE(4), bits: chunk.readUInt16LE(14) };
  const { channels, rate } = format;
  if (channels < 1 || channels > 8 || rate < 4_000 || rate > 192_000) {
    throw new Error(`the WAV file has ${channels} channels at ${rate} Hz`);
  }
  return format;
}

/** Reads a sample, from -1 to 1. */
function readerOf({ coding, bits }: Format): (data: Buffer, at: number) => number {
  const readers: Record<string, (data: Buffer, at: number) => number> = {
    '1/8': (data, at) => (data.readUInt8(at) - 128) / 128,
    '1/16': (data, at) => data.readInt16LE(at) / 32_768,
    '1/24': (data, at) => data.readIntLE(at, 3) / 8_388_608,
    '1/32': (data, at) => data.readInt32LE(at) / 2_147_483_648,
    '3/32': (data, at) => data.readFloatLE(at),
    '6/8': (data, at) => fromALaw(data.readUInt8(at)),
    '7/8': (data, at) => fromMuLaw(data.readUInt8(at)),
  };
  const reader = readers[`${coding}/${bits}`];
  if (reader === undefined)
    throw new Error(`the WAV file is coded in a way that is not known (${coding}, ${bits} bits)`);
  return reader;
}

/** G.711, as 14 bits from -1 to 1. */
function fromMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const level = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
  return ((code & 0x80) === 0 ? level : -level) / 32_768;
}

function fromALaw(byte: number): number {
  const code = byte ^ 0x55;
  const [segment, step] = [(code & 0x70) >> 4, (code & 0x0f) << 4];
  const level = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return ((code & 0x80) === 0 ? -level : level) / 32_768;
}

async function readMp3(file: Buffer): Promise<Buffer> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    let sound: TelephoneSound | undefined;
    for (let at = 0; at < file.length; at += PIECE) {
      await otherWork();
      const { channelData, samplesDecoded, sampleRate } = decoder.decode(file.subarray(at, at + PIECE));
      if (samplesDecoded === 0) continue;
      sound ??= new TelephoneSound(sampleRate);
      for (let index = 0; index < samplesDecoded; index++) {
        let sum = 0;
        for (const samples of channelData) sum += samples[index] ?? 0;
        sound.push(sum / channelData.length);
      }
    }
    if (sound === undefined) throw new Error('the MP3 file holds no sound');
    return sound.wav();
  } finally {
    decoder.free();
  }
}
