import type { Command } from 'commander';
import type { Tools } from './as-client.ts';
import type * as schedulesModule from './schedules.ts';
import { groupOf, KEY, optionsOf, runTask, type ToolOptions, type Verb } from './tool-command.ts';

/* `convoke schedules`: recurring conferences from the command line. */

interface Options extends ToolOptions {
  note?: string;
}

const EXAMPLES = [
  `create u-local '{"cron": "0 9 * * 1-5", "timeZone": "Europe/Berlin", "conference": {"from": "+19195551234"}}'`,
  'list u-local',
  'skip u-local sched-… 2026-12-28',
  `change u-local sched-… '{"calendar": {"weekdays": ["monday"], "everyWeeks": 2, "at": ["10:30"]}}'`,
  'pause u-local sched-… --note holidays',
];

/** Adds the verb, with a verb for each thing to be done. */
export function addSchedules(program: Command): void {
  const does = 'recurring conferences: lists, shows, creates, changes, pauses, resumes, triggers and deletes them';
  const verb = groupOf(program, 'schedules', does, EXAMPLES);
  addWhole(verb);
  addByHand(verb);
}

/** A schedule as a whole. */
function addWhole(verb: Verb): void {
  verb('list <userId>', 'lists the schedules of an account', 'list u-local --json').action(
    (userId: string, options: Options) =>
      run(options, async ({ inLine }) => async (schedules, printer) => {
        for await (const one of schedules.list(userId)) printer.tell(one, inLine(one));
        return undefined;
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
    .option(...KEY)
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
    .option(...KEY)
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
      .option(...KEY)
      .option('--note <note>', 'why, for people')
      .action((userId: string, scheduleId: string, options: Options) =>
        run(options, async () => async (schedules) => {
          await schedules[name]({ userId, scheduleId }, { note: options.note }, optionsOf(options));
          return done(words);
        }),
      );
  verb('trigger <userId> <scheduleId>', 'creates a conference of it now', 'trigger u-local sched-…')
    .option(...KEY)
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
    .option(...KEY)
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
    .option(...KEY)
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
type Result = { held: unknown; words: string };
type Work = (schedules: Tools['conferences']['schedules'], printer: Tools['printer']) => Promise<Result | undefined>;

/** Does something with schedules; what it has not told itself is told at its end. */
async function run(options: Options, workOf: (schedules: Schedules) => Promise<Work>): Promise<never> {
  return await runTask(options, 'schedules', async () => {
    const work = await workOf(await import('./schedules.ts'));
    return async ({ conferences, printer }) => {
      const result = await work(conferences.schedules, printer);
      if (result !== undefined) printer.tell(result.held, result.words);
    };
  });
}
