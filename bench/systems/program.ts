import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/failure.ts';

const READY_WITHIN_MS = 60_000;
/** Longer than a part of Convoke takes to stop in order. */
const STOP_WITHIN_MS = 30_000;
const LAST_LINES = 15;

export interface Command {
  name: string;
  file: string;
  parameters: readonly string[];
  settings?: Record<string, string>;
  /** Where what it prints is kept. */
  logFile: string;
  /** The user it runs as, where it must not be root. */
  userId?: number;
}

const alive = new Set<ChildProcess>();

/** Ends all there are at once. */
export function killPrograms(): void {
  for (const child of alive) child.kill('SIGKILL');
}

// Whatever it is that ends the bench: nothing stays behind.
process.once('exit', killPrograms);

/** A process of a system under test. */
export class Program {
  private child: ChildProcess;
  private isStopping = false;
  private ready: Promise<void>;
  private readonly command: Command;

  constructor(command: Command) {
    this.command = command;
    [this.child, this.ready] = this.start();
  }

  get name(): string {
    return this.command.name;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until it says that it is ready (a message to its parent). @throws when it ends first, or takes too long. */
  async untilReady(): Promise<this> {
    await this.within('is not ready', this.ready);
    return this;
  }

  /** Waits until an HTTP server of it answers. @throws when it ends first, or takes too long. */
  async untilAnswers(url: string): Promise<this> {
    await this.within(
      `does not answer 200 at ${url}`,
      until(() => isOk(url)),
    );
    return this;
  }

  /** Waits until something listens on the port. @throws when it ends first, or takes too long. */
  async untilListens(port: number): Promise<this> {
    const listens = until(() => accepts(port));
    await this.within(`does not listen on port ${port}`, listens);
    return this;
  }

  /** `kill -9`, and the same again at once. */
  async killAndRestart(): Promise<void> {
    this.isStopping = true;
    const ended = endOf(this.child);
    this.child.kill('SIGKILL');
    await ended;
    this.isStopping = false;
    [this.child, this.ready] = this.start();
  }

  /** Asks it to stop, and ends it when it does not. */
  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = endOf(this.child);
    this.child.kill('SIGTERM');
    const tooSlow = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(tooSlow);
  }

  /** @throws Failure with the last of what it printed, if it has ended by itself. */
  check(): void {
    if (this.isStopping || (this.child.exitCode === null && this.child.signalCode === null)) return;
    throw new Failure(`${this.name} has ended (${this.child.exitCode ?? this.child.signalCode}).${this.lastWords()}`);
  }

  private start(): [ChildProcess, Promise<void>] {
    const { file, parameters, settings, logFile, userId } = this.command;
    const child = spawn(file, parameters, {
      env: { ...process.env, ...settings },
      // A part that has lost its parent stops: the channel tells it.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A terminal's Ctrl-C reaches the bench alone, which stops them in order.
      detached: true,
      ...(userId === undefined ? {} : { uid: userId, gid: userId }),
    });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    const ready = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.on('message', (message) => {
        if (typeof message === 'object' && 'ready' in message) resolve();
      });
    });
    ready.catch(() => undefined);
    return [child, ready];
  }

  private async within(what: string, come: Promise<void>): Promise<void> {
    const stop = new AbortController();
    const tooLate = sleep(READY_WITHIN_MS, undefined, { signal: stop.signal }).then(() => {
      throw new Failure(`${this.name} ${what} after ${READY_WITHIN_MS / 1_000} s.${this.lastWords()}`);
    });
    const ended = endOf(this.child).then(() => this.check());
    try {
      await Promise.race([come, tooLate, ended]);
    } finally {
      stop.abort();
      tooLate.catch(() => undefined);
      ended.catch(() => undefined);
    }
  }

  private lastWords(): string {
    const lines = readFileSync(this.command.logFile, 'utf8').trim().split('\n').slice(-LAST_LINES);
    return ` ${this.command.logFile} ends:\n  ${lines.join('\n  ')}`;
  }
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

function isOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
