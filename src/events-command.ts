import type { Command } from 'commander';
import { wholeNumber } from './conferences-command.ts';
import { groupOf, KEY, optionsOf, runTask, toolOf, type ToolOptions } from './tool-command.ts';

/* `convoke events` and `convoke listen`: the events of conferences from the command line. */

const EXAMPLES = [
  'list u-local conf-…',
  'list u-local conf-… --dead --json',
  'redeliver u-local conf-… evt-…',
  'redeliver u-local --from 2026-11-27T00:00:00Z',
];

interface ListOptions extends ToolOptions {
  dead?: boolean;
  after?: number;
}

interface RedeliverOptions extends ToolOptions {
  from?: string;
  to?: string;
}

interface ListenOptions extends ToolOptions {
  after?: number;
}

/** Adds both. */
export function addEvents(program: Command): void {
  const verb = groupOf(
    program,
    'events',
    'events: lists those of a conference, and has them delivered again',
    EXAMPLES,
  );
  verb(
    'list <userId> <conferenceId>',
    'lists the events of a conference, and what became of each',
    'list u-local conf-…',
  )
    .option('--dead', 'dead letters only')
    .option('--after <sequence>', 'those behind this one', wholeNumber)
    .action((userId: string, conferenceId: string, options: ListOptions) =>
      runTask(options, 'events', async () => {
        const { eventInLine } = await import('./conferences.ts');
        return async ({ conferences, printer }) => {
          let after = options.after;
          const state = options.dead === true ? 'dead' : undefined;
          do {
            const { events, next } = await conferences.eventsPage({ userId, conferenceId }, { after, state });
            for (const event of events) printer.tell(event, eventInLine(event));
            after = next;
          } while (after !== undefined);
        };
      }),
    );
  verb(
    'redeliver <userId> [conferenceId] [eventId]',
    'has one event delivered again, or all dead letters of the account',
    'redeliver u-local --from 2026-11-27T00:00:00Z --to 2026-11-28T00:00:00Z',
  )
    .option('--from <time>', 'dead letters that were accepted from then on')
    .option('--to <time>', 'dead letters that were accepted until then')
    .option(...KEY)
    .action(
      (userId: string, conferenceId: string | undefined, eventId: string | undefined, options: RedeliverOptions) =>
        redeliverAction(userId, conferenceId, eventId, options),
    );
  addListen(program);
}

/** `convoke redeliver` does the same for all. */
export async function redeliverAction(
  userId: string,
  conferenceId: string | undefined,
  eventId: string | undefined,
  options: RedeliverOptions,
): Promise<never> {
  return await runTask(options, 'redeliver', async () => {
    const { redeliver, redeliverOne } = await import('./redeliver.ts');
    if (conferenceId === undefined) return (tools) => redeliver(tools, userId, options.from, options.to);
    return (tools) => redeliverOne(tools, { userId, conferenceId, eventId }, optionsOf(options));
  });
}

function addListen(program: Command): void {
  toolOf(
    program,
    'listen <userId> <url> [conferenceId]',
    'sends the events of conferences to a local URL too, signed, and goes on there when it is started again',
    'listen u-local http://127.0.0.1:3000/events',
  )
    .option('--after <sequence>', 'of one conference, the events behind this one', wholeNumber)
    .action((userId: string, url: string, conferenceId: string | undefined, options: ListenOptions) =>
      runTask(options, 'listen', async () => {
        const { listen } = await import('./listen.ts');
        return (tools) => listen(tools, { userId, url, conferenceId, after: options.after });
      }),
    );
}
