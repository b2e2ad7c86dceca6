import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { Failure, reasonOf } from './failure.ts';

/**
 * Makes the data directory, for nobody else to read: what is in it holds customers' URLs, passwords in them included.
 * @throws Failure that names its setting.
 */
export function makeDataDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    closeToOthers(dataDir);
  } catch (error) {
    throw new Failure(`CONVOKE_DATA_DIR: ${dataDir} cannot be made, or is no directory: ${reasonOf(error)}`);
  }
}

/** Takes from others what they may do with a data directory that is there and ours, and was made by hand say. */
export function closeToOthers(dataDir: string): void {
  // One that cannot be is named by who makes it.
  const found = existsSync(dataDir) ? statSync(dataDir) : undefined;
  const isOurs = found?.isDirectory() === true && found.uid === process.getuid?.();
  if (isOurs && (found.mode & 0o077) !== 0) chmodSync(dataDir, 0o700);
}
