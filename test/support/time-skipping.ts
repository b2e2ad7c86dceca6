import type { WorkflowClientInterceptor, WorkflowHandle } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomBytes } from 'node:crypto';
import { Accounts, LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { CallbackTokens } from '../../src/accounts/callback-tokens.ts';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { createActivities } from '../../src/activities/index.ts';
import type { CallbackEvent } from '../../src/catapult/events.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import { Conferences } from '../../src/client/index.ts';
import type { ChangeRequests } from '../../src/conference/state/changes.ts';
import { conferenceIdOf, type ConferenceIds } from '../../src/conference/state/ids.ts';
import type { ConferenceView } from '../../src/conference/view.ts';
import type { Deliverer } from '../../src/delivery/deliver.ts';
import { createWorkers } from '../../src/worker.ts';
import {
  changesUpdate,
  CONFERENCE_WORKFLOW,
  conferenceQuery,
  conferenceWorkflowId,
  createdUpdate,
  searchAttributes,
  TASK_QUEUE,
} from '../../src/workflows/messages.ts';
import { FakeCustomer, FakePlatform } from './played.ts';
import { quietRuntime, required, testWorkerOptions } from './temporal.ts';
import { until } from './until.ts';

/*
 * The real workflow on a server whose clock leaps from one thing to do to the next. Real sockets would be left behind by
 * it, so the platform and the customer are played by objects that stand where the HTTP clients do.
 */

export * from './played.ts';

export const FROM = '+19195551234';
export const CUSTOMER_URL = 'https://customer.example/callback';
export const USER = LOCAL_ACCOUNT.userId;

/** A conference under test. */
export interface RunningConference extends ConferenceIds {
  handle: WorkflowHandle;
}

/** A time-skipping server, a worker with the real workflows and activities, and everybody around it played. */
export interface TimeMachine {
  env: TestWorkflowEnvironment;
  conferences: Conferences;
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
    client: { interceptors: { workflow: [{ startUpdate: (input, next) => onTime(input, next) }] } },
  });
  /** The server's clock leaps, and the client's does not: those who ask for changes wait by the server's. */
  const onTime: Required<WorkflowClientInterceptor>['startUpdate'] = async (input, next) => {
    if (input.updateName !== changesUpdate.name) return next(input);
    const leapMs = (await env.currentTimeMs()) - Date.now();
    const [sent] = input.args as [ChangeRequests];
    const requests = sent.requests.map((request) => ({
      ...request,
      requester: { ...request.requester, until: request.requester.until + leapMs },
    }));
    return next({ ...input, args: [{ ...sent, requests }] });
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
  const conferences = new Conferences(env.client);
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
