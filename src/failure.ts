/** Something a person must put right; the message says all, so it carries no stack for `convoke` to print. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    delete this.stack;
  }
}

/** The message of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is wrong with settings, each in a sentence, and the names of those that cannot be read. */
export class WrongSettings extends Failure {
  readonly problems: readonly string[];
  readonly names: readonly string[];

  constructor(problems: readonly string[], names: readonly string[] = []) {
    super(`Settings are wrong:\n  ${problems.join('\n  ')}`);
    this.problems = problems;
    this.names = names;
  }
}
