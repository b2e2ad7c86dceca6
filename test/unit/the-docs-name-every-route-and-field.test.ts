import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { z } from 'zod';
import { errorTable, type ErrorCode } from '../../src/catapult/errors.ts';
import { catapultsPartOf } from '../../src/catapult/field-uses.ts';
import { createConferenceRequest, updateConferenceRequest } from '../../src/catapult/requests.ts';
import { errorsOfAll, routes, type Route } from '../../src/catapult/routes.ts';
import { situations, type Situation } from '../../src/catapult/situations.ts';

/*
 * What the docs say in their own words is held to what the servers are built from; the tables of docs/wire.md are made from that
 * (the-description-is-what-the-servers-are-built-from.test.ts).
 */

const scheduling = readFileSync('docs/scheduling.md', 'utf8');

/** The rows below the head of a table, as cells. */
function table(page: string, head: string): string[][] {
  const [, below] = page.split(`\n${head}`);
  if (below === undefined) throw new Error(`there is no table "${head}" any more`);
  const [, , ...lines] = below.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

/** A chapter, from its heading to the next one. */
function chapter(page: string, heading: string): string {
  const [, below] = page.split(`\n${heading}\n`);
  if (below === undefined) throw new Error(`there is no chapter "${heading}" any more`);
  return below.split(`\n${heading.split(' ')[0]} `)[0] ?? '';
}

/** What a text names as code; what stands in brackets says something of it, and examples are none. */
function named(text: string): string[] {
  return Array.from(text.replace(/^```.*?^```$| \([^)]*\)/gms, '').matchAll(/`([^`]+)`/g), ([, name = '']) => name);
}

/** The fields of a schema, those that are required with a star. */
function fieldsOf({ shape }: z.ZodObject): string[] {
  const isRequired = (field: z.ZodType) => !field.safeParse(undefined).success;
  return Object.entries<z.ZodType>(shape).map(([name, field]) => (isRequired(field) ? `${name}*` : name));
}

/** The fields that a part of a request leaves out. */
function without<Request>(schema: z.ZodObject & z.ZodType<Request>, part: (request: Request) => object): string[] {
  const whole = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, true])) as Request;
  return Object.keys(schema.shape).filter((name) => !(name in part(whole)));
}

test('the fields that Catapult does not have are described in docs/scheduling.md', () => {
  const own = [
    ...without(createConferenceRequest, (request) => catapultsPartOf.create(request)),
    ...without(updateConferenceRequest, (request) => catapultsPartOf.update(request)),
  ];
  expect(own.length).toBeGreaterThan(5);
  expect(own.filter((field) => !scheduling.includes(`\`${field}\``))).toEqual([]);
});

test('the fields of a participant, and of a reminder, are described there too', () => {
  const { participants, reminders } = createConferenceRequest.shape;
  const rows = table(scheduling, '| Field | Meaning | Default |');
  const required = (name: string, meaning = '') => (meaning.endsWith('; required') ? `${name}*` : name);
  const written = rows.flatMap(([fields = '', meaning]) => named(fields).map((name) => required(name, meaning)));
  expect(written.sort()).toEqual(fieldsOf(participants.unwrap().element).sort());
  expect(named(chapter(scheduling, '## Reminders'))).toEqual(
    expect.arrayContaining(Object.keys(reminders.unwrap().element.shape)),
  );
});

test('every error is told of, and may be answered by a route', () => {
  const codes = Object.keys(errorTable).sort();
  const all = Object.values<readonly Situation[]>(situations).flat();
  expect([...new Set(all.flatMap((one) => ('code' in one ? [one.code] : [])))].sort()).toEqual(codes);
  const answered = Object.values<Route>(routes).flatMap(({ errors }) => errors);
  expect([...new Set<ErrorCode>([...errorsOfAll, ...answered])].sort()).toEqual(codes);
});
