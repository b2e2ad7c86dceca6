import type { Client } from '@temporalio/client';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { eventName } from '../../src/catapult/events.ts';
import { conferencePath, idFromLocation } from '../../src/catapult/paths.ts';
import { connectToTemporal } from '../../src/client/index.ts';
import { hostAndPort } from '../../src/config.ts';
import { conferenceWorkflowId } from '../../src/workflows/messages.ts';
import { SandboxControls } from '../../test/support/controls.ts';
import type { Convoke } from './convoke.ts';
import { StoryCustomer, type Attempt } from './customer.ts';
import { OurFaults } from './faults.ts';
import { answered, ask, type Answer } from './http.ts';
import { eventually } from './observe.ts';
import { WorkerOfNpmStart } from './worker.ts';

const { userId } = LOCAL_ACCOUNT;
/** A closing conference waits for the last events of its calls for 30 s at most. */
const CLOSED_WITHIN_MS = 40_000;

interface ClosedWorkflow {
  runId: string;
  status: string;
  historyLength: number;
}

/** What the story is played with: the customer's side, the platform's, and Temporal's. */
export class Stage {
  readonly customer = new StoryCustomer();
  readonly sandbox: SandboxControls;
  readonly faults: OurFaults;
  readonly worker: WorkerOfNpmStart;
  readonly signal: AbortSignal;
  /** The conference, once it is created. */
  conferenceId = '';
  private readonly convoke: Convoke;
  private readonly temporal: { client: Client; close: () => Promise<void> };
  private creating: Promise<Answer> | undefined;
  private readonly callsFromOutside: string[] = [];

  constructor(convoke: Convoke, signal: AbortSignal) {
    const { temporal, dataDir } = convoke.config;
    this.convoke = convoke;
    this.signal = signal;
    // Asked once: nothing of the story makes it refuse.
    this.sandbox = new SandboxControls(convoke.sandbox, 0);
    this.faults = new OurFaults(this.sandbox);
    this.temporal = connectToTemporal(temporal.connectionOptions, temporal.namespace, temporal.payloadKeys);
    this.worker = new WorkerOfNpmStart(dataDir, this.temporal.client, signal);
  }

  /** A POST as the customer sends it. */
  post(path: string, body: object, secret = LOCAL_ACCOUNT.secret): Promise<Answer> {
    const headers = { authorization: basicAuth({ ...LOCAL_ACCOUNT, secret }) };
    return ask(this.convoke.gateway + path, { method: 'POST', body, headers });
  }

  async get(path: string): Promise<Answer> {
    const headers = { authorization: basicAuth(LOCAL_ACCOUNT) };
    return answered(200, await ask(this.convoke.gateway + path, { headers }));
  }

  get path(): string {
    return conferencePath(userId, this.conferenceId);
  }

  /** Creates the conference; answers what the POST was answered. */
  async create(path: string, body: object): Promise<Answer> {
    this.creating = this.post(path, body);
    const answer = await this.creating;
    this.conferenceId = idFromLocation(answer.location) ?? '';
    return answer;
  }

  async callFromOutside(from: string): Promise<string> {
    const callId = await this.sandbox.callIn({ from });
    this.callsFromOutside.push(callId);
    return callId;
  }

  /** The events that the customer has taken, each once. */
  events(): Attempt[] {
    return this.customer.events(this.conferenceId);
  }

  /** All requests that came to the customer, repetitions and failures included. */
  attempts(): Attempt[] {
    return this.customer.attempts(this.conferenceId);
  }

  /** Waits until the customer has taken such an event, behind the first `after` ones. @throws Unexpected after 15 s. */
  async customerGets(name: string, fields: object = {}, after = 0): Promise<Attempt> {
    const isIt = ({ event }: Attempt) =>
      eventName(event) === name && Object.entries(fields).every(([field, value]) => event[field] === value);
    const find = () => this.events().slice(after).find(isIt);
    const came = () =>
      this.events()
        .map(({ event }) => eventName(event))
        .join(', ') || 'nothing';
    const expected = `the customer gets "${name}" ${JSON.stringify(fields)}`;
    const observation = { expected, look: find, is: (seen: Attempt | undefined) => seen !== undefined, came };
    const seen = await eventually(observation, this.signal);
    if (seen === undefined) throw new Error('it was seen');
    return seen;
  }

  /** The workflow of the conference once it is closed: its run, how it ended, and how long its history is. */
  async closed(signal = this.signal): Promise<ClosedWorkflow> {
    const handle = this.temporal.client.workflow.getHandle(this.workflowId);
    const look = async () => {
      const { runId, status, historyLength } = await handle.describe();
      return { runId, status: status.name, historyLength };
    };
    const is = ({ status }: ClosedWorkflow) => status !== 'RUNNING';
    const expected = 'the workflow of the conference is closed';
    return eventually({ expected, look, is, within: CLOSED_WITHIN_MS }, signal);
  }

  get workflowId(): string {
    return conferenceWorkflowId({ userId, conferenceId: this.conferenceId });
  }

  /** Where the Temporal UI shows a run of the conference; undefined if the server is not npm start's. */
  inTheUi({ runId }: ClosedWorkflow): string | undefined {
    const { temporal, host } = this.convoke.config;
    if (temporal.external) return undefined;
    const address = `http://${hostAndPort(host, temporal.uiPort)}`;
    return `${address}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(this.workflowId)}/${runId}/history`;
  }

  /** Takes away all that the story brought, also from its middle: a conference still open, a fault, a call. */
  async clear(): Promise<void> {
    this.customer.isFailing = false;
    const tries = [() => this.faults.end(), () => this.endConference(), () => this.hangUpCalls()];
    // One that fails must not keep the others: what runs them may be gone.
    for (const tryIt of tries) await tryIt().catch(() => undefined);
    await Promise.all([this.customer.close(), this.temporal.close()]);
  }

  private async endConference(): Promise<void> {
    // A create call that was under way when the story ended may still make one.
    const { location } = (await this.creating?.catch(() => undefined)) ?? {};
    const id = idFromLocation(location);
    if (id === undefined) return;
    this.conferenceId = id;
    const { status } = await this.temporal.client.workflow.getHandle(this.workflowId).describe();
    if (status.name !== 'RUNNING') return;
    await this.post(this.path, { state: 'completed' });
    // Its last events are delivered while the customer still takes them.
    await this.closed(AbortSignal.timeout(CLOSED_WITHIN_MS));
  }

  private async hangUpCalls(): Promise<void> {
    for (const callId of this.callsFromOutside) await this.sandbox.hangUp(callId);
  }
}
