import { createHash } from 'node:crypto';

/** Equal values have equal fingerprints, whatever the order of their fields; `undefined` counts as absent. */
export function fingerprintOf(value: object): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('base64url');
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
