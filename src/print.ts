import { setImmediate as nextTurn } from 'node:timers/promises';
import { TELL_EVERY_MS } from './budget.ts';
import { printError } from './run-part.ts';
import { terminalText } from './telemetry/terminal.ts';

/** What a tool of the command line says: lines for people, or for programs JSON, one value a line. */
export class Printer {
  readonly asJson: boolean;
  private toldAt = Date.now();

  constructor(asJson: boolean) {
    this.asJson = asJson;
    // Whoever reads no further (`| head`) has had what they wanted.
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      printError(`The output cannot be written: ${error.message}.`);
      process.exit(1);
    });
  }

  /** What came of the work. */
  tell(held: unknown, words: string): void {
    process.stdout.write(`${this.asJson ? JSON.stringify(held) : terminalText(words, { keepLines: true })}\n`);
  }

  /** Whether all could be written is known a moment later only; where it could not, the process has ended by then. */
  async written(): Promise<void> {
    await nextTurn();
  }

  /** What a person who watches wants to know, and nobody else. */
  aside(words: string): void {
    if (process.stderr.isTTY && !this.asJson) process.stderr.write(`${terminalText(words)}\n`);
  }

  /** How far long work is: the first time after some seconds, and not more often. */
  progress(words: () => string): void {
    if (Date.now() - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = Date.now();
    this.aside(words());
  }

  /** What is seen now, in the place of what was seen before; on a terminal only. */
  redraw(words: string): void {
    process.stdout.write(`\u001b[H\u001b[2J${terminalText(words, { keepLines: true })}\n`);
  }
}
