import type { Command } from 'commander';
import { createCommand } from '../../src/command.ts';
import { table, written } from './tables.ts';

/* The tables of docs/command-line.md. */

/** A verb with the verbs before it. */
interface Named {
  names: string[];
  command: Command;
}

function verbsOf(command: Command, before: string[] = []): Named[] {
  return command.commands.flatMap((one) => {
    const names = [...before, one.name()];
    return one.commands.length === 0 ? [{ names, command: one }] : verbsOf(one, names);
  });
}

function row({ names, command }: Named): string[] {
  const parameters = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  const options = command.options.map(({ flags, description }) => `\`${flags}\`: ${description}`);
  return [`\`convoke ${[...names, ...parameters].join(' ')}\``, command.description(), options.join('; ')];
}

const tables = {
  commands: () => table(['Command', 'Does', 'Options'], verbsOf(createCommand()).map(row)),
};

/** The page of the command line with its table anew. */
export function withCommands(page: string): string {
  return written(page, tables);
}
