/** Lets a limited number of pieces of work for the same key run at once; the others wait for their turn. */
export class Turnstile {
  private readonly limit: number;
  private readonly lines = new Map<string, { running: number; waiting: (() => void)[] }>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** @throws Error from `tooLate` if the turn has not come by `deadline` (epoch milliseconds): the work was not begun. */
  async pass<Result>(
    key: string,
    deadline: number,
    work: () => Promise<Result>,
    tooLate: () => Error,
  ): Promise<Result> {
    const line = this.lines.get(key) ?? { running: 0, waiting: [] };
    this.lines.set(key, line);
    if (line.running < this.limit) line.running += 1;
    else if (!(await this.turnIn(line.waiting, deadline))) throw tooLate();
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if (--line.running === 0) this.lines.delete(key);
    }
  }

  private turnIn(waiting: (() => void)[], deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const turn = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(turn), 1);
        resolve(false);
      }, deadline - Date.now());
      waiting.push(turn);
    });
  }
}
