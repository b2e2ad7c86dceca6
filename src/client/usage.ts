import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { gatewaysQueue, TASK_QUEUE } from '../workflows/messages.ts';
import { LOOK_WITHIN_MS, COUNTED_WITHIN_MS } from './budget.ts';
import { keyedConferenceId } from './creation.ts';
import { conferenceHandle } from './handles.ts';
import { ConferenceList } from './list.ts';
import { Peers, takeRedeliveryTurn } from './presence.ts';
import { ScheduleStore } from './schedules/store.ts';

export interface UsageOptions {
  taskQueue?: string;
  /** This gateway's own name, the same after a restart. */
  identity: string;
}

/** What accounts have in all, as Temporal knows it. */
export class Counts {
  protected readonly client: Client;
  protected readonly taskQueue: string;
  private readonly lists: ConferenceList;
  private readonly schedules: ScheduleStore;

  constructor(client: Client, taskQueue = TASK_QUEUE) {
    this.client = client;
    this.taskQueue = taskQueue;
    this.lists = new ConferenceList(client, taskQueue);
    this.schedules = new ScheduleStore(client, { taskQueue });
  }

  /** How many conferences of an account go on, or wait for their time, or how many schedules it has. @throws when Temporal does not answer in time. */
  async count(userId: string, which: 'open' | 'scheduled' | 'schedules'): Promise<number> {
    const deadline = Date.now() + COUNTED_WITHIN_MS;
    if (which !== 'schedules') return await this.lists.count(userId, which, deadline);
    return await this.client.withDeadline(deadline, () => this.schedules.count(userId));
  }

  /** Whether a conference was begun under this key. @throws when Temporal does not answer in time. */
  async isBegun(userId: string, idempotencyKey: string): Promise<boolean> {
    const conferenceId = keyedConferenceId(userId, idempotencyKey);
    const handle = conferenceHandle(this.client, { userId, conferenceId });
    try {
      await this.client.withDeadline(Date.now() + LOOK_WITHIN_MS, () => handle.describe());
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
}

/** The same, and how many gateways there are to hold accounts to their limits. */
export class Usage extends Counts {
  private readonly identity: string;
  private readonly peers: Peers;

  constructor(client: Client, { taskQueue = TASK_QUEUE, identity }: UsageOptions) {
    super(client, taskQueue);
    this.identity = identity;
    this.peers = new Peers({ client, identity, queue: gatewaysQueue(taskQueue) });
  }

  /** How many gateways there are, this one included. */
  gateways(): number {
    return this.peers.count();
  }

  /** The turn of delivering all dead letters of an account again; undefined while another gateway has it. */
  async takeRedeliveryTurn(userId: string): Promise<(() => void) | undefined> {
    const { client, identity, taskQueue } = this;
    return await takeRedeliveryTurn({ client, identity, taskQueue }, userId);
  }

  stop(): void {
    this.peers.stop();
  }
}
