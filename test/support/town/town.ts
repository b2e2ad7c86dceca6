import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LOCAL_ACCOUNT } from '../../../src/accounts/accounts.ts';
import { basicAuth } from '../../../src/catapult/credentials.ts';
import { Customer } from '../customer.ts';
import { impatientCli } from '../impatient.ts';
import { dataDirectory, freePort, launch } from '../processes.ts';
import { Part } from './part.ts';
import { madeFor, SandboxControls, type PlatformConference } from '../controls.ts';
import { until } from '../until.ts';

export const USER = LOCAL_ACCOUNT.userId;

const readiness = z.object({
  temporal: z.string(),
  journal: z.object({ state: z.string(), waiting: z.number(), damaged: z.number() }),
});

export interface TownOptions {
  /** With two, the second is the platform's fallback (BRIDGE_FALLBACK_URL). */
  gateways?: 1 | 2;
  /** After how many events of its history a run continues as new; 4,096 unless given. */
  continueAsNewAfter?: number;
  /** More settings, of all parts. */
  settings?: Record<string, string>;
}

/** How long one look at the platform serves all stories: a hundred of them must not each read all hundred. */
const GLANCE_MS = 200;

/** An answer of the gateway. */
export interface Answered {
  status: number;
  location: string;
  body: string;
}

/**
 * All of Convoke in real processes that are started as an operator starts them, on ports and with data of their own: each can be
 * killed, paused and started again. The customer is in the test's process, and keeps all it gets.
 */
export class Town {
  readonly temporal: Part;
  readonly sandbox: Part;
  readonly worker: Part;
  readonly gateways: readonly [Part, ...Part[]];
  readonly controls: SandboxControls;
  readonly customer: Customer;
  readonly temporalAddress: string;
  private readonly gatewayUrls: string[];
  private readonly settings: Record<string, string>;
  private readonly removeData: () => void;
  private glance: { at: number; conferences: Promise<PlatformConference[]> } | undefined;

  constructor(place: Place, customer: Customer) {
    const { ports, gatewayPorts, settings } = place;
    const part = (verb: Part['verb'], port?: string) => new Part(verb, settings, port);
    this.temporal = part('temporal', ports.TEMPORAL_PORT);
    this.sandbox = part('sandbox', ports.SANDBOX_PORT);
    this.worker = part('worker');
    this.gateways = [
      new Part('gateway', { ...settings, PORT: gatewayPorts[0] }, gatewayPorts[0]),
      ...gatewayPorts.slice(1).map((PORT) => new Part('gateway', { ...settings, ...ownData(place), PORT }, PORT)),
    ];
    this.controls = new SandboxControls(urlOf(ports.SANDBOX_PORT));
    this.customer = customer;
    this.temporalAddress = `127.0.0.1:${ports.TEMPORAL_PORT}`;
    this.gatewayUrls = gatewayPorts.map(urlOf);
    this.removeData = place.remove;
    this.settings = settings;
  }

  get gateway(): Part {
    return this.gateways[0];
  }

  get parts(): Part[] {
    return [this.worker, ...this.gateways, this.sandbox, this.temporal];
  }

  async start(): Promise<void> {
    const temporalAndWorker = this.temporal.start().then(() => this.worker.start());
    await Promise.all([temporalAndWorker, this.sandbox.start(), ...this.gateways.map((gateway) => gateway.start())]);
    await until('the gateway is ready', async () => (await fetch(`${this.gatewayUrls[0]}/readyz`)).ok);
  }

  /** Where the first gateway keeps its journal. */
  get journalDirectory(): string {
    return join(this.settings['CONVOKE_DATA_DIR'] ?? '', 'journal');
  }

  /** What a gateway's `/readyz` tells; the first one's, unless another is meant. */
  async readiness(gateway = 0): Promise<z.output<typeof readiness>> {
    return readiness.parse(await (await fetch(`${this.gatewayUrls[gateway]}/readyz`)).json());
  }

  /** How many callbacks are still to be sent by the platform, or wait for their conference in a gateway's journal. */
  async callbacksUnderWay(): Promise<number> {
    const unsent = await this.controls.callbacksWaiting();
    const journals = await Promise.all(this.gateways.map(async (_, index) => (await this.readiness(index)).journal));
    return journals.reduce((sum, { waiting }) => sum + waiting, unsent);
  }

  async callbacksAreThrough(): Promise<void> {
    await until('callbacks are through', async () => (await this.callbacksUnderWay()) === 0);
  }

  /** All that the platform made for one of our conferences, as it was a moment ago. */
  async madeFor(conferenceId: string): Promise<PlatformConference[]> {
    if (this.glance === undefined || Date.now() - this.glance.at > GLANCE_MS)
      this.glance = { at: Date.now(), conferences: this.controls.conferences() };
    return madeFor(conferenceId, await this.glance.conferences);
  }

  /** The platform's process dies, and is started again with nothing of what it knew. */
  async platformLosesAll(): Promise<void> {
    await this.sandbox.kill();
    rmSync(join(this.settings['CONVOKE_DATA_DIR'] ?? '', 'sandbox.json'));
    await this.sandbox.start();
  }

  /** What an operator does when callbacks may have been lost: `convoke reconcile`. */
  async reconcile(): Promise<void> {
    const command = launch(process.execPath, ['dist/main.js', 'reconcile'], this.settings);
    const code = await command.ended;
    if (code !== 0) throw new Error(`convoke reconcile ended with ${code}:\n${command.output()}`);
  }

  /** A request of the customer; to the next gateway if the first cannot be reached. @throws if none answers. */
  async ask(method: 'GET' | 'POST', path: string, body?: object, key?: string): Promise<Answered> {
    const failures: unknown[] = [];
    for (const url of this.gatewayUrls) {
      try {
        return await request(url + path, method, body, key);
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  }

  /** Ends every process and removes all data, also when something is in disorder. */
  async close(): Promise<void> {
    for (const part of this.parts) part.resume();
    await Promise.all(this.parts.map((part) => part.kill()));
    this.parts.forEach((part, index) => part.keepLogs(`${this.temporalAddress}-${index}-${part.verb}`));
    this.keepWhatTheCustomerGot();
    await this.customer.close();
    this.removeData();
  }

  private keepWhatTheCustomerGot(): void {
    const folder = process.env['FAULTS_LOGS'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${this.temporalAddress}-customer.json`),
      JSON.stringify(this.customer.received, null, 1),
    );
  }
}

/** Starts a town. It is to be closed, also when a test fails. */
export async function openTown(options: TownOptions = {}): Promise<Town> {
  const town = new Town(await findPlace(options), await new Customer().open());
  try {
    await town.start();
  } catch (error) {
    await town.close();
    throw error;
  }
  return town;
}

interface Place {
  ports: Record<'SANDBOX_PORT' | 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT', string>;
  gatewayPorts: [string, ...string[]];
  settings: Record<string, string>;
  remove: () => void;
  path: string;
}

async function findPlace({ gateways = 1, continueAsNewAfter, settings = {} }: TownOptions): Promise<Place> {
  const { path, remove } = dataDirectory();
  const [SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, PORT, second] = await freePorts();
  const ports = { SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT };
  const cli = continueAsNewAfter === undefined ? {} : await impatientCli(path, continueAsNewAfter);
  const all = {
    ...ports,
    ...cli,
    // What the tests' own server is called by must not lead the parts there.
    TEMPORAL_ADDRESS: '',
    CONVOKE_DATA_DIR: path,
    CALLBACK_KEYS: 'town:0123456789abcdef0123456789abcdef',
    PUBLIC_URL: urlOf(PORT),
    ...(gateways === 2 && { BRIDGE_FALLBACK_URL: urlOf(second) }),
    RECONCILE_PER_MINUTE: '1200',
    LOG_LEVEL: 'info',
    ...settings,
  };
  return { ports, gatewayPorts: gateways === 2 ? [PORT, second] : [PORT], settings: all, remove, path };
}

/** A second gateway has a disk of its own. */
function ownData({ path }: Place): Record<string, string> {
  return { CONVOKE_DATA_DIR: join(path, 'second') };
}

async function freePorts(): Promise<[string, string, string, string, string]> {
  return [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
}

function urlOf(port: string): string {
  return `http://127.0.0.1:${port}`;
}

async function request(url: string, method: string, body?: object, key?: string): Promise<Answered> {
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: basicAuth(LOCAL_ACCOUNT),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // A gateway that stands still does not answer at all; each answer comes within 10 s otherwise.
    signal: AbortSignal.timeout(15_000),
  });
  return { status: answer.status, location: answer.headers.get('location') ?? '', body: await answer.text() };
}
