import type { Receipt } from '../client/index.ts';
import { FRESH_RECEIPTS_BYTES } from './budget.ts';
import type { Entry } from './entries.ts';

/** The latest of what a journal holds, in memory too: most is forwarded a moment after it has come, and need not be read from the disk. */
export class FreshReceipts {
  private readonly kept = new Map<string, { receipt: Receipt; size: number }>();
  private bytes = 0;

  keep({ key, size }: Entry, receipt: Receipt): void {
    this.drop(key);
    this.kept.set(key, { receipt, size });
    this.bytes += size;
    for (const [oldest] of this.kept) {
      if (this.bytes <= FRESH_RECEIPTS_BYTES) return;
      this.drop(oldest);
    }
  }

  get({ key }: Entry): Receipt | undefined {
    return this.kept.get(key)?.receipt;
  }

  drop(key: string): void {
    this.bytes -= this.kept.get(key)?.size ?? 0;
    this.kept.delete(key);
  }
}
