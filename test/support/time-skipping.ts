import { randomBytes } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import type { WorkflowClientInterceptor, WorkflowHandle } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import { createActivities, type ActivityDependencies } from '../../src/activities/index.ts';
import { catapultError, type WireError } from '../../src/catapult/errors.ts';
import { saidBy, type CallbackEvent } from '../../src/catapult/events.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { ConferenceClient, dataConverter } from '../../src/client/index.ts';
import type { Attempt, Deliverer, Delivery, Target } from '../../src/delivery/deliver.ts';
import type { Message } from '../../src/delivery/request.ts';
import type {
  PlatformAccount,
  PlatformClient,
  PlatformOutcome,
  PlatformReadingOutcome,
} from '../../src/platform/client.ts';
import { createWorkers } from '../../src/worker.ts';
import {
  changesUpdate,
  CONFERENCE_WORKFLOW,
  conferenceIdOf,
  conferenceQuery,
  conferenceWorkflowId,
  createdUpdate,
  searchAttributes,
  TASK_QUEUE,
  type ChangeOrders,
  type ConferenceIds,
  type ConferenceView,
} from '../../src/workflows/messages.ts';
import { quietRuntime, required, testWorkerOptions } from './temporal.ts';
import { until } from './until.ts';

/*
 * The real workflow on a server whose clock leaps from one thing to do to the next. Real sockets would be left behind by
 * it, so the platform and the customer are played by objects that stand where the HTTP clients do.
 */

export const FROM = '+19195551234';
export const CUSTOMER_URL = 'https://customer.example/callback';
export const USER = LOCAL_ACCOUNT.userId;

/** What the platform does with one create attempt. */
export type Turn =
  | 'works'
  /** Has the conference, but its answer never arrives. */
  | 'loses its answer'
  /** Has done nothing, and says so with a 503. */
  | 'is unavailable'
  | 'refuses'
  /** Wants to be asked again after so many seconds. */
  | { retryAfter: number };

export const REFUSAL = {
  status: 403,
  category: 'forbidden',
  code: 'conference-error',
  message: 'not from this number',
} satisfies WireError;

export const UNAVAILABLE = catapultError('gateway-unavailable', 'The platform is played by a test.').wire;

const refuses = async (): Promise<PlatformOutcome> => ({ outcome: 'refused', error: REFUSAL });

/** A platform as its HTTP client shows it; its conferences are `platform-1` for the first attempt, and so on. */
export class FakePlatform implements PlatformClient {
  /** When each create attempt arrived (server time, ms). */
  readonly attempts: number[] = [];
  /** What it was told to complete, in order. */
  readonly completed: string[] = [];
  /** What it does with the attempt of this number; a promise keeps the attempt running. */
  turn: (attempt: number) => Turn | Promise<Turn> = () => 'works';
  /** What it does when it is told to complete a conference. */
  completing: () => 'works' | 'is unavailable' = () => 'works';
  private readonly now: () => Promise<number>;
  private readonly closing = gate<Turn>();

  constructor(now: () => Promise<number>) {
    this.now = now;
  }

  async createConference(_account: PlatformAccount): Promise<PlatformOutcome> {
    const { attempt } = activityInfo();
    this.attempts.push(await this.now());
    const turn = await Promise.race([this.turn(attempt), this.closing.opened]);
    if (turn === 'works') return { outcome: 'done', id: platformId(attempt) };
    if (turn === 'refuses') return { outcome: 'refused', error: REFUSAL };
    if (typeof turn === 'string') return { outcome: 'unavailable', error: UNAVAILABLE };
    const { wire: error } = catapultError('rate-limit-reached', 'Too many conferences.');
    return { outcome: 'rate-limited', error, retryAt: Date.now() + turn.retryAfter * 1000 };
  }

  async completeConference(_account: PlatformAccount, id: string): Promise<PlatformOutcome> {
    if (this.completing() !== 'works') return { outcome: 'unavailable', error: UNAVAILABLE };
    this.completed.push(id);
    return { outcome: 'done' };
  }

  // What most tests do not ask for.
  updateConference = refuses;
  updateMember = refuses;
  addMember = refuses;
  playAudio = refuses;
  dial = refuses;

  /** What it answers when it is asked for a conference; with nothing said it shows one that nobody has joined. */
  reading: (id: string) => PlatformReadingOutcome = (id) => ({
    outcome: 'read',
    conference: { state: this.completed.includes(id) ? 'completed' : 'created', createdTime: '2026-01-01T00:00:00Z' },
    members: [],
  });
  /** The conferences that it was asked for, and when (server time, ms). */
  readonly asked: number[] = [];

  async readConference(_account: PlatformAccount, id: string): Promise<PlatformReadingOutcome> {
    this.asked.push(await this.now());
    return this.reading(id);
  }

  /** Ends what still waits for a gate, so that the worker can stop. */
  async close(): Promise<void> {
    this.closing.open('is unavailable');
  }
}

/** The platform's id of the conference that this create attempt made. */
export function platformId(attempt: number): string {
  return `platform-${attempt}`;
}

/** The event with which the platform tells that it has this conference, or that it is over. */
export function statusEvent(id: string, status: 'created' | 'completed'): CallbackEvent {
  return { eventType: 'conference', conferenceId: id, status, createdTime: '2026-01-01T00:00:00Z' };
}

export function digitEvent(id: string, digits: number): CallbackEvent {
  return { eventType: 'dtmf', conferenceId: id, digits: String(digits) };
}

/** Something that happens when the test says so. */
export interface Gate<Value> {
  opened: Promise<Value>;
  open: (value: Value) => void;
}

export function gate<Value>(): Gate<Value> {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => (open = resolve));
  return { opened, open };
}

export interface Try {
  /** The event's number in the order of acceptance. */
  sequence: number;
  event: CallbackEvent;
  url: string | undefined;
  ok: boolean;
  /** Server time, ms. */
  at: number;
}

/** A customer as the deliverer sees it: up or down, at any URL. Every try is kept. */
export class FakeCustomer implements Deliverer {
  readonly tries: Try[] = [];
  /** Whether it takes the event; a promise keeps the try running. */
  takes: (event: CallbackEvent, url: string | undefined) => boolean | Promise<boolean> = () => true;
  private readonly now: () => Promise<number>;
  private readonly closing = gate<boolean>();

  constructor(now: () => Promise<number>) {
    this.now = now;
  }

  async deliver(
    { event: told, signing }: Message,
    { callbackUrl }: Target,
    { onSent }: Partial<Delivery> = {},
  ): Promise<Attempt[]> {
    const event = saidBy(told);
    const at = await this.now();
    const made: Try = { sequence: signing?.sequence ?? 0, event, url: callbackUrl, ok: false, at };
    this.tries.push(made);
    made.ok = await Promise.race([this.takes(event, callbackUrl), this.closing.opened]);
    const attempt: Attempt = { url: 'callbackUrl', at, ok: made.ok, result: made.ok ? '200' : '503', milliseconds: 0 };
    onSent?.(attempt);
    return [attempt];
  }

  /** What it took, in order: `status`, or the event's type and what tells it apart. */
  get told(): string[] {
    return this.taken.map(({ status, eventType, digits }) => status ?? `${eventType} ${String(digits)}`);
  }

  get taken(): CallbackEvent[] {
    return this.tries.filter(({ ok }) => ok).map(({ event }) => event);
  }

  /** Ends what still waits for a gate, so that the worker can stop. */
  async close(): Promise<void> {
    this.closing.open(false);
  }
}

/** A conference under test. */
export interface RunningConference extends ConferenceIds {
  handle: WorkflowHandle;
}

/** A time-skipping server, a worker with the real workflows and activities, and everybody around it played. */
export interface TimeMachine {
  env: TestWorkflowEnvironment;
  conferences: ConferenceClient;
  platform: FakePlatform;
  customer: FakeCustomer;
  /** Starts a conference; nobody waits for the outcome of its creation. */
  start(fields?: Record<string, unknown>): Promise<RunningConference>;
  /** Starts a conference and waits until the platform has it, as `platform-1`. */
  created(fields?: Record<string, unknown>): Promise<RunningConference>;
  /** The conference with this id. */
  conference(conferenceId: string): RunningConference;
  /** Lets server time pass, with all that is due in it. */
  skip(seconds: number): Promise<void>;
  /** Hands events to the conference in one batch, as the bridge does. */
  send(conference: ConferenceIds, events: CallbackEvent[], channel?: 'primary' | 'fallback'): Promise<void>;
  view(conference: RunningConference): Promise<ConferenceView>;
  /** Resolves when the conference is in this phase; server time stands still meanwhile. */
  phase(conference: RunningConference, phase: string): Promise<void>;
  /** Resolves with the workflow's status once it has closed; time passes until then. */
  closed(conference: RunningConference): Promise<string>;
  close(): Promise<void>;
}

/** `deliverer`: what brings events to a customer with real sockets, in place of the one that is played. */
export async function startTimeMachine({ deliverer }: { deliverer?: Deliverer } = {}): Promise<TimeMachine> {
  quietRuntime();
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: required('TEST_TIME_SKIPPING_SERVER') } },
    client: { dataConverter, interceptors: { workflow: [{ startUpdate: (input, next) => onTime(input, next) }] } },
  });
  /** The server's clock leaps, and the client's does not: those who ask for changes wait by the server's. */
  const onTime: Required<WorkflowClientInterceptor>['startUpdate'] = async (input, next) => {
    if (input.updateName !== changesUpdate.name) return next(input);
    const leapMs = (await env.currentTimeMs()) - Date.now();
    const [sent] = input.args as [ChangeOrders];
    const orders = sent.orders.map((order) => ({
      ...order,
      asker: { ...order.asker, until: order.asker.until + leapMs },
    }));
    return next({ ...input, args: [{ ...sent, orders }] });
  };
  // It cannot list them, as the real server's preparation (src/namespace.ts) would.
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributes).map(({ name, type }) => [name, encodeSearchAttributeIndexedValueType(type) ?? 0]),
    ),
  });
  const now = () => env.currentTimeMs();
  const platform = new FakePlatform(now);
  const customer = new FakeCustomer(now);
  const dependencies: ActivityDependencies = {
    platform,
    platformAccount: { userId: 'u-platform', token: 't-platform', secret: 's-platform' },
    accounts: new Accounts([LOCAL_ACCOUNT]),
    callbackTokens: new CallbackTokens(['test:0123456789abcdef0123456789abcdef']),
    deliverer: deliverer ?? customer,
    bridge: { primaryUrl: 'https://bridge.example', fallbackUrl: 'https://bridge.example' },
    publicUrl: 'https://convoke.example',
  };
  const workers = await createWorkers({
    ...testWorkerOptions,
    taskQueue: TASK_QUEUE,
    connection: env.nativeConnection,
    workflowBundle: { codePath: required('TEST_WORKFLOW_BUNDLE') },
    activities: createActivities(dependencies),
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  const conferences = new ConferenceClient(env.client);
  let sequence = 0;

  const machine: TimeMachine = {
    env,
    conferences,
    platform,
    customer,
    async start(fields = {}) {
      const started = machine.conference(conferenceIdOf(randomBytes(17)));
      await env.client.workflow.start(CONFERENCE_WORKFLOW, {
        workflowId: conferenceWorkflowId(started),
        taskQueue: TASK_QUEUE,
        args: [{ request: createConferenceRequest.parse({ from: FROM, callbackUrl: CUSTOMER_URL, ...fields }) }],
      });
      return started;
    },
    async created(fields) {
      const started = await machine.start(fields);
      await started.handle.executeUpdate(createdUpdate);
      return started;
    },
    conference(conferenceId) {
      const ids = { userId: USER, conferenceId };
      return { ...ids, handle: env.client.workflow.getHandle(conferenceWorkflowId(ids)) };
    },
    skip: (seconds) => env.sleep(seconds * 1000),
    async send(conference, events, channel = 'primary') {
      const arrivedAt = await env.currentTimeMs();
      const receipts = events.map((event) => ({
        sequence: ++sequence,
        channel,
        attemptId: `run.${event.conferenceId ?? ''}`,
        digest: JSON.stringify(event),
        event,
        arrivedAt,
      }));
      await conferences.takeCallbacks(conference, { opening: 'opening', receipts });
    },
    view: ({ handle }) => handle.query(conferenceQuery),
    async phase(conference, phase) {
      await until(`the phase is ${phase}`, async () => (await machine.view(conference)).conference.phase === phase);
    },
    async closed({ handle }) {
      await handle.result().catch(() => undefined);
      return (await handle.describe()).status.name;
    },
    async close() {
      await Promise.all([platform.close(), customer.close()]);
      for (const worker of workers) worker.shutdown();
      await running;
      await env.teardown();
    },
  };
  return machine;
}
