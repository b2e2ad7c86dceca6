import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { callbackEvent } from '../catapult/from-platform.ts';
import { present } from '../catapult/present.ts';
import type { DeliveryOutcome, Receipt } from '../client/index.ts';

/* What a journal keeps, and under which keys: in the order of the keys it is forwarded. */

/** Where a record stands: in which opening of a journal, and as which of it. */
export interface Position {
  /** The time of the opening (epoch milliseconds), which puts those of one journal in order. */
  openedAt: number;
  /** Its id: random, so that no accident of the disk gives two openings the same. */
  opening: string;
  sequence: number;
}

const KEY = /^(\d{15})\.([\w-]{16})\.(\d{15})$/;

export function keyOf({ openedAt, opening, sequence }: Position): string {
  return `${padded(openedAt)}.${opening}.${padded(sequence)}`;
}

/** Undefined for a key that is damaged, or not of a journal. */
export function positionOf(key: string): Position | undefined {
  const [, openedAt, opening = '', sequence] = KEY.exec(key) ?? [];
  return openedAt === undefined ? undefined : { openedAt: Number(openedAt), opening, sequence: Number(sequence) };
}

function padded(number: number): string {
  return String(number).padStart(15, '0');
}

/** Says whether the journal was closed in order, and which openings it had, the latest last. */
export const META_KEY = '!meta';
export const meta = z.object({ closed: z.boolean(), openings: z.array(z.string()).default([]) });

export const journalRecord = z.object({
  userId: z.string(),
  conferenceId: z.string(),
  arrivedAt: z.number(),
  channel: z.enum(['primary', 'fallback']),
  attemptId: z.string(),
  digest: z.string(),
  event: callbackEvent,
  lent: z.object({ epoch: z.number(), eventSequence: z.number().optional() }).optional(),
  trace: z.string().optional(),
});

/** Undefined when it is not what was written under this key. */
export function receiptIn({ key, sequence }: { key: string; sequence: number }, value?: string): Receipt | undefined {
  const parsed = journalRecord.safeParse(unsealed(key, value)).data;
  if (parsed === undefined) return undefined;
  const { channel, attemptId, digest, event, arrivedAt, lent, trace } = parsed;
  return { sequence, arrivedAt, channel, attemptId, digest, event, ...present({ lent, trace }) };
}

/** Under which key stands what became of a record's event on its way to the customer: right behind the record. */
export function noteKeyOf(key: string): string {
  return `${key}${NOTE}`;
}

/** The key of the record that a note is about; undefined for the key of anything else. */
export function notedKeyOf(key: string): string | undefined {
  return key.endsWith(NOTE) ? key.slice(0, -NOTE.length) : undefined;
}

const NOTE = '.outcome';

const loggedAttempt = z.object({
  ...{ sequence: z.number(), at: z.number(), milliseconds: z.number() },
  ...{ url: z.enum(['callbackUrl', 'fallbackUrl']), ok: z.boolean(), result: z.string() },
  answer: z.string().optional(),
});

const result = z.object({
  attempts: z.array(loggedAttempt),
  ...{ gone: z.array(z.string()).optional(), busyForMs: z.number().optional() },
});
const note = z.object({ ...{ id: z.string(), lane: z.string() }, result: result.transform(present) });

/** Undefined when it is not what was noted. */
export function outcomeIn(key: string, value: string): DeliveryOutcome | undefined {
  return note.safeParse(unsealed(key, value)).data;
}

/** A checksum of key and content in front, as the store's own checks end where it has merged its files. */
export function sealed(key: string, content: object): string {
  const json = JSON.stringify(content);
  return `${crc32(key + json).toString(16)} ${json}`;
}

/** Undefined when it is not what was written under this key. */
export function unsealed(key: string, value = ''): unknown {
  const json = value.slice(value.indexOf(' ') + 1);
  return value === `${crc32(key + json).toString(16)} ${json}` ? JSON.parse(json) : undefined;
}
