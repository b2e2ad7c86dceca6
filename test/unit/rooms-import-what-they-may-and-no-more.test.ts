import { expect, test } from '@jest/globals';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { z } from 'zod';
import { read } from '../support/docs.ts';
import { importsOfSrc } from './imports-of-src.ts';

const names = z.array(z.string()).default([]);
const table = z.record(z.string(), z.object({ may: names, types: names, packages: names, packageTypes: names }));
const isFunction = <Kind>() => z.custom<Kind>((value) => typeof value === 'function');
const configuration = z.object({
  rooms: table,
  roomRules: z.tuple([z.custom<Linter.Config>((value) => typeof value === 'object')]),
  roomOf: isFunction<(file: string) => string | undefined>(),
  refusalOf: isFunction<(file: string, specifier: string, isTypeOnly: boolean, table: object) => string | undefined>(),
});

/** JavaScript, as eslint reads it. */
const module = '../../eslint.rooms.js';
const { rooms, roomRules, roomOf, refusalOf } = configuration.parse(await import(module));

function complaints(file: string, code: string): string[] {
  const [block] = roomRules;
  const config = { ...block, files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } } as Linter.Config;
  return new Linter({ cwd: process.cwd() }).verify(code, [config], { filename: file }).map(({ message }) => message);
}

test('a room allows nothing that it does not use: what is not needed any more is taken back', () => {
  const imports = importsOfSrc();
  const isUsed = (room: string, entry: string) =>
    imports.some(({ file, specifier, target }) => {
      if (roomOf(file) !== room) return false;
      if (target !== undefined) return roomOf(target) === entry || target === entry || target.startsWith(`${entry}/`);
      return entry.endsWith(':') ? specifier.startsWith(entry) : specifier === entry;
    });
  const dead = Object.entries(rooms).flatMap(([room, { may, types, packages, packageTypes }]) =>
    // What stands in a room that is open is no permission, but the limit of one.
    [
      ...may,
      ...types.filter((entry) => !may.some((open) => entry.startsWith(`${open}/`))),
      ...packages,
      ...packageTypes,
    ]
      // Whoever has something to tell may log.
      .filter((entry) => entry !== 'telemetry' && !isUsed(room, entry))
      .map((entry) => `src/${room}: ${entry}`),
  );
  expect(dead).toEqual([]);
});

test.each(Object.entries(rooms))('CONTRIBUTING says what src/%s may import', (room, { may, types }) => {
  const row = read('CONTRIBUTING.md')
    .split('\n')
    .find((line) => line.startsWith(`| \`src/${room}/\` |`));
  const column = row?.split('|')[3] ?? 'no such row';
  const ofItself = types.filter((entry) => !may.some((open) => entry.startsWith(`${open}/`)));
  const said = [...column.matchAll(/`([^`]+)`/g)].map(([, entry]) => entry);
  expect(said).toEqual([...may, ...ofItself].filter((entry) => entry !== 'telemetry'));
});

test.each([
  ['another room', 'src/conference/reduce.ts', `import { Run } from '../workflows/run.ts';`],
  ['Temporal in the core', 'src/conference/state/state.ts', `import { sleep } from '@temporalio/workflow';`],
  ['Node in the core', 'src/conference/facts/dedupe.ts', `import { createHash } from 'node:crypto';`],
  ['a schema at run time', 'src/workflows/run.ts', `import { parseRequest } from '../catapult/parse.ts';`],
  ['what is re-exported', 'src/platform/client.ts', `export { Run } from '../workflows/run.ts';`],
  ['what is imported late', 'src/client/ask.ts', `const run = import('../workflows/run.ts');`],
  ['a type in passing', 'src/sandbox/call.ts', `type Run = import('../workflows/run.ts').Run;`],
  ['another file of a room', 'src/client/ask.ts', `import { Run } from '../workflows/run.ts';`],
])('an import that may not be is complained about, with the reason: %s', (_what, file, code) => {
  expect(complaints(file, code)).toEqual([expect.stringMatching(/may not import .+: .+ CONTRIBUTING\.md/)]);
});

test.each([
  ['a type of a later folder', 'src/conference/state/state.ts', `import type { Verdict } from '../facts/dedupe.ts';`],
  ['a later rule', 'src/conference/rules/ending.ts', `import { limit } from './limits.ts';`],
  ['the reducer', 'src/conference/rules/limits.ts', `import { reduce } from '../reduce.ts';`],
])('inside the core nothing imports to its right: %s', (_what, file, code) => {
  expect(complaints(file, code)).toEqual([expect.stringContaining('can be read from the left')]);
});

test('what has no place in the order of the core is asked for one', () => {
  const code = `import { isClosed } from './state/state.ts';`;
  expect(complaints('src/conference/extra.ts', code)).toEqual([expect.stringContaining('has no place in the order')]);
});

test('what may be is not complained about', () => {
  expect(complaints('src/conference/rules/limits.ts', `import { end } from './ending.ts';`)).toEqual([]);
  expect(complaints('src/workflows/run.ts', `import type { CallRequest } from '../catapult/requests.ts';`)).toEqual([]);
  expect(complaints('src/workflows/run.ts', `import { type CallRequest } from '../catapult/requests.ts';`)).toEqual([]);
});

test('a room within a room is one of its own', () => {
  const table = {
    wire: { may: [], why: 'it is pure' },
    'wire/server': { may: ['wire'], why: 'it serves' },
    api: { may: ['wire'], why: 'it calls' },
  };
  expect(refusalOf('wire/server/serve', '../events.ts', false, table)).toBeUndefined();
  expect(refusalOf('wire/events', './server/serve.ts', false, table)).toContain(
    'src/wire may not import wire/server/serve',
  );
  expect(refusalOf('api/index', '../wire/server/serve.ts', false, table)).toContain(
    'src/api may not import wire/server',
  );
  expect(refusalOf('api/index', '../wire/events.ts', false, table)).toBeUndefined();
});
