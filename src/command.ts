import { Command, Option } from 'commander';
import { text } from 'node:stream/consumers';
import type { TokenOptions } from './accounts-tool.ts';
import { checkedConfig } from './checked-config.ts';
import { present } from './catapult/present.ts';
import { addConferences, reconcileAction } from './conferences-command.ts';
import { addDoctor } from './doctor-command.ts';
import type { PlatformName } from './dev/start.ts';
import { addEvents, redeliverAction } from './events-command.ts';
import { addExplaining } from './explain-command.ts';
import type { StartPart } from './part.ts';
import { runPart, printError } from './run-part.ts';
import { addSchedules } from './schedules-command.ts';
import { toolOf, type ToolOptions } from './tool-command.ts';

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
  codec: {
    summary: 'opens sealed payloads for Temporal’s UI and CLI',
    load: async () => (await import('./codec.ts')).startCodec,
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
    .description('Temporal, a platform, a worker and a gateway on this machine, to try it')
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
    .action(() => runTool(async () => (await import('./setup.ts')).setUp((await checkedConfig('setup')).config)));
  addConferences(program);
  addEvents(program);
  program
    .command('callbacks')
    .description(
      'says which callback URLs the platform has for open conferences, before a key or an address is given up',
    )
    .option('--register', 'has the platform take those of the present CALLBACK_KEYS and PUBLIC_URL')
    .action(({ register = false }: { register?: boolean }) =>
      runTool(async () =>
        (await import('./callbacks-tool.ts')).lookAtCallbacks((await checkedConfig('callbacks')).config, { register }),
      ),
    );
  addSchedules(program);
  addExplaining(program);
  addDoctor(program);
  toolOf(program, 'reconcile [userId] [conferenceId]', 'the same as conferences reconcile', 'reconcile').action(
    reconcileAction,
  );
  toolOf(
    program,
    'redeliver <userId> [from] [to]',
    'the same as events redeliver, of an account',
    'redeliver u-local',
  ).action((userId: string, from: string | undefined, to: string | undefined, options: ToolOptions) =>
    redeliverAction(userId, undefined, undefined, { ...options, ...present({ from, to }) }),
  );
  program.addCommand(accountsCommand());
  return program;
}

/** The accounts of ACCOUNTS_FILE or ACCOUNTS_URL. */
function accountsCommand(): Command {
  const accounts = new Command('accounts').description(
    'makes, lists and changes the accounts of ACCOUNTS_FILE or ACCOUNTS_URL',
  );
  addTokenCommands(accounts);
  addUsesCommands(accounts);
  return accounts;
}

const tool = async () => import('./accounts-tool.ts');

/** Accounts and their tokens. */
function addTokenCommands(accounts: Command): void {
  const scope = () =>
    new Option('--scope <scope>', 'what its token may do').choices(['read', 'write']).default('write' as const);
  const expires = () => new Option('--expires <time>', 'until when the token fits (2026-01-31T12:00:00Z)');
  accounts
    .command('add <userId>')
    .description('makes an account with a token, and shows its secrets once')
    .addOption(scope())
    .addOption(expires())
    .action((userId: string, options: TokenOptions) =>
      runTool(async () => (await tool()).addAccount((await checkedConfig('accounts')).config, userId, options)),
    );
  accounts
    .command('list')
    .description('shows the accounts and their tokens, without secrets')
    .action(() => runTool(async () => (await tool()).listAccounts((await checkedConfig('accounts')).config)));
  accounts
    .command('rotate <userId>')
    .description('gives an account a new token beside the old one, and shows its secret once')
    .addOption(scope())
    .addOption(expires())
    .action((userId: string, options: TokenOptions) =>
      runTool(async () => (await tool()).rotateToken((await checkedConfig('accounts')).config, userId, options)),
    );
  accounts
    .command('revoke <userId> <tokenId>')
    .description('takes a token from an account')
    .action((userId: string, tokenId: string) =>
      runTool(async () => (await tool()).revokeToken((await checkedConfig('accounts')).config, userId, tokenId)),
    );
}

/** What an account uses. */
function addUsesCommands(accounts: Command): void {
  accounts
    .command('platform <userId> [platformUserId] [platformToken]')
    .description('has the conferences of an account held with credentials of its own at the platform')
    .addHelpText(
      'after',
      '\nThe secret is read from the standard input. Without platformUserId those of the settings hold again.',
    )
    .action((userId: string, platformUserId: string | undefined, platformToken: string | undefined) =>
      runTool(async () => {
        const { setPlatform } = await tool();
        const { config } = await checkedConfig('accounts');
        if (platformUserId === undefined) return await setPlatform(config, userId, undefined);
        const secret = (await text(process.stdin)).trim();
        await setPlatform(config, userId, { userId: platformUserId, token: platformToken ?? '', secret });
      }),
    );
  const networks = (given: string) => given.split(',').filter((one) => one !== '');
  accounts
    .command('targets <userId>')
    .description('says which networks (CIDR, comma-separated) URLs of an account may reach too, and which not')
    .addOption(new Option('--allow <networks>', 'beside what the settings allow').argParser(networks).default([]))
    .addOption(new Option('--deny <networks>', 'beside what the settings deny').argParser(networks).default([]))
    .action((userId: string, given: { allow: string[]; deny: string[] }) =>
      runTool(async () => (await tool()).setTargets((await checkedConfig('accounts')).config, userId, given)),
    );
  accounts
    .command('numbers <userId> [numbers]')
    .description(
      'says which telephone numbers (comma-separated) are an account’s; without them every one that is nobody’s',
    )
    .action((userId: string, numbers: string | undefined) =>
      runTool(async () =>
        (await tool()).setNumbers((await checkedConfig('accounts')).config, userId, numbers?.split(',')),
      ),
    );
  accounts
    .command('seal')
    .description(
      'seals all secrets that can be sealed with the first key of ACCOUNTS_KEYS, to begin with it or to change it',
    )
    .action(() => runTool(async () => (await tool()).sealAll((await checkedConfig('accounts')).config)));
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
