import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readAudio } from '../../src/asterisk/sounds/read-audio.ts';
import { fromMuLaw, levelOf, toMuLaw } from '../support/telephones/g711.ts';

const TONE = 1_000;

interface Sound {
  coding: number;
  bits: number;
  rate: number;
  channels?: number;
  write: (data: Buffer, sample: number, at: number) => void;
}

/** A WAV file that holds the tone for half a second, at half of full level. */
function wavOf({ coding, bits, rate, channels = 1, write }: Sound): Buffer {
  const size = bits / 8;
  const data = Buffer.alloc(Math.floor(rate / 2) * size * channels);
  for (let at = 0; at < data.length; at += size) {
    write(data, 0.5 * Math.sin((2 * Math.PI * TONE * Math.floor(at / size / channels)) / rate), at);
  }
  const format = Buffer.alloc(16);
  format.writeUInt16LE(coding, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate * size * channels, 8);
  format.writeUInt16LE(size * channels, 12);
  format.writeUInt16LE(bits, 14);
  return riff(['fmt ', format], ['LIST', Buffer.from('INFO!')], ['data', data]);
}

function riff(...chunks: [name: string, content: Buffer][]): Buffer {
  const parts = chunks.flatMap(([name, content]) => {
    const head = Buffer.alloc(8);
    head.write(name, 0);
    head.writeUInt32LE(content.length, 4);
    return [head, content, Buffer.alloc(content.length % 2)];
  });
  const head = Buffer.alloc(12);
  head.write('RIFF', 0);
  head.write('WAVE', 8);
  return Buffer.concat([head, ...parts]);
}

/** How loud a tone is in a file as Asterisk plays it, and how many seconds it lasts. */
function heardIn(file: Buffer, tone: number): { level: number; seconds: number } {
  expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24), file.readUInt16LE(34)]).toEqual([
    1, 1, 8_000, 16,
  ]);
  const samples = Array.from(
    { length: (file.length - 44) / 2 },
    (_, index) => file.readInt16LE(44 + 2 * index) / 32_768,
  );
  return { level: levelOf(tone, Uint8Array.from(samples, toMuLaw)), seconds: samples.length / 8_000 };
}

/** A-law has no table in the test kit: the code whose neighbours are the nearest is found by its definition. */
function toALaw(sample: number): number {
  const level = Math.round(Math.abs(sample) * 4_095);
  const segment = level < 32 ? 0 : Math.max(1, Math.floor(Math.log2(level)) - 4);
  const step = segment === 0 ? level >> 1 : (level >> segment) & 0x0f;
  return ((sample >= 0 ? 0x80 : 0) | (segment << 4) | step) ^ 0x55;
}

describe('a WAV file', () => {
  const sounds: [string, Sound][] = [
    [
      '8 bits',
      {
        coding: 1,
        bits: 8,
        rate: 8_000,
        write: (data, sample, at) => data.writeUInt8(Math.round(128 + 127 * sample), at),
      },
    ],
    [
      '16 bits at 44,100 Hz',
      {
        coding: 1,
        bits: 16,
        rate: 44_100,
        write: (data, sample, at) => data.writeInt16LE(Math.round(32_767 * sample), at),
      },
    ],
    [
      'two channels',
      {
        coding: 1,
        bits: 16,
        rate: 48_000,
        channels: 2,
        write: (data, sample, at) => data.writeInt16LE(Math.round(32_767 * sample), at),
      },
    ],
    [
      '24 bits',
      {
        coding: 1,
        bits: 24,
        rate: 96_000,
        write: (data, sample, at) => data.writeIntLE(Math.round(8_388_607 * sample), at, 3),
      },
    ],
    [
      '32 bits',
      {
        coding: 1,
        bits: 32,
        rate: 16_000,
        write: (data, sample, at) => data.writeInt32LE(Math.round(2_147_483_647 * sample), at),
      },
    ],
    ['floats', { coding: 3, bits: 32, rate: 22_050, write: (data, sample, at) => data.writeFloatLE(sample, at) }],
    ['A-law', { coding: 6, bits: 8, rate: 8_000, write: (data, sample, at) => data.writeUInt8(toALaw(sample), at) }],
    ['mu-law', { coding: 7, bits: 8, rate: 8_000, write: (data, sample, at) => data.writeUInt8(toMuLaw(sample), at) }],
    [
      'fewer samples than telephones hear',
      {
        coding: 1,
        bits: 16,
        rate: 6_000,
        write: (data, sample, at) => data.writeInt16LE(Math.round(32_767 * sample), at),
      },
    ],
  ];

  test.each(sounds)('of %s keeps its tone, its level and its length', async (_name, sound) => {
    const { level, seconds } = heardIn(await readAudio(wavOf(sound)), TONE);
    expect(level).toBeGreaterThan(0.4);
    expect(level).toBeLessThan(0.55);
    expect(seconds).toBeCloseTo(0.5, 2);
  });

  test('that does not say its length, as it came through a pipe, is read to its end', async () => {
    const file = wavOf({
      coding: 7,
      bits: 8,
      rate: 8_000,
      write: (data, sample, at) => data.writeUInt8(toMuLaw(sample), at),
    });
    file.writeUInt32LE(0x7fff_f000, file.indexOf('data') + 4);
    expect(heardIn(await readAudio(file), TONE).seconds).toBeCloseTo(0.5, 2);
  });
});

test('an MP3 file keeps its tone', async () => {
  const { level, seconds } = heardIn(await readAudio(readFileSync('test/asterisk/tone-1300.mp3')), 1_300);
  expect(level).toBeGreaterThan(0.2);
  expect(seconds).toBeGreaterThan(0.9);
});

const format = (coding: number, channels: number, rate: number, bits: number) => {
  const chunk = Buffer.alloc(16);
  [coding, channels].forEach((value, index) => chunk.writeUInt16LE(value, 2 * index));
  chunk.writeUInt32LE(rate, 4);
  chunk.writeUInt16LE(bits, 14);
  return chunk;
};

test.each([
  ['no file', Buffer.alloc(0), 'neither WAV nor MP3'],
  ['a page', Buffer.from('<html>'), 'neither WAV nor MP3'],
  ['a WAV file without sound', riff(['fmt ', format(1, 1, 8_000, 16)]), 'holds no sound'],
  ['a sound of unknown format', riff(['data', Buffer.alloc(8)]), 'holds no sound'],
  ['half a format', riff(['fmt ', Buffer.alloc(4)], ['data', Buffer.alloc(8)]), 'does not say what it holds'],
  [
    'another coding',
    riff(['fmt ', format(17, 1, 8_000, 4)], ['data', Buffer.alloc(8)]),
    'coded in a way that is not known',
  ],
  ['no channel', riff(['fmt ', format(1, 0, 8_000, 16)], ['data', Buffer.alloc(8)]), '0 channels'],
  [
    'a thousand million Hz',
    riff(['fmt ', format(1, 1, 1_000_000_000, 16)], ['data', Buffer.alloc(8)]),
    '1000000000 Hz',
  ],
  ['an MP3 header with nothing behind it', Buffer.from('ID3'), 'holds no sound'],
  ['noise that begins like MP3', Buffer.alloc(5_000, 0xff), 'holds no sound'],
])('%s is refused in plain words', async (_name, file, words) => {
  await expect(readAudio(file)).rejects.toThrow(words);
});

test('mu-law is what telephones speak', () => {
  for (const sample of [-1, -0.5, -0.01, 0, 0.01, 0.5, 1]) expect(fromMuLaw(toMuLaw(sample))).toBeCloseTo(sample, 1);
});
