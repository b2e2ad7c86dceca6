import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** What whoever has a token may do: see, or change too. */
export type Scope = 'read' | 'write';

/** What whoever is let in may do; `operate`: see all accounts, and have events delivered again. */
export type Permission = Scope | 'operate';

/** What a request sends as token (its id) and secret; only a hash of the secret is kept. */
export const token = z.strictObject(
  {
    id: z
      .string({ error: 'a text' })
      .regex(/^[\w.-]{1,64}$/, { error: '1 to 64 letters, digits, dots, dashes or underscores' }),
    secretSha256: z
      .string({ error: 'a SHA-256, 64 hexadecimal digits' })
      .regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256, 64 hexadecimal digits' }),
    scope: z.enum(['read', 'write'], { error: 'read or write' }).default('write'),
    expires: z.iso.datetime({ error: 'an instant such as 2026-01-31T12:00:00Z' }).optional(),
  },
  { error: 'an object with id, secretSha256, and perhaps scope and expires, and nothing else' },
);

export type Token = z.output<typeof token>;

/** Of each scope: while one takes the place of the other. */
export const MAX_TOKENS_OF_SCOPE = 2;

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** A new token, and its secret of 256 bits, which nobody is told again. */
export function newToken(scope: Scope, expires: string | undefined): { token: Token; secret: string } {
  const secret = randomBytes(32).toString('base64url');
  const id = `t-${randomBytes(6).toString('hex')}`;
  const made = { id, secretSha256: sha256(secret).toString('hex'), scope };
  return { token: expires === undefined ? made : { ...made, expires }, secret };
}
