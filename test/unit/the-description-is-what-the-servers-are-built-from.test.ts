import { z } from 'zod';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { descriptionFile } from '../../scripts/describe/file.ts';
import { withTables } from '../../scripts/describe/tables.ts';
import { errorTable, type ErrorCode } from '../../src/catapult/errors.ts';
import { customerEvents, type DescribedEvent } from '../../src/catapult/event-schemas.ts';
import { describeWire } from '../../src/catapult/openapi/description.ts';
import { docsPage } from '../../src/gateway/docs/page.ts';
import { errorExamples, eventExamples, routeExamples } from '../../src/catapult/openapi/examples.ts';
import type { Answer, Operation, PathItem } from '../../src/catapult/openapi/types.ts';
import { isResource, resources, shownError } from '../../src/catapult/resource-schemas.ts';
import { errorsOf, pathsOf, routes, type Route, type RouteName } from '../../src/catapult/routes.ts';
import { situationsOf } from '../../src/catapult/situations.ts';
import { unknownFields } from '../../src/catapult/unknown-fields.ts';

const description = describeWire('/');
const all = Object.entries<Route>(routes) as [RouteName, Route][];
const operations = (items: Record<string, PathItem>) =>
  Object.values(items).flatMap((item) => Object.values<Operation>(item));

describe('what is made from the table of routes is as the repository has it (npm run describe writes it)', () => {
  test('docs/openapi.json', async () => {
    expect(readFileSync('docs/openapi.json', 'utf8')).toBe(await descriptionFile());
  });

  test('the tables of docs/wire.md', () => {
    const page = readFileSync('docs/wire.md', 'utf8');
    expect(page).toBe(withTables(page));
  });
});

/** The places of schemas that say nothing: whoever reads them would take anything. */
function emptySchemas(value: unknown, place: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const schemaPlaces = /\/(schema|items|additionalProperties|not|(properties|schemas|anyOf|allOf)\/[^/]+)$/;
  const saysNothing = Object.keys(value).every((key) => ['description', 'default', 'title'].includes(key));
  // An example may be anything.
  const inner = Object.entries(value).filter(([name]) => !['examples', 'example', 'default', 'enum'].includes(name));
  const here = schemaPlaces.test(place) && saysNothing ? [place] : [];
  return [...here, ...inner.flatMap(([name, one]) => emptySchemas(one, `${place}/${name.replaceAll('/', '~1')}`))];
}

describe('the description', () => {
  test('has no schema that says nothing', () => {
    expect(emptySchemas(description, '')).toEqual([]);
    const broken = { schema: { properties: { a: {}, b: { description: 'x' } }, items: {}, type: 'array' } };
    expect(emptySchemas(broken, '')).toEqual(['/schema/properties/a', '/schema/properties/b', '/schema/items']);
  });

  test('is a page that calls each request something else, and says once which words a field takes', () => {
    const page = docsPage(description);
    const [, contents = ''] = /<nav[^]*?>([^]*)<\/nav>/.exec(page) ?? [];
    const calls = [...contents.matchAll(/<li>.*?>(.*?)<\/a><\/li>/g)].map(([, words]) => words);
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.filter((words, index) => calls.indexOf(words) < index)).toEqual([]);
    expect(page).toContain('<dd>In the query. In this phase.</dd>');
  });

  test('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    const { schemas, responses } = description.components;
    const known = new Map<string, object>(Object.entries({ schemas, responses }));
    const missing = references.filter(([, kind = '', name = '']) => !(name in (known.get(kind) ?? {})));
    expect(references.length).toBeGreaterThan(100);
    expect(missing).toEqual([]);
    expect(JSON.stringify(description).match(/"\$ref":"(?!#\/components\/)/g)).toBeNull();
  });

  test('has an operation of its own for each route at each path, and a webhook for each event', () => {
    const ids = operations(description.paths).map(({ operationId }) => operationId);
    expect(ids.length).toBe(all.flatMap(([, route]) => pathsOf(route)).length);
    const told = operations(description.webhooks).map(({ operationId }) => operationId);
    expect(told.length).toBe(2 * Object.keys(customerEvents).length);
    expect(new Set([...ids, ...told]).size).toBe(ids.length + told.length);
  });

  test.each(all)('has every answer and every error of %s, each with its code and when it is given', (name, route) => {
    const operation = operations(description.paths).find(({ operationId }) => operationId === name);
    const { responses } = description.components;
    const answerAt = (status: number | string): Answer => {
      const answer = operation?.responses[status];
      if (answer === undefined) throw new Error(`${name} has no answer ${status}`);
      return '$ref' in answer ? (responses[answer.$ref.split('/').pop() ?? ''] as Answer) : answer;
    };
    for (const status of [...Object.keys(route.answers), '408', '417', '431'])
      expect(answerAt(status).description).not.toBe('');
    for (const code of errorsOf(route)) {
      const { description: says, content } = answerAt(errorTable[code].status);
      const situations = situationsOf(code, name);
      expect(situations.length).toBeGreaterThan(0);
      expect(says).toContain(`\`${code}\`: ${situations.join('; ')}.`);
      expect(Object.keys(content ?? {})).toEqual(['application/json']);
    }
  });
});

describe('the examples, which npm run record-examples writes,', () => {
  test('are errors that say each thing once', () => {
    const named = z.looseObject({ details: z.array(z.looseObject({ name: z.string() })) });
    for (const example of Object.values(errorExamples)) {
      const names = named.parse(example).details.map(({ name }) => name);
      expect(names).toEqual([...new Set(names)]);
    }
  });

  test.each(all)('have a real %s, which its schemas know whole', (name, { body, answers }) => {
    const { request, answer, location } = routeExamples[name] ?? {};
    expect(routeExamples[name]).toBeDefined();
    if (body !== undefined) {
      expect(body.safeParse(request).error?.issues ?? []).toEqual([]);
      expect(unknownFields(body, request)).toEqual([]);
    }
    for (const held of Object.values(answers)) {
      if (typeof held === 'object') expect(location).toMatch(/^https:/);
      if (held === 'lines') expect(answer).toMatch(/^\{.*\}\n$/);
      if (held === 'calendar') expect(answer).toMatch(/^BEGIN:VCALENDAR\r\n/);
      if (!isResource(held)) continue;
      expect(resources[held].safeParse(answer).error?.issues ?? []).toEqual([]);
      expect(unknownFields(resources[held], answer)).toEqual([]);
    }
  });

  test('have every error but that of our own faults', () => {
    const codes = (Object.keys(errorTable) as ErrorCode[]).filter(
      (code) => code !== 'backend-protocol-support-failure',
    );
    expect(Object.keys(errorExamples).sort()).toEqual(codes.sort());
    for (const [code, example] of Object.entries(errorExamples))
      expect(shownError.parse(example)).toEqual({ ...(example as object), code });
  });

  test.each(Object.entries<DescribedEvent>(customerEvents))(
    'have the event %s, which its schema knows whole',
    (name, { schema }) => {
      expect(schema.safeParse(eventExamples[name]).error?.issues ?? []).toEqual([]);
      if (name !== 'other') expect(unknownFields(schema, eventExamples[name])).toEqual([]);
    },
  );
});
