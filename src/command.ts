import { Command, Option } from 'commander';
import { checkedConfig } from './checked-config.ts';
import type { PlatformName } from './dev/start.ts';
import type { StartPart } from './part.ts';
import { runPart, printError } from './run-part.ts';
import { addSchedules } from './schedules-command.ts';

/** Each verb loads its own part only, so that a gateway does not pay for a worker. */
const parts: Record<string, { summary: string; load: () => Promise<StartPart> }> = {
  temporal: {
    summary: 'a Temporal server for development, with its UI',
    load: async () => (await import('./dev/temporal-server.ts')).startTemporalServer,
  },
  sandbox: {
    summary: 'a Catapult platform on this machine',
    load: async () => (await import('./sandbox.ts')).startSandbox,
  },
  asterisk: {
    summary: 'a Catapult platform on an Asterisk: real telephones and audio',
    load: async () => (await import('./asterisk.ts')).startAsterisk,
  },
  worker: {
    summary: 'runs the conferences: workflows, platform calls, deliveries',
    load: async () => (await import('./worker.ts')).startWorker,
  },
  gateway: {
    summary: 'the HTTP API and the bridge for the platform’s callbacks',
    load: async () => (await import('./gateway.ts')).startGateway,
  },
};

/** The `convoke` command: a verb for each part and each tool. */
export function createCommand(): Command {
  const program = new Command('convoke')
    .description(
      'Durable telephone conferences: the Catapult v1 wire with a Temporal workflow behind every conference.',
    )
    .addHelpText('after', '\nEvery setting is an environment variable; docs/configuration.md lists them all.');
  for (const [name, { summary, load }] of Object.entries(parts)) {
    program
      .command(name)
      .description(summary)
      .action(() => runPart(name, load));
  }
  program
    .command('start')
    .description('all of the above on this machine, in order, to try it')
    .addOption(
      new Option('--platform <platform>', 'what runs the conferences')
        .choices(['sandbox', 'asterisk'])
        .default('sandbox'),
    )
    .action(({ platform }: { platform: PlatformName }) =>
      runPart('start', async () => (await import('./dev/start.ts')).startAllOn(platform)),
    );
  program
    .command('setup')
    .description(
      'makes what conferences need of a Temporal server: the namespace, its retention, the search attributes',
    )
    .action(() => runTool(async () => (await import('./setup.ts')).setUp(checkedConfig('setup').config)));
  program
    .command('reconcile [userId] [conferenceId]')
    .description('has one conference, or all that are open, ask the platform for events that were lost')
    .action((userId?: string, conferenceId?: string) =>
      runTool(async () =>
        (await import('./reconcile.ts')).reconcile(checkedConfig('reconcile').config, userId, conferenceId),
      ),
    );
  program
    .command('redeliver <userId> [from] [to]')
    .description(
      'has dead letters of an account delivered again, of all time or between two times (2026-01-31T12:00:00Z)',
    )
    .action((userId: string, from?: string, to?: string) =>
      runTool(async () =>
        (await import('./redeliver.ts')).redeliver(checkedConfig('redeliver').config, userId, from, to),
      ),
    );
  addSchedules(program);
  return program;
}

/** What does its work and ends. */
async function runTool(work: () => Promise<void>): Promise<void> {
  try {
    await work();
    process.exit(0);
  } catch (error) {
    printError(error);
    process.exit(1);
  }
}
