import { InvalidArgumentError, Option, type Command } from 'commander';
import { phases, reasons } from './catapult/words.ts';
import { groupOf, KEY, optionsOf, runTask, type ToolOptions, type Verb } from './tool-command.ts';

/* `convoke conferences`: conferences from the command line. */

const EXAMPLES = [
  'list u-local --phase active',
  'show u-local conf-…',
  'watch u-local conf-…',
  'end u-local conf-…',
  'reconcile u-local conf-…',
  'list u-local --dead-letters --json | jq -r .id',
];

interface Filters extends ToolOptions {
  phase?: (typeof phases)[number];
  from?: string;
  tag?: string;
  reason?: (typeof reasons)[number];
  schedule?: string;
  deadLetters?: boolean;
  limit?: number;
}

/** Adds the verb, with a verb for each thing to be done. */
export function addConferences(program: Command): void {
  const does = 'conferences: lists, shows, watches and ends them, and has them ask the platform';
  const verb = groupOf(program, 'conferences', does, EXAMPLES);
  addList(verb);
  addOne(verb);
  verb(
    'reconcile [userId] [conferenceId]',
    'has one conference, or all that are open, ask the platform for events that were lost',
    'reconcile u-local conf-…',
  ).action(reconcileAction);
}

/** `convoke reconcile` does the same. */
export async function reconcileAction(
  userId: string | undefined,
  conferenceId: string | undefined,
  options: ToolOptions,
) {
  await runTask(options, 'reconcile', async () => {
    const { reconcile } = await import('./reconcile.ts');
    return (tools) => reconcile(tools, userId, conferenceId);
  });
}

function addList(verb: Verb): void {
  verb('list <userId>', 'lists conferences of an account, the open ones first', 'list u-local --tag team --limit 10')
    .addOption(new Option('--phase <phase>', 'in this phase').choices(phases))
    .option('--from <number>', 'with this number')
    .option('--tag <tag>', 'with this tag')
    .addOption(new Option('--reason <reason>', 'that ended for this reason').choices(reasons))
    .option('--schedule <scheduleId>', 'that this schedule has made')
    .option('--dead-letters', 'with dead letters')
    .option('--limit <count>', 'so many at most', wholeNumber)
    .action((userId: string, options: Filters) =>
      runTask(options, 'conferences', async () => {
        const { inLine } = await import('./conferences.ts');
        const { phase, from, tag, reason, schedule: scheduleId, deadLetters, limit = Infinity } = options;
        return async ({ conferences, printer }) => {
          let told = 0;
          for await (const one of conferences.list(userId, { phase, from, tag, reason, scheduleId, deadLetters })) {
            if (told >= limit) return;
            printer.tell(one, inLine(one));
            told += 1;
          }
          if (told === 0) printer.aside('There is none.');
        };
      }),
    );
}

function addOne(verb: Verb): void {
  verb('show <userId> <conferenceId>', 'shows one, with its members', 'show u-local conf-…').action(
    (userId: string, conferenceId: string, options: ToolOptions) =>
      runTask(options, 'conferences', async () => {
        const { inFull } = await import('./conferences.ts');
        return async ({ conferences, printer }) => {
          const ids = { userId, conferenceId };
          const [conference, members] = [await conferences.get(ids), await conferences.members(ids)];
          printer.tell({ ...conference, members }, inFull(conference, members));
        };
      }),
  );
  verb('watch <userId> <conferenceId>', 'shows one as it goes on, until it is over', 'watch u-local conf-…').action(
    (userId: string, conferenceId: string, options: ToolOptions) =>
      runTask(options, 'conferences', async () => {
        const { watch } = await import('./watch.ts');
        return (tools) => watch(tools, { userId, conferenceId });
      }),
  );
  verb('end <userId> <conferenceId>', 'ends one, and waits until the platform has confirmed it', 'end u-local conf-…')
    .option(...KEY)
    .action((userId: string, conferenceId: string, options: ToolOptions) =>
      runTask(options, 'conferences', async () => async ({ conferences, printer }) => {
        const { outcome } = await conferences.end({ userId, conferenceId }, optionsOf(options));
        const words =
          outcome === 'done' ? 'It has ended.' : 'It is ending: Convoke tries until the platform confirms it.';
        printer.tell({ outcome }, words);
      }),
    );
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It wants a whole number.');
}
