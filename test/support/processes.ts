import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ports from '../../src/dev/ports.ts';
import { CannotCome, until } from './until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A program that was started as a user would, with all it has printed so far. */
export interface Program {
  child: ChildProcess;
  output: () => string;
  /** Resolves when the output matches. @throws when it ends first, or after `withinMs`. */
  until: (pattern: RegExp, withinMs?: number) => Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Runs a command in the project's folder, or another one, with these settings, in a process group of its own as a shell would. */
export function launch(command: string, parameters: string[], settings: Record<string, string>, cwd = root): Program {
  const { NODE_OPTIONS: _jestNeedsIt, ...environment } = process.env;
  const child = spawn(command, parameters, { cwd, env: { ...environment, ...settings }, detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let hasEnded = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => {
      hasEnded = true;
      resolve(code ?? signal ?? 0);
    });
  });
  const look = (pattern: RegExp) => {
    const match = pattern.exec(output);
    if (match !== null) return match;
    if (hasEnded) throw new CannotCome(`it ended before ${String(pattern)} in:\n${output}`);
    throw new Error(`it has said:\n${output}`);
  };
  const untilSaid = (pattern: RegExp, withinMs?: number) =>
    until(`${command} says ${String(pattern)}`, () => look(pattern), withinMs, 20);
  return { child, output: () => output, until: untilSaid, ended };
}

/** The exit code of a program, or the signal that ended it; 'it still runs' after `withinMs`. */
export async function endOf({ ended }: Program, withinMs: number): Promise<number | NodeJS.Signals | 'it still runs'> {
  let end: number | NodeJS.Signals | undefined;
  void ended.then((code) => (end = code));
  return await until('it ends', () => end, withinMs, 20).catch((): 'it still runs' => 'it still runs');
}

export interface RunningProcess {
  pid: number;
  parent: number;
  command: string;
}

/** Every process of this machine. */
export function processes(): RunningProcess[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => /^ *(\d+) +(\d+) (.*)$/.exec(row))
    .filter((match) => match !== null)
    .map(([, pid, parent, command = '']) => ({ pid: Number(pid), parent: Number(parent), command }));
}

/** The processes that one process started, and those that they did. */
export function descendants(pid: number | undefined): RunningProcess[] {
  const all = processes();
  const below = (parent: number | undefined): RunningProcess[] =>
    all.filter((process) => process.parent === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/** Ends a program's whole process group at once, as `kill -9` does. */
export function killGroup({ child }: Program): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Kills a program with all that it has started, and waits until none of them is left: what they wrote to may go then. */
export async function killAll(program: Program): Promise<void> {
  const all = descendants(program.child.pid).map(({ pid }) => pid);
  killGroup(program);
  await program.ended;
  const isLeft = ({ pid, command }: RunningProcess) => all.includes(pid) && !command.endsWith('<defunct>');
  await until('all that it has started is gone', () => !processes().some(isLeft));
}

/** For a setting. */
export async function freePort(): Promise<string> {
  return String(await ports.freePort());
}

/** A data directory that is gone after the test. */
export function dataDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'convoke-data-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}
