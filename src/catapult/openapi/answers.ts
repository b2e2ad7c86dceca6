import { z } from 'zod';
import { errorTable, type ErrorCode } from '../errors.ts';
import { USER_PATH, type Path } from '../paths.ts';
import { present } from '../present.ts';
import { isResource, resources, shownError } from '../resource-schemas.ts';
import { answersBeforeRoutes, errorsOf, routes, type Route, type RouteName } from '../routes.ts';
import { situationsOf } from '../situations.ts';
import { errorExamples, routeExamples } from './examples.ts';
import { capitalised, fieldsOf, referenceTo } from './schemas.ts';
import type { Answer, Example, Header, Media, Schema } from './types.ts';

/*
 * What a route may answer: what its row holds, every error of ours that it may have, and that a platform has words of its own.
 */

/** Every answer of a route, by its status. */
export function answersOf(name: RouteName): Record<string, Answer> {
  const route: Route = routes[name];
  const answers = Object.entries(route.answers).map(([status, held]): [string, Answer] => [
    status,
    answerWith(name, route, status, held),
  ]);
  return Object.fromEntries([...answers, ...errorAnswers(name, route), ...platformsAnswers(route)]);
}

type Held = NonNullable<Route['answers'][200]>;

function answerWith(name: RouteName, route: Route, status: string, held: Held): Answer {
  const means = status === '202' ? route.accepted : undefined;
  return present({
    description: `${means ?? meaningOf(held)}.`,
    headers: unlessEmpty({ ...locationOf(name, held), ...linkOf(held), ...warningOf(route) }),
    content: contentOf(name, route, held),
  });
}

/** What OpenAPI leaves out where there is nothing. */
export function unlessEmpty<Entries extends Record<string, unknown>>(entries: Entries): Entries | undefined {
  return Object.keys(entries).length > 0 ? entries : undefined;
}

function meaningOf(held: Held): string {
  if (typeof held === 'object') return 'Made: `Location` is its address. There is no body';
  if (held === 'calendar') return 'A calendar (iCalendar)';
  if (held === 'lines') return 'Lines of JSON, each with how far it has come, as the work goes on';
  return held === 'nothing' ? 'Done. There is no body' : 'What is asked for';
}

function contentOf(name: RouteName, { line, streams }: Route, held: Held): Record<string, Media> | undefined {
  if (held === 'nothing' || typeof held === 'object') return undefined;
  const examples = realExample(routeExamples[name]?.answer);
  if (held === 'calendar') {
    const schema: Schema = { type: 'string', description: 'RFC 5545: a `VEVENT` for each run.' };
    return { 'text/calendar': present({ schema, examples }) };
  }
  if (held !== 'lines') {
    const page = { 'application/json': present({ schema: referenceTo(resources[held]), examples }) };
    return streams === undefined ? page : { ...page, 'text/event-stream': { schema: streamOf(streams) } };
  }
  const fields = line === undefined ? [] : fieldsOf(line);
  const words = fields.map(({ name, schema }) => `\`${name}\` (${schema.description ?? ''})`).join(', ');
  const schema: Schema = { type: 'string', description: `Each line is a JSON object with some of: ${words}.` };
  return { 'application/x-ndjson': present({ schema, examples }) };
}

/** Each message of a stream; that there is more than one, OpenAPI 3.1 can say in words only. */
function streamOf(streams: NonNullable<Route['streams']>): Schema {
  const text = (description: string): Schema => ({ type: 'string', description });
  const ends = '`end` comes when nothing more will, `error` with an Error';
  return {
    type: 'object',
    description: 'With `follow=true`: server-sent events, each as follows.',
    properties: {
      id: text('where to go on behind it'),
      event: text(`absent for a ${capitalised(streams)}; ${ends}`),
      data: { ...text(`a ${capitalised(streams)}, as JSON`), contentMediaType: 'application/json' },
    },
  };
}

/** What was sent, or answered, in a real run. */
export function realExample(value: unknown): Record<string, Example> | undefined {
  return value === undefined ? undefined : { real: { value } };
}

function locationOf(name: RouteName, held: Held): Record<string, Header> {
  if (typeof held !== 'object') return {};
  const { location } = routeExamples[name] ?? {};
  const description = `The address of ${writtenPath(held.location)}, absolute.`;
  const schema = { type: 'string', format: 'uri' } as const;
  return { Location: present({ description, required: true, schema, example: location }) };
}

/** A page says where the next one is. */
function linkOf(held: Held): Record<string, Header> {
  const shape = isResource(held) ? resources[held] : {};
  const isPage = shape instanceof z.ZodObject && 'nextPageToken' in shape.shape;
  const description = 'The URL of the next page, with `rel="next"`; the last page has none.';
  return isPage ? { Link: { description, schema: { type: 'string' } } } : {};
}

function warningOf({ body, query }: Route): Record<string, Header> {
  if (body === undefined && query === undefined) return {};
  const description = 'Names each field that was left out as nobody knows it, but is close to one that is known.';
  return { Warning: { description, schema: { type: 'string' } } };
}

/** A path as OpenAPI writes it. */
export function writtenPath(path: Path): string {
  return (USER_PATH + path).replace(/:(\w+)/g, '{$1}');
}

function errorAnswers(name: RouteName, route: Route): [string, Answer][] {
  const codes = errorsOf(route);
  const statuses = [...new Set(codes.map((code) => errorTable[code].status))].sort((a, b) => a - b);
  const before = Object.entries(answersBeforeRoutes).map(([status, when]): [string, Answer] => [
    status,
    error(`\`validation-error\`: ${when}.`),
  ]);
  const ofRoutes = statuses.map((status): [string, Answer] => {
    const here = codes.filter((code) => errorTable[code].status === status);
    const lines = here.map((code) => `\`${code}\`: ${situationsOf(code, name).join('; ')}. ${errorTable[code].advice}`);
    const description = lines.length === 1 ? (lines[0] ?? '') : lines.map((line) => `- ${line}`).join('\n');
    const examples = here.flatMap((code): [string, Example][] => {
      const value: unknown = errorExamples[code];
      return value === undefined ? [] : [[code, { value }]];
    });
    const headers = Object.fromEntries(here.flatMap((code) => Object.entries(headersOf(code, route))));
    return [String(status), error(description, headers, Object.fromEntries(examples))];
  });
  return [...before, ...ofRoutes];
}

function error(
  description: string,
  headers: Record<string, Header> = {},
  examples: Record<string, Example> = {},
): Answer {
  const media = present({ schema: referenceTo(shownError), examples: unlessEmpty(examples) });
  return present({ description, headers: unlessEmpty(headers), content: { 'application/json': media } });
}

/** What comes with an error. */
function headersOf(code: ErrorCode, { answers }: Route): Record<string, Header> {
  const schema = { type: 'string' } as const;
  if (code === 'user-access-denied')
    return { 'WWW-Authenticate': { description: 'That Basic auth is wanted.', required: true, schema } };
  if (code === 'method-not-allowed')
    return { Allow: { description: 'The methods that the path has.', required: true, schema } };
  if (code === 'rate-limit-reached')
    return {
      'X-RateLimit-Reset': { description: 'When to send it again, in epoch milliseconds.', schema },
      'Retry-After': { description: 'In how many seconds to send it again.', schema },
    };
  if (code !== 'gateway-unavailable') return {};
  const retry = { description: 'In how many seconds to try again, where too much is being sent.', schema };
  const isLocated = typeof answers[201] === 'object' && typeof answers[202] === 'object';
  const location = isLocated ? { description: 'Where it is if it was made all the same.', schema } : undefined;
  return present({ 'Retry-After': retry, Location: location });
}

/** A platform that is asked to do something may refuse in words and with statuses of its own, which are passed on. */
function platformsAnswers({ documentedBy, method }: Route): [string, Answer][] {
  if (documentedBy !== 'catapult' || method !== 'POST') return [];
  return [
    ['4XX', error("The platform's own refusal, in its words.")],
    ['5XX', error("The platform's own failure, in its words.")],
  ];
}
