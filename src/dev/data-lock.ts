import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDataDirectory } from '../data-directory.ts';
import { Failure } from '../failure.ts';
import { isAlive } from './running.ts';

/**
 * Takes the data directory for one Temporal server: two on one file would ruin it. Answers how to give it back; a
 * directory whose owner is gone is taken over.
 * @throws Failure when a process that runs has it.
 */
export function lockDataDirectory(dataDir: string): () => void {
  makeDataDirectory(dataDir);
  const file = join(dataDir, 'temporal.pid');
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch {
    const owner = Number(readFileSync(file, 'utf8'));
    if (isAlive(owner)) {
      throw new Failure(
        `${dataDir} is in use by another Convoke (process ${owner}): stop that, or set CONVOKE_DATA_DIR. (If it is none, delete ${file}.)`,
      );
    }
    writeFileSync(file, String(process.pid));
  }
  return () => rmSync(file, { force: true });
}
