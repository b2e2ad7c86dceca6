/** What is done under one name is done one after the other. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Does the work once all that was asked for before it is over, and answers what it answers. */
  take<Done>(name: string, work: () => Promise<Done>): Promise<Done> {
    const before = this.last.get(name) ?? Promise.resolve();
    const turn = before.then(work);
    const over = turn.catch(() => undefined);
    this.last.set(name, over);
    void over.then(() => this.last.get(name) === over && this.last.delete(name));
    return turn;
  }

  /** Resolves when nothing is under way. */
  async quiet(): Promise<void> {
    while (this.last.size > 0) await Promise.all(this.last.values());
  }
}
