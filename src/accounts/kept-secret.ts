import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A secret of 256 bits that is kept in a file of its owner alone, and made on first use; `prefix` goes before it. */
export function keptSecret(file: string, prefix = ''): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, prefix + randomBytes(32).toString('base64url'), { mode: 0o600 });
  try {
    // A link appears whole or not at all, and fails if another part was first.
    linkSync(draft, file);
  } catch {
    // The secret is there already.
  } finally {
    rmSync(draft);
  }
  // One that was put there otherwise, copied say.
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}
