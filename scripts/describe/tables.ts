import { errorTable } from '../../src/catapult/errors.ts';
import { customerEvents, type DescribedEvent } from '../../src/catapult/event-schemas.ts';
import { catapultsPartOf } from '../../src/catapult/field-uses.ts';
import { fieldsOf, namedSchemas } from '../../src/catapult/openapi/schemas.ts';
import type { Schema } from '../../src/catapult/openapi/types.ts';
import { pathsOf, routeNames, routes, type Route, type RouteName } from '../../src/catapult/routes.ts';
import { situations, type Situation } from '../../src/catapult/situations.ts';

/* The tables of docs/wire.md, each by the name that its marker has. */

const all = routeNames.map((name): [RouteName, Route] => [name, routes[name]]);

export const tables = {
  requests: () =>
    table(
      ['Request', 'Does', 'Answer'],
      all.map(([, route]) => [whereOf(route), route.does, answerOf(route)]),
    ),
  fields: () => sections(bodies(), (name, { body }) => body && fieldTable(fieldsOf(body), ownFieldsOf(name))),
  queries: () => sections(all, (_, { query }) => query && fieldTable(fieldsOf(query))),
  conference: () => shownTable('Conference'),
  member: () => shownTable('Member'),
  schedule: () => shownTable('Schedule'),
  errors: () =>
    table(['When', 'Status', '`code`'], Object.entries<readonly Situation[]>(situations).flatMap(errorRows)),
  callbacks: () =>
    table(['`eventType`', 'When', 'Fields beside `eventType` and `tag`'], Object.values(customerEvents).map(eventRow)),
  event: () => shownTable('Event'),
  step: () => shownTable('Step'),
  explanation: () => shownTable('Explanation'),
  whatIf: () => shownTable('WhatIf'),
  diagnosis: () => shownTable('Diagnosis'),
  health: () => shownTable('Health'),
} satisfies Record<string, () => string>;

/** The page of the wire with each table anew. */
export function withTables(page: string): string {
  return written(page, tables);
}

/** A page with each table anew, between its markers. @throws where a table has no place. */
export function written(page: string, all: Record<string, () => string>): string {
  return Object.entries(all).reduce((done, [name, tableOf]) => {
    const [begin, end] = [`<!-- npm run describe writes ${name} from here -->`, '<!-- to here -->'];
    const [before = '', behind] = done.split(`${begin}\n`);
    const after = behind?.slice(behind.indexOf(end));
    if (after === undefined) throw new Error(`the page has no place for the table "${name}": ${begin}`);
    return `${before}${begin}\n${tableOf()}\n${after}`;
  }, page);
}

export function table(heads: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell.replaceAll('|', '\\|')} `)).join('|')}|`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A table for each route that has one, below its request. */
function sections(of: [RouteName, Route][], tableOf: (name: RouteName, route: Route) => string | undefined): string {
  const written = of.flatMap(([name, route]) => {
    const below = tableOf(name, route);
    return below === undefined ? [] : [`${whereOf(route)}:\n\n${below}`];
  });
  return `\n${written.join('\n\n')}\n`;
}

/** Each body once, at the first route that takes it. */
function bodies(): [RouteName, Route][] {
  return all.filter(([, { body }], index) => all.findIndex(([, other]) => other.body === body) === index);
}

function whereOf(route: Route): string {
  const places = pathsOf(route).map((path) =>
    path === ''
      ? `and \`${route.method}\` to the user's own path`
      : `\`${route.method} ${path.replace(/:(\w+)/g, '{$1}')}\``,
  );
  return places.join(', ');
}

function answerOf({ answers }: Route): string {
  const statuses = Object.entries(answers).map(([status, held]) => {
    if (status === '202' && Object.keys(answers).length > 1) return '[202](#202-and-503)';
    if (held === 'lines') return `${status}, in lines as it goes`;
    return typeof held === 'object' ? `${status} and \`Location\`` : status;
  });
  return statuses.join('; ');
}

type Field = ReturnType<typeof fieldsOf>[number];

function fieldTable(fields: Field[], ours: string[] = []): string {
  const rows = fields.map(({ name, isRequired, schema }) => [
    `\`${name}\`${isRequired ? '*' : ''}${ours.includes(name) ? ' (ours)' : ''}`,
    schema.description ?? '',
  ]);
  return table(['Field', 'Is'], rows);
}

/** The fields of a request that Catapult does not have: all, where it does not have the request. */
function ownFieldsOf(name: RouteName): string[] {
  const { body, documentedBy }: Route = routes[name];
  const names = Object.keys(body?.shape ?? {});
  if (documentedBy === 'convoke') return names;
  // Each with some value, so that it counts as given.
  const whole = Object.fromEntries(names.map((field) => [field, true])) as never;
  if (name === 'createConference') return names.filter((field) => !(field in catapultsPartOf.create(whole)));
  if (name === 'updateConference') return names.filter((field) => !(field in catapultsPartOf.update(whole)));
  return [];
}

function shownTable(name: string): string {
  const { properties = {} } = namedSchemas()[name] ?? {};
  const rows = Object.entries(properties).map(([field, schema]) => [
    `\`${field}\``,
    (schema as Schema).description ?? '',
  ]);
  if (rows.length === 0) throw new Error(`no schema is called ${name}`);
  return table(['Field', 'Is'], rows);
}

function errorRows([subject, all]: [string, readonly Situation[]]): string[][] {
  const rows = all.map((situation) => {
    if ('statuses' in situation) return [situation.when, situation.statuses.join(', '), ''];
    const { when, code, platforms } = situation;
    return [when, String(errorTable[code].status), `${platforms ? "the platform's " : ''}\`${code}\``];
  });
  return [[`**${subject}**`, '', ''], ...rows];
}

function eventRow({ when, isOurs, schema }: DescribedEvent): string[] {
  const fields = fieldsOf(schema).filter(({ name }) => name !== 'tag');
  const [type, ...others] = fields;
  const { const: only, enum: some } = type?.schema ?? {};
  const types = [only ?? some ?? []]
    .flat()
    .map((one) => `\`${String(one)}\``)
    .join(', ');
  const names = others.map(({ name }) => `\`${name}\``).join(', ');
  return [
    `${types === '' ? 'any other' : types}${isOurs ? ' (ours)' : ''}`,
    when,
    names === '' ? 'as the platform sends it' : names,
  ];
}
