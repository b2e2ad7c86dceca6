import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statfsSync, statSync } from 'node:fs';
import { present } from '../catapult/present.ts';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from '../telemetry/log.ts';

/** What is in it holds customers' numbers and URLs. */
function makeForNobodyElse(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    chmodSync(directory, 0o700);
  } catch {
    // It is somebody else's, who lets us use it, as with volumes of containers.
  }
}

export type Write = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

/**
 * The files of a journal: LevelDB, which checks all it reads. A write that a crash has torn is not there, a damaged block is
 * left out and logged, and what is beyond that is repaired or put aside: a gateway starts whatever its disk has done.
 */
export class Store {
  private readonly db: ClassicLevel;
  private readonly directory: string;
  private readonly log: Logger;
  private mustBeRepaired = false;
  /** Damaged places that were left out. */
  damaged = 0;

  private constructor(directory: string, log: Logger) {
    this.directory = directory;
    this.log = log;
    this.db = new ClassicLevel(directory);
  }

  /** @throws an error that names JOURNAL_DIR when the directory cannot be used, or is used by another gateway. */
  static async open(directory: string, log: Logger): Promise<Store> {
    const store = new Store(directory, log);
    try {
      makeForNobodyElse(directory);
      await store.openOrRepair();
    } catch (error) {
      if (isLocked(error)) {
        throw new Error(
          `Another gateway uses the journal in ${directory}: set JOURNAL_DIR to one of this gateway's own.`,
        );
      }
      throw new Error(`The journal in ${directory} cannot be opened (JOURNAL_DIR): ${String(causeOf(error))}`, {
        cause: error,
      });
    }
    store.damaged += store.placesLeftOut();
    return store;
  }

  /** Undefined for what is not there or damaged. @throws when nothing can be read now. */
  async read(keys: string[]): Promise<(string | undefined)[]> {
    try {
      return await this.db.getMany(keys);
    } catch (error) {
      if (codeOf(error) !== 'LEVEL_CORRUPTION') throw error;
      if (keys.length <= 1) return [undefined];
      return (await Promise.all(keys.map((key) => this.read([key])))).flat();
    }
  }

  /** All that can be read, in the order of the keys; one by one, as it may be more than fits into memory. */
  async *all(): AsyncGenerator<[string, string]> {
    let last: string | undefined;
    try {
      for await (const entry of this.db.iterator()) {
        last = entry[0];
        yield entry;
      }
      return;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.mustBeRepaired = true;
    }
    await this.reopen();
    try {
      yield* this.db.iterator(present({ gt: last }));
    } catch (error) {
      this.log.error({ err: error }, 'the journal is damaged beyond repair: the rest of it cannot be read');
    }
  }

  /** @throws when it fails; then nothing more may be written until the store has been opened anew. */
  async write(writes: Write[], options: { sync: boolean }): Promise<void> {
    try {
      await this.db.batch(writes, options);
    } catch (error) {
      if (isDamage(error)) this.mustBeRepaired = true;
      throw error;
    }
  }

  /** Opens it anew, repaired where damage has shown. */
  async reopen(): Promise<void> {
    await this.close();
    if (!this.mustBeRepaired) return this.openOrRepair();
    this.log.error('the journal is damaged on disk; what can be read of it is repaired');
    this.damaged += 1;
    await this.repair();
    this.mustBeRepaired = false;
  }

  async close(): Promise<void> {
    await this.db.close();
  }

  private async openOrRepair(): Promise<void> {
    try {
      return await this.db.open();
    } catch (error) {
      if (!isDamage(error) || !existsSync(join(this.directory, 'CURRENT'))) throw error;
      this.log.error(`the journal in ${this.directory} is damaged (${String(causeOf(error))}); it is repaired`);
    }
    this.damaged += 1;
    await this.repair();
  }

  /** @throws where there is no room for it: a repair would lose then what it cannot write anew. */
  private async repair(): Promise<void> {
    const { bavail, bsize } = statfsSync(this.directory);
    if (bavail * bsize < sizeOf(this.directory)) throw new Error('there is no room on the disk to repair it');
    try {
      await ClassicLevel.repair(this.directory);
      return await this.db.open();
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = `${this.directory}.damaged-${Date.now()}`;
      renameSync(this.directory, aside);
      this.log.error(
        `the journal cannot be repaired (${String(causeOf(error))}); it is kept in ${aside}, and a new one is begun`,
      );
      await this.db.open();
    }
  }

  /** LevelDB writes into a log of its own what it could not read when it was opened. */
  private placesLeftOut(): number {
    try {
      const lines = readFileSync(join(this.directory, 'LOG'), 'utf8').split('\n');
      return lines.filter((line) => /dropping \d+ bytes/.test(line)).length;
    } catch {
      return 0;
    }
  }
}

/** A full disk, a limit or missing rights are no damage: what is there is whole, and must not be touched. */
function isDamage(error: unknown): boolean {
  const cause = causeOf(error);
  return codeOf(cause) === 'LEVEL_CORRUPTION' || /Input\/output error/.test(String(cause));
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

function isLocked(error: unknown): boolean {
  return codeOf(causeOf(error)) === 'LEVEL_LOCKED';
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

/** By shape: the errors of a native library are not always instances of this realm's Error. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
