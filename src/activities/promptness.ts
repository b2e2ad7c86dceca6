import { MAX_TRIED_AT_ONCE, PROMPT_ANSWER_MS, PROMPT_ANSWERS } from './budget.ts';

/**
 * Whether the platform answers create calls promptly, as far as this process has seen. Then a create may be tried within the workflow task
 * itself, which takes nothing else in meanwhile: one that hangs would hold up its conference, and many of them the worker.
 */
export class Promptness {
  private inARow = 0;
  /** When those in flight were sent (ms, monotonic), the oldest first. */
  private readonly sent = new Set<{ at: number }>();

  get isSure(): boolean {
    const [oldest] = this.sent;
    const hangs = oldest !== undefined && performance.now() - oldest.at > PROMPT_ANSWER_MS;
    return this.inARow >= PROMPT_ANSWERS && !hangs && this.sent.size < MAX_TRIED_AT_ONCE;
  }

  /** `isAnswer` tells whether the platform itself has answered. */
  async watch<Outcome>(call: () => Promise<Outcome>, isAnswer: (outcome: Outcome) => boolean): Promise<Outcome> {
    const one = { at: performance.now() };
    this.sent.add(one);
    let isPrompt = false;
    try {
      const outcome = await call();
      isPrompt = isAnswer(outcome) && performance.now() - one.at <= PROMPT_ANSWER_MS;
      return outcome;
    } finally {
      this.sent.delete(one);
      this.inARow = isPrompt ? this.inARow + 1 : 0;
    }
  }
}
