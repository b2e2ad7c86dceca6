import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CatapultError } from '../../src/catapult/errors.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { conferencesQuery, type ConferenceFilters } from '../../src/catapult/queries.ts';
import { phases, reasons, states } from '../../src/catapult/words.ts';
import { listQuery, literal } from '../../src/client/list-query.ts';

/** How readers of SQL may take a text apart: what stands between its values, and the values. Stores differ in what a backslash is. */
const readers = [
  /'((?:[^']|'')*)'/g,
  /'((?:[^'\\]|''|\\[^])*)'/g,
  /"((?:[^"\\]|""|\\[^])*)"|'((?:[^'\\]|''|\\[^])*)'/g,
];
const between = (query: string) => readers.map((values) => query.replace(values, '?'));

/** What means something to a reader of SQL, and everything else. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '\\',
      '`',
      '%',
      '_',
      ';',
      '-',
      '/*',
      '*/',
      ' OR ',
      '1=1',
      '\0',
      '\n',
      '\ud800',
      '😀',
    ),
  }),
);

const given = fc.record(
  {
    ...{ state: fc.constantFrom(...states), phase: fc.constantFrom(...phases), reason: fc.constantFrom(...reasons) },
    ...{ from: nasty, tag: nasty, deadLetters: fc.boolean() },
    ...{ startAfter: nasty, startBefore: nasty, callId: nasty, id: nasty, failing: fc.boolean() },
  },
  { requiredKeys: [] },
);

test('no value of a filter, and no account, breaks out of the query, however a store reads it', () => {
  fc.assert(
    // A dash means all accounts.
    fc.property(
      given,
      nasty.filter((one) => one !== '-'),
      nasty,
      (filters: ConferenceFilters, userId, taskQueue) => {
        const plain: ConferenceFilters = {
          ...filters,
          ...('from' in filters ? { from: '+15551234567' } : {}),
          ...('tag' in filters ? { tag: 'plain' } : {}),
          ...('callId' in filters ? { callId: 'c-1' } : {}),
          ...('id' in filters ? { id: 'conf-1' } : {}),
          ...('startAfter' in filters ? { startAfter: '2026-01-31T12:00:00Z' } : {}),
          ...('startBefore' in filters ? { startBefore: '2026-01-31T12:00:00Z' } : {}),
        };
        const asked = between(listQuery({ userId, filters }, taskQueue));
        expect(asked).toEqual(between(listQuery({ userId: 'u-1', filters: plain }, 'conferences')));
      },
    ),
    { numRuns: 3_000 },
  );
});

test('the test itself sees who breaks out', () => {
  const naive = (tag: string) => `ConferenceUser = 'u-1' AND ConferenceTag = '${tag}'`;
  expect(between(naive("x' OR 'a' = 'a"))).not.toEqual(between(naive('plain')));
  // What doubles quotes only is fooled by a backslash, what escapes them only by whoever knows no escapes.
  expect(between(`ConferenceTag = '\\''`)).not.toEqual(between(naive('plain')));
  expect(literal("it's \\ so")).toBe("'it''s \\\\ so'");
});

test('a query of any words is parsed, or refused with a 400 that names what is wrong', () => {
  const names = Object.keys(conferencesQuery.shape);
  const words = fc.dictionary(fc.oneof(fc.constantFrom(...names), nasty), fc.oneof(nasty, fc.array(nasty)));
  fc.assert(
    fc.property(words, (query) => {
      try {
        parseRequest(conferencesQuery, query);
      } catch (error) {
        expect(error).toBeInstanceOf(CatapultError);
        expect((error as CatapultError).wire.status).toBe(400);
      }
    }),
  );
});

test.each([
  ['from', ' 15551234567', '+15551234567'],
  ['from', '+15551234567', '+15551234567'],
  ['startAfter', '2026-01-31T12:00:00 02:00', '2026-01-31T10:00:00Z'],
  ['startBefore', '2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z'],
  ['deadLetters', 'true', true],
])('%s: %j in a query means %j', (name, written, meant) => {
  expect(parseRequest(conferencesQuery, { [name]: written })).toMatchObject({ [name]: meant });
});

test.each(['quo"te', 'back\\slash', 'tab\t', 'line\n', "'quoted", "quoted'", 'x'.repeat(1_025)])(
  'a tag that no store finds is refused: %j',
  (tag) => {
    expect(() => parseRequest(conferencesQuery, { tag })).toThrow('tag: got');
  },
);
