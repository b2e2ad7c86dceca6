import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { pino } from 'pino';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencesPath } from '../../src/catapult/paths.ts';
import type { PayloadKeys } from '../../src/client/sealing.ts';
import { ConferenceClient, Conferences, healthCheck } from '../../src/client/index.ts';
import type { ConsoleFiles } from '../../src/console/bundle.ts';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import type { Room } from '../../src/gateway/entries.ts';
import { Journal } from '../../src/gateway/journal.ts';
import { createGateway } from '../../src/gateway/server.ts';
import { freePort } from '../../src/dev/ports.ts';
import { createPlatformClient } from '../../src/platform/client.ts';
import { refusingUses } from '../../src/refuse-uses.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { aftercareWorkflowId, conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { Customer } from './customer.ts';
import { assertInTable } from './in-the-table.ts';
import { asteriskPlatform, PLATFORM_ACCOUNT, sandboxPlatform, type Platform } from './platforms.ts';
import { connect, ownTaskQueue, RULES, runWorker, type RunningWorker } from './temporal.ts';
import { until } from './until.ts';

export const CALLBACK_KEY = 'test:0123456789abcdef0123456789abcdef';
export const USER = LOCAL_ACCOUNT.userId;
/** Who may look at all accounts of a house. */
export const OPERATOR = { token: 't-operator', secret: 's-operator' };

/** Everything that `npm start` runs, but in the test's process, on ports and a task queue of its own. */
export interface House {
  url: string;
  platformUrl: string;
  client: Client;
  conferences: Conferences;
  /** As a backend service has it. */
  service: ConferenceClient;
  /** Where conferences really are: the sandbox, unless a test project says otherwise. */
  platform: Platform;
  sandbox: Sandbox;
  customer: Customer;
  tokens: CallbackTokens;
  dependencies: ActivityDependencies;
  taskQueue: string;
  worker: RunningWorker | undefined;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  /** Another gateway on the same address and journal, with the accounts that `dependencies` has now; its journal may have less room. */
  restartGateway(journalRoom?: Partial<Room>): Promise<void>;
  /** Resolves when the conferences have all callbacks that the bridge has taken. */
  allForwarded(): Promise<void>;
  /** A request with the local account's credentials; an object becomes a JSON body. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Creates a conference whose events go to `/callback` of the customer; answers its id. */
  create(fields?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export interface HouseOptions {
  /** The queue of workers that run in processes of their own. */
  taskQueue?: string;
  /** Without a worker nothing moves until `startWorker`. */
  worker?: boolean;
  /** Accounts for which workflows of others may act. */
  nexusAccounts?: readonly string[];
  /** One that is there already, and is left open. */
  platform?: Platform;
  /** Another account that the worker knows, and the gateway does not. */
  otherAccount?: string;
  /** The page for people who watch. */
  console?: ConsoleFiles;
  /** Who delivers events while all goes well; `DELIVER_FROM` unless given. */
  deliverFrom?: 'gateway' | 'worker';
  /** Has what is written into Temporal sealed. */
  payloadKeys?: PayloadKeys;
}

/** Who delivers events in a house, unless it says otherwise. */
export const DELIVER_FROM = process.env['DELIVER_FROM'] === 'worker' ? 'worker' : 'gateway';

export async function openHouse({
  worker = true,
  taskQueue = ownTaskQueue(),
  deliverFrom = DELIVER_FROM,
  nexusAccounts = [],
  platform: given,
  otherAccount,
  console,
  payloadKeys,
}: HouseOptions = {}): Promise<House> {
  const sandbox = createSandbox(PLATFORM_ACCOUNT);
  const platform = given ?? ('onAsterisk' in globalThis ? await asteriskPlatform() : await sandboxPlatform(sandbox));
  const platformUrl = platform.url;
  const customer = await new Customer().open();
  const { client, close: disconnect } = await connect(payloadKeys);
  const conferences = new Conferences(client, { taskQueue });
  const tokens = new CallbackTokens([CALLBACK_KEY]);
  const accounts = new Accounts([LOCAL_ACCOUNT]);
  const consoleUrl = 'http://gateway.example/console';
  const service = new ConferenceClient(client, { accounts, taskQueue, consoleUrl });
  const journalDir = await mkdtemp(join(tmpdir(), 'convoke-journal-'));
  const startGateway = async (ofAccounts: Accounts, port: number, room?: Partial<Room>) => {
    const logger = pino({ level: 'silent' });
    const journal = await Journal.open(journalDir, logger, room);
    const app = createGateway({
      client: new ConferenceClient(client, { accounts: ofAccounts, taskQueue, consoleUrl }),
      conferences,
      accounts: ofAccounts,
      operator: OPERATOR,
      console,
      callbackTokens: tokens,
      health: healthCheck(client, taskQueue),
      examine: async () => [{ check: 'workers', level: 'ok', found: 'A worker does its work.' }],
      journal,
      ackAfter: 'journal',
      deliveries:
        deliverFrom === 'worker'
          ? undefined
          : {
              deliverer: createDeliverer(['127.0.0.0/8'], { readable: ['127.0.0.0/8'] }),
              platform: createPlatformClient(platformUrl),
              platformAccount: PLATFORM_ACCOUNT,
              url: () => url,
              bridgeUrl: () => url,
            },
      // One that was away has all conferences ask the platform: those of the tests beside this one too.
      hasSecond: true,
      logger,
    });
    const url = await app.listen({ host: '127.0.0.1', port });
    return { app, journal, url };
  };
  let gateway = await startGateway(accounts, await freePort());
  const { url } = gateway;
  const dependencies: ActivityDependencies = {
    platform: createPlatformClient(platformUrl),
    platformAccount: PLATFORM_ACCOUNT,
    accounts:
      otherAccount === undefined ? accounts : new Accounts([LOCAL_ACCOUNT, { ...LOCAL_ACCOUNT, userId: otherAccount }]),
    callbackTokens: tokens,
    deliverer: createDeliverer(['127.0.0.0/8'], { readable: ['127.0.0.0/8'] }),
    bridge: { primaryUrl: url, fallbackUrl: url },
    refuseUses: refusingUses(RULES, accounts),
    publicUrl: url,
  };

  const house: House = {
    url,
    platformUrl,
    client,
    conferences,
    platform,
    service,
    sandbox,
    customer,
    tokens,
    dependencies,
    taskQueue,
    worker: undefined,
    async startWorker() {
      house.worker ??= await runWorker(taskQueue, dependencies, nexusAccounts, payloadKeys);
    },
    async stopWorker() {
      await house.worker?.stop();
      house.worker = undefined;
    },
    async restartGateway(room) {
      await gateway.app.close();
      gateway = await startGateway(dependencies.accounts, Number(new URL(url).port), room);
    },
    async allForwarded() {
      await until('all callbacks are forwarded', () => gateway.journal.stats().waiting === 0, 60_000, 10);
    },
    async call(method, path, body, headers = {}) {
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: basicAuth(LOCAL_ACCOUNT),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
      const shown: unknown = isJson ? await answer.clone().json() : undefined;
      assertInTable({ method, path, status: answer.status, body: shown });
      return answer;
    },
    async create(fields = {}) {
      const answer = await house.call('POST', conferencesPath(USER), {
        from: '+19195551234',
        callbackUrl: customer.url('/callback'),
        ...fields,
      });
      if (answer.status !== 201) throw new Error(`create was answered ${answer.status}: ${await answer.text()}`);
      return answer.headers.get('location')?.split('/').pop() ?? '';
    },
    async close() {
      for await (const { id } of service.schedules.list(USER))
        await service.schedules.delete({ userId: USER, scheduleId: id });
      // What it still has to report reaches conferences that are open, and waits for nobody.
      await gateway.app.close();
      await terminateLeftovers(client, taskQueue);
      await house.stopWorker();
      await rm(journalDir, { recursive: true });
      if (given === undefined) await platform.close();
      await customer.close();
      await Promise.all([dependencies.platform.close(), dependencies.deliverer.close(), disconnect()]);
    },
  };
  if (worker) await house.startWorker();
  return house;
}

/** The workflow of one of the house's conferences. */
export function workflowOf(house: House, conferenceId: string) {
  return house.client.workflow.getHandle(conferenceWorkflowId({ userId: USER, conferenceId }));
}

/** What of a conference Temporal waits for: a workflow task, activities, or both. */
export async function underWay(house: House, id: string): Promise<string> {
  const { pendingWorkflowTask, pendingActivities } = (await workflowOf(house, id).describe()).raw;
  return [pendingWorkflowTask ? 'task' : [], pendingActivities?.length ? 'activity' : []].flat().join(' and ');
}

/** Looks after one of the house's conferences since that has closed. */
export async function aftercareOfOne(house: House, conferenceId: string) {
  const { runId } = await workflowOf(house, conferenceId).describe();
  return house.client.workflow.getHandle(aftercareWorkflowId({ userId: USER, conferenceId }, runId));
}

async function terminateLeftovers(client: Client, taskQueue: string): Promise<void> {
  const open = client.workflow.list({ query: `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'` });
  for await (const { workflowId } of open) {
    try {
      await client.workflow.getHandle(workflowId).terminate('the test is over');
    } catch (error) {
      // The list lags behind: one that has closed meanwhile is no leftover.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}
