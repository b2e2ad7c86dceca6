import { createHash } from 'node:crypto';
import type { IdempotencyKey } from '../conference/state/changes.ts';

/** What names an event, or a key, in a conference's state: 132 bits, of which no two are alike by chance. */
const SHORT = 22;

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Equal values have equal digests, whatever the order of their fields; `undefined` counts as absent. */
export function digestOf(value: object): string {
  return sha256(JSON.stringify(value, inOrder)).toString('base64url');
}

/** The same, for what is kept many times. */
export function shortDigestOf(value: object): string {
  return digestOf(value).slice(0, SHORT);
}

/** A key itself may say something about the customer: what is kept is a hash of it, with what it was first used for. */
export function requestKeyOf(idempotencyKey: string, request: object): IdempotencyKey {
  const id = sha256(idempotencyKey).toString('base64url').slice(0, SHORT);
  return { id, fingerprint: digestOf(request) };
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
