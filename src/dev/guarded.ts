import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { MAX_LAST_LINES } from './budget.ts';
import { Failure } from '../failure.ts';
import type { RunningPart } from '../part.ts';

/**
 * Ends the program when this process is gone, even by `kill -9`: the waiting `read` then sees its pipe close. `exec` makes
 * the program take the shell's place, so that its process id is the one we signal.
 */
const GUARDED = '{ read -r gone <&3; kill -KILL $$; } >/dev/null 2>&1 & exec 3<&-; exec "$0" "$@"';

export interface GuardedProgram extends Required<Pick<RunningPart, 'stop' | 'died'>> {
  readonly pid: number | undefined;
}

interface Guard {
  /** What people call it: `Temporal server`. */
  label: string;
  /** Hears each line that it writes. */
  onLine: (line: string) => void;
  /** How long it may take to stop. */
  stopWithinMs: number;
  /** The folder in which it runs; without one, that of this process. */
  folder?: string;
}

/** Runs a server that is not ours; `died` tells what it said last, and it never outlives this process. */
export function runGuarded(
  path: string,
  parameters: string[],
  { label, onLine, stopWithinMs, folder }: Guard,
): GuardedProgram {
  const child = spawnGuarded(path, parameters, folder);
  const lastLines: string[] = [];
  for (const input of [child.stdout, child.stderr])
    if (input !== null)
      createInterface({ input }).on('line', (line) => {
        onLine(line);
        lastLines.push(line);
        if (lastLines.length > MAX_LAST_LINES) lastLines.shift();
      });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
  child.once('exit', () => signalGroup(child, 'SIGKILL'));
  let stopping = false;
  const died = exited.then((how): never => {
    const said = lastLines.filter((line) => line !== '').join('\n  ');
    throw new Failure(`The ${label} stopped by itself (${how})${said && `. It said:\n  ${said}`}`);
  });
  // Nobody waits for it any more once it is being stopped.
  died.catch(() => undefined);
  return {
    pid: child.pid,
    died,
    stop: async () => {
      if (!stopping) child.kill('SIGTERM');
      stopping = true;
      const tooSlow = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await exited;
      clearTimeout(tooSlow);
    },
  };
}

/** Starts the program in a process group of its own, so that a terminal's Ctrl-C does not reach it before its turn. */
function spawnGuarded(path: string, parameters: string[], folder: string | undefined): ChildProcess {
  if (process.platform === 'win32')
    return spawn(path, parameters, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: folder });
  return spawn('/bin/sh', ['-c', GUARDED, path, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: folder,
  });
}

/** Reaches the guard too, which would otherwise signal a process id that is free again. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || process.platform === 'win32') return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}
