import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/*
 * What is kept encrypted: `sealed:{keyId}:{base64url}` of an IV, the text under AES-256-GCM, and its tag. It belongs to one place, and opens
 * at no other.
 */

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Keys by their ids: the first seals, all open. */
export type SealingKeys = ReadonlyMap<string, Buffer>;

/** Reads `keyId:{base64 of 32 bytes}` each. @throws Error that says what is wanted. */
export function sealingKeysOf(given: readonly string[]): SealingKeys {
  const keys = given.map((one) => {
    const [, id = '', encoded = ''] = /^([\w-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(one) ?? [];
    if (id === '')
      throw new Error('wants "keyId:" and the base64 of 32 bytes, comma-separated: openssl rand -base64 32');
    return [id, Buffer.from(encoded, 'base64')] as const;
  });
  if (new Set(keys.map(([id]) => id)).size < keys.length) throw new Error('wants each keyId once');
  return new Map(keys);
}

export function isSealed(text: unknown): text is string {
  return typeof text === 'string' && text.startsWith('sealed:');
}

/** The text, for this place alone; as it is where there is no key. */
export function seal(text: string, place: string, keys: SealingKeys): string {
  const [first] = keys;
  if (first === undefined) return text;
  const [id, key] = first;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `sealed:${id}:${sealed.toString('base64url')}`;
}

/** @throws Error where no key opens it, or it is of another place. */
export function unseal(sealed: string, place: string, keys: SealingKeys): string {
  const [, id = '', encoded = ''] = sealed.split(':');
  const key = keys.get(id);
  if (key === undefined) throw new Error(`it is sealed with the key "${id}", which ACCOUNTS_KEYS does not have`);
  const bytes = Buffer.from(encoded, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw new Error(`the key "${id}" does not open it, or it was sealed for another account`);
  }
}
