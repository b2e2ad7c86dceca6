import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ValueError, type Payload, type PayloadCodec } from '@temporalio/common';
import protobuf from 'protobufjs';
import { z } from 'zod';

/*
 * Payloads that only those can read who have a key. The form is the one of Temporal's own examples, so that services in other languages can
 * read and write it: the whole payload as protobuf, by AES-256-GCM; before it the nonce, behind it the tag.
 */

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
/** Of a digest in the index: 128 bits. */
const DIGEST_CHARACTERS = 22;

/** By their ids; the first one seals, all open. */
export type PayloadKeys = ReadonlyMap<string, Buffer>;

const payloadType = new protobuf.Type('Payload')
  .add(new protobuf.MapField('metadata', 1, 'string', 'bytes'))
  .add(new protobuf.Field('data', 2, 'bytes'));

const payload = z.object({
  metadata: z.record(z.string(), z.instanceof(Uint8Array)).default({}),
  data: z.instanceof(Uint8Array).default(new Uint8Array()),
});

/** Seals what is written into Temporal, and opens what is read. */
export class Seal implements PayloadCodec {
  private readonly keys: PayloadKeys;
  private readonly keyId: string;

  constructor(keys: PayloadKeys) {
    const [first] = keys.keys();
    if (first === undefined) throw new Error('to seal payloads takes a key');
    this.keys = keys;
    this.keyId = first;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((one) => this.sealed(one));
  }

  /** What was written before there was a key stands as it is. @throws ValueError where a key is missing, or does not fit. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((one) => (textOf(one.metadata?.['encoding']) === ENCODING ? this.opened(one) : one));
  }

  /** A text as it stands in Temporal where that takes no payload. */
  sealText(text: string): string {
    const { metadata, data } = this.sealed({ metadata: {}, data: Buffer.from(text) });
    return [SEALED_TEXT, textOf(metadata?.[KEY_ID]), Buffer.from(data ?? []).toString('base64url')].join(':');
  }

  /** @throws ValueError as {@link decode} does. */
  openText(text: string): string {
    const [mark, keyId = '', data = ''] = text.split(':');
    if (mark !== SEALED_TEXT) return text;
    const metadata = { [KEY_ID]: Buffer.from(keyId) };
    return textOf(this.opened({ metadata, data: Buffer.from(data, 'base64url') }).data);
  }

  /**
   * What stands in Temporal's index for a text of an account: the same for the same text, and of no use to whoever has no key. The first
   * is the one to write; what was written with another key is found by the others.
   */
  digestsOf(userId: string, field: string, text: string): [string, ...string[]] {
    const digests = [...this.keys.values()].map((key) => {
      const indexKey = createHmac('sha256', key).update('convoke index').digest();
      const digest = createHmac('sha256', indexKey).update([userId, field, text].join('\n')).digest('base64url');
      return `~${digest.slice(0, DIGEST_CHARACTERS)}`;
    });
    return digests as [string, ...string[]];
  }

  private sealed(plain: Payload): Payload {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.keyOf(this.keyId), nonce);
    const text = payloadType.encode(payloadType.fromObject(plain)).finish();
    const data = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    return { metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(this.keyId) }, data };
  }

  private opened({ metadata, data }: Payload): Payload {
    const keyId = textOf(metadata?.[KEY_ID]);
    const key = this.keyOf(keyId);
    try {
      const bytes = Buffer.from(data ?? []);
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return payload.parse(payloadType.toObject(payloadType.decode(Buffer.concat(text))));
    } catch (error) {
      throw new ValueError(
        `What was sealed with the key "${keyId}" of PAYLOAD_KEYS does not open: has it changed?`,
        error,
      );
    }
  }

  private keyOf(keyId: string): Buffer {
    const key = this.keys.get(keyId);
    if (key === undefined)
      throw new ValueError(`PAYLOAD_KEYS has no key "${keyId.slice(0, 32)}", with which this was sealed.`);
    return key;
  }
}

/** The id of the key with which something is sealed, without opening it; undefined for what is not. */
export function keyIdOf({ metadata }: Payload): string | undefined {
  return textOf(metadata?.['encoding']) === ENCODING ? textOf(metadata?.[KEY_ID]).slice(0, 32) : undefined;
}

/** Whether a key of PAYLOAD_KEYS can be called so. */
export function isKeyId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,32}$/.test(text);
}

/** The ids of the keys of all sealed payloads in something of Temporal's, at any depth. */
export function sealedIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const own = 'metadata' in value ? (keyIdOf(value as Payload) ?? []) : [];
  return [own, ...Object.values(value).map(sealedIn)].flat();
}

const SEALED_TEXT = 'sealed';

/** By what a client seals what it writes; undefined where it does not. */
export function sealOf(client: Client): Seal | undefined {
  return client.options.loadedDataConverter.payloadCodecs.find((codec) => codec instanceof Seal);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
