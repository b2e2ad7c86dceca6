import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { WRITTEN_AFTER_MS, WRITTEN_AFTER_TIMES } from './budget.ts';
import { kept, type Kept } from './kept.ts';

/** Keeps the platform's memory in a file: all of it, soon after each change. */
export class Keeper {
  private readonly file: string;
  private readonly memory: () => Kept;
  private timer: NodeJS.Timeout | undefined;
  private tookMs = 0;

  constructor(file: string, memory: () => Kept) {
    this.file = file;
    this.memory = memory;
  }

  changed(): void {
    this.timer ??= setTimeout(() => this.write(), Math.max(WRITTEN_AFTER_MS, this.tookMs * WRITTEN_AFTER_TIMES));
  }

  /** Writes what there is now. */
  write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const began = performance.now();
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    // Renamed into its place, so that it is whole whenever we are killed.
    writeFileSync(`${this.file}.new`, JSON.stringify(this.memory()), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
    this.tookMs = performance.now() - began;
  }
}

/** What was kept; undefined if nothing was. What cannot be read is put aside. */
export function readKept(file: string): Kept | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return kept.parse(JSON.parse(text));
  } catch {
    renameSync(file, `${file}.unreadable`);
    return undefined;
  }
}
