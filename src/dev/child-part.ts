import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { MAX_LAST_LINES, STOP_CHILD_WITHIN_MS, STOP_STARTING_WITHIN_MS } from './budget.ts';
import { Failure } from '../failure.ts';

/** A part that runs as a process of its own. */
export interface ChildPart {
  readonly pid: number | undefined;
  /** Resolves when the part says it is up; never rejects. */
  ready: Promise<void>;
  /** Rejects with a Failure when the part ends although nobody stopped it. */
  died: Promise<never>;
  /** Asks it to end, and ends it after STOP_CHILD_WITHIN_MS (while it is still starting, sooner). */
  stop(): Promise<void>;
  /** Ends it and all it started, at once. */
  kill(): void;
}

const message = z.union([z.object({ ready: z.literal(true) }), z.object({ progress: z.string() })]);

/** How a part is started by something that is not `convoke` itself. */
export interface Launch {
  /** The file that is `convoke`; by default the one that this process runs. */
  program?: string;
  /** Behind the verb. */
  parameters?: string[];
  environment?: NodeJS.ProcessEnv;
}

/**
 * Starts `convoke <verb>` the way this process was started, in a process group of its own, so that a terminal's Ctrl-C
 * does not reach it before its turn. `show` takes the lines that it writes; what it writes to stderr before it is up is
 * kept for the message that says why it did not start.
 */
export function startChildPart(
  verb: string,
  show: (line: string) => void,
  { program = process.argv[1] ?? '', parameters = [], environment = process.env }: Launch = {},
): ChildPart {
  const child = spawn(process.execPath, [...process.execArgv, program, verb, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: environment,
  });
  let up = false;
  let stopping = false;
  const errors: string[] = [];
  onLines(child.stdout, show);
  onLines(child.stderr, (line) => {
    errors.push(line);
    if (up) show(line);
    if (up && errors.length > MAX_LAST_LINES) errors.shift();
  });
  const ready = new Promise<void>((resolve) => {
    child.on('message', (raw) => {
      const parsed = message.safeParse(raw);
      if (!parsed.success) return;
      if ('progress' in parsed.data) return show(parsed.data.progress);
      up = true;
      errors.forEach(show);
      resolve();
    });
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
  const kill = () => killGroup(child.pid);
  const died = ended.then((how): Promise<never> => {
    if (stopping) return new Promise<never>(() => undefined);
    const said = errors.slice(-MAX_LAST_LINES).filter((line) => line.trim() !== '');
    const what = up ? 'stopped by itself' : 'did not start';
    throw new Failure([`${nameOf(verb)} ${what} (${how})${said.length > 0 ? ':' : '.'}`, ...said].join('\n  '));
  });
  // It may die when nobody listens: while it is being stopped.
  died.catch(() => undefined);
  const stop = async () => {
    stopping = true;
    child.kill('SIGTERM');
    const tooSlow = setTimeout(kill, up ? STOP_CHILD_WITHIN_MS : STOP_STARTING_WITHIN_MS);
    await ended;
    clearTimeout(tooSlow);
  };
  return { pid: child.pid, ready, died, stop, kill };
}

function nameOf(verb: string): string {
  if (verb === 'start') return 'npm start';
  const names: Record<string, string> = { temporal: 'Temporal server', asterisk: 'platform on Asterisk' };
  return `The ${names[verb] ?? verb}`;
}

function onLines(stream: Readable | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', take);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
