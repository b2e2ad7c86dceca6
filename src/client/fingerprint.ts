import { createHash } from 'node:crypto';
import type { IdempotencyKey } from '../conference/state/changes.ts';

/** Equal values have equal fingerprints, whatever the order of their fields; `undefined` counts as absent. */
export function fingerprintOf(value: object): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('base64url');
}

/** A key itself may say something about the customer: what is kept is a hash of it, with what it was first used for. */
export function requestKeyOf(idempotencyKey: string, request: object): IdempotencyKey {
  const id = createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 22);
  return { id, fingerprint: fingerprintOf(request) };
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
