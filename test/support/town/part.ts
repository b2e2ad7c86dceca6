import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { killGroup, launch, type Program } from '../processes.ts';
import { until } from '../until.ts';

export type Verb = 'temporal' | 'sandbox' | 'worker' | 'gateway';

/** Temporal needs up to 10 s to stop, a worker 22 s for the deliveries that are under way. */
const STOPS_WITHIN = 60_000;

/** One process of Convoke, started as an operator starts it (`node dist/main.js worker`), to be killed and started again. */
export class Part {
  readonly verb: Verb;
  private readonly settings: Record<string, string>;
  /** The port that must be free before it can start again. */
  private readonly port: string | undefined;
  private program: Program | undefined;
  private logs: string[] = [];

  constructor(verb: Verb, settings: Record<string, string>, port?: string) {
    this.verb = verb;
    this.settings = settings;
    this.port = port;
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    await this.portIsFree();
    // Ignored, the signal of a limit on files leaves a failed write, as on a full disk.
    const command = ['-c', `trap '' XFSZ; exec "$@"`, 'sh', process.execPath, 'dist/main.js', this.verb];
    this.program = launch('sh', command, this.settings);
    await this.program.until(/ready on/, 90_000);
  }

  /** From now on it can write no file beyond so many bytes. */
  limitFiles(bytes: number | 'unlimited'): void {
    execFileSync('prlimit', ['--pid', String(this.program?.child.pid), `--fsize=${bytes}:unlimited`]);
  }

  /** Whether it has printed this since it was started. */
  hasSaid(what: RegExp): boolean {
    return what.test(this.program?.output() ?? '');
  }

  /** All that it has printed, also before it was started again. */
  output(): string {
    return [...this.logs, this.program?.output() ?? ''].join('\n');
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const { program } = this;
    if (program === undefined) return;
    killGroup(program);
    await this.gone(program);
  }

  /** SIGTERM, and the time that it takes to end in order. */
  async stop(): Promise<void> {
    const { program } = this;
    if (program === undefined) return;
    this.signal('SIGTERM');
    const tooSlow = setTimeout(() => killGroup(program), STOPS_WITHIN);
    await this.gone(program);
    clearTimeout(tooSlow);
  }

  async killAndStart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It stands still, with its sockets open. */
  pause(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  /** Keeps what it has printed in the folder that FAULTS_LOGS names. */
  keepLogs(name: string): void {
    const folder = process.env['FAULTS_LOGS'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${name}.log`),
      [...this.logs, this.program?.output() ?? ''].join('\n--- started again\n'),
    );
  }

  private signal(signal: NodeJS.Signals): void {
    const pid = this.program?.child.pid;
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // It has ended by itself, which shows elsewhere.
    }
  }

  private async gone(program: Program): Promise<void> {
    await program.ended;
    this.logs.push(program.output());
    this.program = undefined;
  }

  private async portIsFree(): Promise<void> {
    const { port } = this;
    if (port !== undefined) await until(`port ${port} is free`, async () => !(await isTaken(Number(port))));
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
