import type { Command } from 'commander';
import { checkedConfig } from './checked-config.ts';
import { printError } from './run-part.ts';
import type * as schedulesModule from './schedules.ts';

/* `convoke schedules`: recurring conferences from the command line. */

interface Options {
  json?: boolean;
  key?: string;
  note?: string;
}

const HELP = `
Exit codes: 0 done; 1 Temporal does not answer, or a setting is wrong; 2 the request was refused: the message says why.

  convoke schedules create u-local '{"cron": "0 9 * * 1-5", "timeZone": "Europe/Berlin", "conference": {"from": "+19195551234"}}'
  convoke schedules list u-local
  convoke schedules skip u-local sched-… 2026-12-28
  convoke schedules change u-local sched-… '{"calendar": {"weekdays": ["monday"], "everyWeeks": 2, "at": ["10:30"]}}'
  convoke schedules pause u-local sched-… --note holidays`;

/** Adds the verb, with a verb for each thing to be done. */
export function addSchedules(program: Command): void {
  const all = program
    .command('schedules')
    .description('recurring conferences: lists, shows, creates, changes, pauses, resumes, triggers and deletes them')
    .addHelpText('after', HELP);
  const verb = verbsOf(all);
  addWhole(verb);
  addByHand(verb);
}

type Verb = (usage: string, description: string, example: string) => Command;

function verbsOf(all: Command): Verb {
  return (usage, description, example) =>
    all
      .command(usage)
      .description(description)
      .option('--json', 'print the answer as JSON')
      .addHelpText('after', `\n  convoke schedules ${example}`);
}

const key = ['--key <key>', 'an Idempotency-Key: the same key with the same request is done once'] as const;
const optionsOf = ({ key: idempotencyKey }: Options) => ({ idempotencyKey });

/** A schedule as a whole. */
function addWhole(verb: Verb): void {
  verb('list <userId>', 'lists the schedules of an account', 'list u-local --json').action(
    (userId: string, options: Options) =>
      run(options, async ({ inLine }) => async (schedules) => {
        const held = [];
        for await (const one of schedules.list(userId)) held.push(one);
        return { held, words: held.map(inLine).join('\n') || 'There is none.' };
      }),
  );
  verb(
    'show <userId> <scheduleId>',
    'shows one, with its next runs and its conferences',
    'show u-local sched-…',
  ).action((userId: string, scheduleId: string, options: Options) =>
    run(options, async ({ inFull }) => async (schedules) => {
      const held = await schedules.get({ userId, scheduleId });
      return { held, words: inFull(held) };
    }),
  );
  verb(
    'create <userId> <fields>',
    'creates one; the fields are JSON, or - for the standard input',
    'create u-local - < weekly.json',
  )
    .option(...key)
    .action((userId: string, fields: string, options: Options) =>
      run(options, async ({ fieldsFrom }) => async (schedules) => {
        const asked = (await fieldsFrom(fields)) as Parameters<typeof schedules.create>[1];
        const held = await schedules.create(userId, asked, optionsOf(options));
        return { held, words: held.scheduleId };
      }),
    );
  verb(
    'change <userId> <scheduleId> <fields>',
    'changes one; the fields are JSON, or - for the standard input',
    `change u-local sched-… '{"note": "new"}'`,
  )
    .option(...key)
    .action((userId: string, scheduleId: string, fields: string, options: Options) =>
      run(options, async ({ fieldsFrom }) => async (schedules) => {
        await schedules.change({ userId, scheduleId }, await fieldsFrom(fields), optionsOf(options));
        return done('It is changed.');
      }),
    );
}

/** What is done with one by hand. */
function addByHand(verb: Verb): void {
  for (const [name, description, words] of [
    ['pause', 'pauses one', 'It is paused.'],
    ['resume', 'lets one go on', 'It goes on.'],
  ] as const)
    verb(`${name} <userId> <scheduleId>`, description, `${name} u-local sched-… --note holidays`)
      .option(...key)
      .option('--note <note>', 'why, for people')
      .action((userId: string, scheduleId: string, options: Options) =>
        run(options, async () => async (schedules) => {
          await schedules[name]({ userId, scheduleId }, { note: options.note }, optionsOf(options));
          return done(words);
        }),
      );
  verb('trigger <userId> <scheduleId>', 'creates a conference of it now', 'trigger u-local sched-…')
    .option(...key)
    .action((userId: string, scheduleId: string, options: Options) =>
      run(options, async () => async (schedules) => {
        const held = await schedules.trigger({ userId, scheduleId }, optionsOf(options));
        return { held, words: held.conferenceId };
      }),
    );
  verb(
    'skip <userId> <scheduleId> <date>',
    'leaves out what would begin on a local date',
    'skip u-local sched-… 2026-12-28',
  )
    .option(...key)
    .action((userId: string, scheduleId: string, date: string, options: Options) =>
      run(options, async () => async (schedules) => {
        await schedules.skip({ userId, scheduleId }, { date }, optionsOf(options));
        return done(`Nothing begins on ${date}.`);
      }),
    );
  verb(
    'backfill <userId> <scheduleId> <from> <to>',
    'makes up for a past time',
    'backfill u-local sched-… 2026-11-26T00:00:00Z 2026-11-27T00:00:00Z',
  )
    .option(...key)
    .action((userId: string, scheduleId: string, from: string, to: string, options: Options) =>
      run(options, async () => async (schedules) => {
        const held = await schedules.backfill({ userId, scheduleId }, { from, to }, optionsOf(options));
        const lines = held.conferences.map(({ id, outcome }) => `${id}  ${outcome}`);
        return { held, words: lines.join('\n') || 'Nothing was to begin in that time.' };
      }),
    );
  verb('delete <userId> <scheduleId>', 'deletes one; its conferences go on', 'delete u-local sched-…').action(
    (userId: string, scheduleId: string, options: Options) =>
      run(options, async () => async (schedules) => {
        await schedules.delete({ userId, scheduleId });
        return done('It is deleted.');
      }),
  );
}

function done(words: string) {
  return { held: { done: true }, words };
}

type Schedules = typeof schedulesModule;

async function run(
  { json = false }: Options,
  taskOf: (schedules: Schedules) => Promise<schedulesModule.Task>,
): Promise<never> {
  const schedules = await import('./schedules.ts');
  try {
    await schedules.doWithSchedules((await checkedConfig('schedules')).config, await taskOf(schedules), json);
    process.exit(0);
  } catch (error) {
    const isRefused = error instanceof schedules.Refused;
    printError(isRefused ? error.message : error);
    process.exit(isRefused ? 2 : 1);
  }
}
