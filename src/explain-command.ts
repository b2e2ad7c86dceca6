import { InvalidArgumentError, Option, type Command } from 'commander';
import { wholeNumber } from './conferences-command.ts';
import { runTask, toolOf, type ToolOptions } from './tool-command.ts';

/* `convoke explain` and `convoke what-if`: a conference by its history. */

const whatIfSettings = ['noShowTimeout', 'aloneTimeout', 'maxDuration', 'maxDurationWarning'] as const;

const USER = ['--user <userId>', 'the account that it belongs to; without it all accounts are looked through'] as const;

interface OneOptions extends ToolOptions {
  user?: string;
}

type Settings = Partial<Record<(typeof whatIfSettings)[number], number | 'none'>>;

export function addExplaining(program: Command): void {
  toolOf(
    program,
    'explain <conferenceId>',
    'explains one: what was decided when and why, and what came of each promise',
    'explain conf-…',
  )
    .option(...USER)
    .action((conferenceId: string, options: OneOptions) =>
      runTask(options, 'explain', async () => {
        const { explain } = await import('./explaining.ts');
        return (tools) => explain(tools, conferenceId, options.user);
      }),
    );
  toolOf(
    program,
    'what-if <conferenceId>',
    'tells what had become of one with other settings; changes nothing',
    'what-if conf-… --set aloneTimeout=60 --set maxDuration=none',
  )
    .option(...USER)
    .addOption(
      new Option('--set <setting=seconds>', `${whatIfSettings.join(', ')}: so many seconds, or none`)
        .argParser(setting)
        .makeOptionMandatory(),
    )
    .action((conferenceId: string, { set, ...options }: OneOptions & { set: Settings }) =>
      runTask(options, 'what-if', async () => {
        const { whatIf } = await import('./explaining.ts');
        return (tools) => whatIf(tools, conferenceId, { userId: options.user, settings: set });
      }),
    );
}

/** One more of those that were given before. */
function setting(text: string, before: Settings = {}): Settings {
  const [name = '', value = ''] = text.split('=');
  const known = whatIfSettings.find((one) => one === name);
  if (known === undefined) throw new InvalidArgumentError(`It wants one of ${whatIfSettings.join(', ')}.`);
  return { ...before, [known]: value === 'none' ? value : wholeNumber(value) };
}
