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
