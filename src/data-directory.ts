import { mkdirSync } from 'node:fs';
import { Failure, reasonOf } from './failure.ts';

/**
 * Makes the data directory, for nobody else to read: what is in it holds customers' URLs, passwords in them included.
 * @throws Failure that names its setting.
 */
export function makeDataDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(`CONVOKE_DATA_DIR: ${dataDir} cannot be made, or is no directory: ${reasonOf(error)}`);
  }
}
