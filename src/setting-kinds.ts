import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { sealingKeysOf } from './accounts/sealed.ts';

/* What settings are made of. */

/** What a setting is without being given, and what it means, in Markdown as it stands in a page of docs/. */
export interface Told {
  fallback: string;
  description: string;
}

/** A setting with what the docs say of it. */
export function told<Schema extends z.ZodType>(schema: Schema, fallback: string, description: string): Schema {
  return schema.meta({ fallback, description });
}

const somePort = z
  .string()
  .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, {
    error: 'wants a port number from 0 to 65535',
  })
  .transform(Number);
export const port = (fallback: number) => somePort.default(fallback);
export const optionalPort = somePort.optional();

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** CIDR. */
export const networks = list.refine((all) => all.every((network) => ipaddr.isValidCIDR(network)), {
  error: 'wants networks such as 10.0.0.0/8, comma-separated',
});

/** Keys of AES-256, by their ids. */
export const sealingKeys = list.refine(
  (keys) => {
    try {
      return sealingKeysOf(keys).size > 0;
    } catch {
      return false;
    }
  },
  {
    error: 'wants "keyId:" and the base64 of 32 bytes, comma-separated (openssl rand -base64 32), each keyId once',
  },
);
