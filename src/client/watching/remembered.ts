import { COUNTED_ANEW_AFTER_MS } from '../budget.ts';

interface Known<Value> {
  asked: Promise<Value>;
  at: number;
}

/** What is costly to know is asked once for all who want it in the same seconds, and the less often the more there is to know. */
export class Remembered<Value> {
  private readonly known = new Map<string, Known<Value>>();

  async of(key: string, ask: () => Promise<Value>): Promise<Value> {
    const now = performance.now();
    const holdsFor = COUNTED_ANEW_AFTER_MS * Math.max(1, this.known.size);
    for (const [other, { at }] of this.known) if (now - at > holdsFor) this.known.delete(other);
    const known = this.known.get(key);
    if (known !== undefined) return await known.asked;
    const asked = ask();
    this.known.set(key, { asked, at: now });
    asked.catch(() => this.known.delete(key));
    return await asked;
  }
}
