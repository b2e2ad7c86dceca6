import type { Command } from 'commander';
import { checkedConfig } from './checked-config.ts';
import { printError } from './run-part.ts';
import type { Task } from './as-client.ts';

/* What the tools of the command line that work as a client have in common. */

const EXIT_CODES = `
Exit codes: 0 done; 1 Temporal does not answer, or a setting or the command itself is wrong; 2 the request was refused:
the message says why. With --json each answer is JSON, one value a line. Progress is told on a terminal only.
`;

export interface ToolOptions {
  json?: boolean;
  key?: string;
}

/** Adds a verb to a group. */
export type Verb = (usage: string, description: string, example: string) => Command;

/** A verb with verbs of its own. */
export function groupOf(program: Command, name: string, description: string, examples: string[]): Verb {
  const group = program
    .command(name)
    .description(description)
    .addHelpText('after', `${EXIT_CODES}\n${examples.map((example) => `  convoke ${name} ${example}`).join('\n')}`);
  return (usage, does, example) => toolOf(group, usage, does, `${name} ${example}`);
}

/** A verb that works as a client. */
export function toolOf(program: Command, usage: string, description: string, example: string): Command {
  return program
    .command(usage)
    .description(description)
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', `${EXIT_CODES}\n  convoke ${example}`);
}

export const KEY = ['--key <key>', 'an Idempotency-Key: the same key with the same request is done once'] as const;
export const optionsOf = ({ key: idempotencyKey }: ToolOptions) => ({ idempotencyKey });

/** Does it, and ends the process. What it needs is loaded by then only. */
export async function runTask({ json = false }: ToolOptions, part: string, load: () => Promise<Task>): Promise<never> {
  const [{ asClient, Refused }, { Printer }] = await Promise.all([import('./as-client.ts'), import('./print.ts')]);
  try {
    const printer = new Printer(json);
    await asClient((await checkedConfig(part)).config, printer, await load());
    await printer.written();
    process.exit(0);
  } catch (error) {
    const isRefused = error instanceof Refused;
    printError(isRefused ? error.message : error);
    process.exit(isRefused ? 2 : 1);
  }
}
