import { randomBytes } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './log.ts';
import { terminalText } from './terminal.ts';

/*
 * Who did what, for those who have to answer for it: a line of JSON each, in a file of its owner's, which is put aside when it is large. It is
 * never waited for: where the file cannot be written, lines wait in memory, and beyond a bound they are counted instead of kept.
 */

/** All that is kept is `files` times `fileBytes`, and the file that is written. */
export const AUDIT_ROOM = { fileBytes: 64 * 1024 * 1024, files: 16, waitingBytes: 1024 * 1024 };

const TRIED_AGAIN_AFTER_MS = 1_000;
const WARNED_AGAIN_AFTER_MS = 60_000;

/** What is told: what happened, and of what. */
export type AuditEntry = { event: string } & Record<string, unknown>;

export class AuditLog {
  private readonly file: string;
  private readonly logger: Pick<Logger, 'error' | 'info'>;
  private readonly room: typeof AUDIT_ROOM;
  /** What waits to be written, and how much of its first part has been. */
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private lost = 0;
  private warnedAt = -Infinity;
  private hasFailed = false;
  private readonly closing = new AbortController();
  private writing: Promise<void> | undefined;

  constructor(file: string, logger: Pick<Logger, 'error' | 'info'>, room = AUDIT_ROOM) {
    this.file = file;
    this.logger = logger;
    this.room = room;
  }

  /** Tells of something. It takes no time of whoever calls it, and never throws. */
  write(entry: AuditEntry): void {
    const bytes = lineOf(entry);
    if (this.waitingBytes + bytes.length > this.room.waitingBytes) {
      this.lost += 1;
      return;
    }
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  /** Writes what waits, if that can be done at once. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      try {
        await this.writeWaiting();
        if (this.hasFailed) this.logger.info(`AUDIT_LOG: ${this.file} is written again`);
        this.hasFailed = false;
      } catch (error) {
        this.warn(error);
        if (this.closing.signal.aborted) return;
        await sleep(TRIED_AGAIN_AFTER_MS, undefined, { signal: this.closing.signal, ref: false }).catch(
          () => undefined,
        );
      }
    }
  }

  private async writeWaiting(): Promise<void> {
    // Opened each time: somebody else may have put the file aside.
    const handle = await this.openWithRoom();
    try {
      while (this.waiting.length > 0) {
        const bytes = Buffer.concat(this.waiting);
        this.waiting = [bytes];
        const { bytesWritten } = await handle.write(bytes);
        this.took(bytesWritten);
      }
      if (this.lost === 0) return;
      const lines = this.lost;
      this.lost = 0;
      this.write({ event: 'lines-lost', lines });
    } finally {
      await handle.close();
    }
  }

  /** So much of what waits is written: half a line may be, where the disk became full. What came meanwhile waits behind it. */
  private took(bytes: number): void {
    const [first = Buffer.alloc(0), ...rest] = this.waiting;
    this.waiting = bytes < first.length ? [first.subarray(bytes), ...rest] : rest;
    this.waitingBytes -= bytes;
  }

  private async openWithRoom(): Promise<FileHandle> {
    const handle = await openOwn(this.file);
    const { size, isFile } = await sizeOf(handle);
    if (!isFile || size < this.room.fileBytes) return handle;
    await handle.close();
    await this.putAside();
    return await openOwn(this.file);
  }

  /** Under a name of its own: several processes may do so at once, and none takes away what another one has written. */
  private async putAside(): Promise<void> {
    const [folder, name] = [dirname(this.file), basename(this.file)];
    const stamp = new Date().toISOString().replace(/\W/g, '');
    await rename(this.file, join(folder, `${name}.${stamp}-${randomBytes(4).toString('hex')}`));
    const aside = (await readdir(folder)).filter(
      (one) => one.startsWith(`${name}.`) && /^\d{8}T\d+Z-[\da-f]{8}$/.test(one.slice(name.length + 1)),
    );
    for (const oldest of aside.sort().slice(0, -this.room.files)) await rm(join(folder, oldest), { force: true });
  }

  private warn(error: unknown): void {
    this.hasFailed = true;
    if (performance.now() < this.warnedAt + WARNED_AGAIN_AFTER_MS) return;
    this.warnedAt = performance.now();
    const why = error instanceof Error ? error.message : String(error);
    const missing = this.lost > 0 ? `, and ${this.lost} lines are lost` : '';
    this.logger.error(
      `AUDIT_LOG: ${this.file} cannot be written: ${why}. What goes into it waits in memory, up to ${this.room.waitingBytes} bytes${missing}.`,
    );
  }
}

/** A line of the log. JSON writes out some of the characters that steer a terminal, and this the others. */
function lineOf(entry: AuditEntry): Buffer {
  return Buffer.from(`${terminalText(JSON.stringify({ time: new Date().toISOString(), ...entry }))}\n`);
}

async function openOwn(file: string): Promise<FileHandle> {
  const handle = await open(file, 'a', 0o600);
  try {
    const { mode } = await handle.stat();
    // It may have been made by somebody who was less careful; what is no file (/dev/stdout) has no owner alone.
    if ((mode & constants.S_IFMT) === constants.S_IFREG && (mode & 0o077) !== 0) await handle.chmod(0o600);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function sizeOf(handle: FileHandle): Promise<{ size: number; isFile: boolean }> {
  const stat = await handle.stat();
  return { size: stat.size, isFile: stat.isFile() };
}

/**
 * An audit log that can be written now; its folder is made if need be.
 * @throws Error that says why it cannot.
 */
export async function openAuditLog(file: string, logger: Pick<Logger, 'error' | 'info'>): Promise<AuditLog> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await (await openOwn(file)).close();
  // What is put aside gets another name in the same folder.
  if (statSync(file).isFile()) accessSync(dirname(file), constants.W_OK);
  return new AuditLog(file, logger);
}
