/** Lets so many do something at a time; the others wait in the order in which they came. */
export class Turns {
  private free: number;
  private readonly waiting = new Set<() => void>();

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  /** @throws NoTurn if it has not begun by then (epoch milliseconds). */
  async inTurn<Value>(until: number, work: () => Promise<Value>): Promise<Value> {
    if (this.free > 0) this.free -= 1;
    else await this.wait(until);
    try {
      return await work();
    } finally {
      const [next] = this.waiting;
      if (next === undefined) this.free += 1;
      else next();
    }
  }

  private async wait(until: number): Promise<void> {
    let tooLate: NodeJS.Timeout | undefined;
    let go: () => void = () => undefined;
    const isTurn = await new Promise<boolean>((resolve) => {
      go = () => (this.waiting.delete(go), resolve(true));
      tooLate = setTimeout(() => (this.waiting.delete(go), resolve(false)), until - Date.now());
      this.waiting.add(go);
    });
    clearTimeout(tooLate);
    if (!isTurn) throw new NoTurn();
  }
}

export class NoTurn extends Error {
  constructor() {
    super('its turn has not come in time');
  }
}
