/** Lets one begin who waits. */
type Begin = () => void;

/** Work of which so much may be done at a time, one account half of it; who waits takes turns, account by account. */
export class Turns {
  private readonly most: number;
  private readonly atWork = new Map<string, number>();
  private readonly waiting = new Map<string, Begin[]>();
  private isHeld = false;

  constructor(most: number) {
    this.most = most;
  }

  /** Does the work when its turn comes. @throws NoTurn when that is not before the deadline (epoch milliseconds). */
  async take<Value>(userId: string, deadline: number, work: () => Promise<Value>): Promise<Value> {
    if (!this.hasRoomFor(userId)) await this.turn(userId, deadline);
    else this.add(userId, 1);
    try {
      return await work();
    } finally {
      this.add(userId, -1);
      this.next();
    }
  }

  /** Nobody begins until this is called with false. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    while (this.next());
  }

  private turn(userId: string, deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        this.add(userId, 1);
        resolve();
      };
      const timer = setTimeout(
        () => {
          this.queue(
            userId,
            this.queueOf(userId).filter((one) => one !== begin),
          );
          reject(new NoTurn());
        },
        Math.max(deadline - Date.now(), 0),
      );
      this.queue(userId, [...this.queueOf(userId), begin]);
    });
  }

  /** Lets the next one begin; false if none may. */
  private next(): boolean {
    for (const [userId, [first, ...others]] of this.waiting) {
      if (first === undefined || !this.hasRoomFor(userId)) continue;
      // Whoever has had a turn is the last to have another.
      this.waiting.delete(userId);
      this.queue(userId, others);
      first();
      return true;
    }
    return false;
  }

  private hasRoomFor(userId: string): boolean {
    if (this.isHeld) return false;
    const all = [...this.atWork.values()].reduce((sum, count) => sum + count, 0);
    return all < this.most && (this.atWork.get(userId) ?? 0) < this.most / 2;
  }

  private queueOf(userId: string): Begin[] {
    return this.waiting.get(userId) ?? [];
  }

  private queue(userId: string, begins: Begin[]): void {
    if (begins.length === 0) this.waiting.delete(userId);
    else this.waiting.set(userId, begins);
  }

  private add(userId: string, more: number): void {
    const count = (this.atWork.get(userId) ?? 0) + more;
    if (count === 0) this.atWork.delete(userId);
    else this.atWork.set(userId, count);
  }
}

/** Too many others were before it. */
export class NoTurn extends Error {
  constructor() {
    super('its turn has not come in time');
  }
}

/** Does the same with each, with so many at a time. */
export async function inParts<One, Value>(
  all: readonly One[],
  most: number,
  work: (one: One) => Promise<Value>,
): Promise<Value[]> {
  const done: Value[] = [];
  for (let first = 0; first < all.length; first += most)
    done.push(...(await Promise.all(all.slice(first, first + most).map(work))));
  return done;
}
