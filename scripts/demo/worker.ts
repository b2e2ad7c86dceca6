import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { isAlive, readRunning } from '../../src/dev/running.ts';
import { TASK_QUEUE } from '../../src/workflows/messages.ts';
import { eventually, expectThat } from './observe.ts';

/** From source a worker bundles the workflows first; on a busy machine that takes its time. */
const BACK_WITHIN_MS = 40_000;

/** Finds and kills the worker of an npm start, which starts it again. */
export class WorkerOfNpmStart {
  private readonly dataDir: string;
  private readonly client: Client;
  private readonly signal: AbortSignal;

  constructor(dataDir: string, client: Client, signal: AbortSignal) {
    this.dataDir = dataDir;
    this.client = client;
    this.signal = signal;
  }

  /** Kills it as `kill -9` does, and answers its process id once the process is gone. */
  async kill(): Promise<number> {
    const pid = this.pid() ?? 0;
    // Both must agree before anything is killed: a process id on its own may be somebody else's by now.
    expectThat(
      await this.works(pid),
      `the worker that npm start runs (process ${pid}) is known to Temporal`,
      'it is not',
    );
    process.kill(pid, 'SIGKILL');
    const gone = { expected: `process ${pid} is gone`, look: () => isAlive(pid), is: (alive: boolean) => !alive };
    await eventually(gone, this.signal);
    return pid;
  }

  /** Waits until another one has taken its place and asks Temporal for work; answers its process id. */
  async back(killed: number): Promise<number> {
    const look = async () => {
      const pid = this.pid();
      return pid !== undefined && pid !== killed && (await this.works(pid)) ? pid : undefined;
    };
    const expected = 'npm start runs a new worker that asks Temporal for work';
    const came = () => `its worker is process ${this.pid() ?? 'unknown'}`;
    const is = (pid: number | undefined) => pid !== undefined;
    const pid = await eventually({ expected, look, is, came, within: BACK_WITHIN_MS }, this.signal);
    return pid ?? 0;
  }

  private pid(): number | undefined {
    return readRunning(this.dataDir)?.worker;
  }

  /** Whether Temporal knows this process of this machine as a worker of ours. */
  private async works(pid: number): Promise<boolean> {
    const { pollers } = await this.client.workflowService.describeTaskQueue({
      namespace: this.client.options.namespace,
      taskQueue: { name: TASK_QUEUE },
    });
    return pollers.some(({ identity }) => identity?.startsWith(`${pid}@${hostname()}`) === true);
  }
}
