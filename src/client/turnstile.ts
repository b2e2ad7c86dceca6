/** Lets a limited number of pieces of work for the same key run at once; the others wait for their turn. */
export class Turnstile {
  private readonly limit: number;
  private readonly lines = new Map<string, { running: number; waiting: (() => void)[] }>();

  constructor(limit: number) {
    this.limit = limit;
  }

  async pass<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const line = this.lines.get(key) ?? { running: 0, waiting: [] };
    this.lines.set(key, line);
    if (line.running >= this.limit) await new Promise<void>((resolve) => line.waiting.push(resolve));
    else line.running += 1;
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if (--line.running === 0) this.lines.delete(key);
    }
  }
}
