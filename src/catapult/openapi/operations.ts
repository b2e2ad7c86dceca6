import { USER_PATH, type IdsIn, type Path } from '../paths.ts';
import { present } from '../present.ts';
import { pathsOf, routeNames, routes, type Route, type RouteName } from '../routes.ts';
import { answersOf, realExample, writtenPath } from './answers.ts';
import { routeExamples } from './examples.ts';
import { capitalised, fieldsOf, referenceTo } from './schemas.ts';
import { withoutLinks } from '../situations.ts';
import type { Body, Operation, Parameter, PathItem } from './types.ts';

/* The routes as operations, at each path where they are served. */

/** What the operations are grouped by, in the order of the list; a path belongs to the last that it names. */
export const tags = [
  { name: 'Conferences', description: 'Conferences, and what all their members hear', within: ['/conferences'] },
  { name: 'Members', description: 'Who is in a conference', within: ['/members'] },
  { name: 'Calls', description: 'Dialling out into a conference', within: ['/calls'] },
  { name: 'Schedules', description: 'Conferences that come again and again', within: ['/conference-schedules'] },
  {
    name: 'Events',
    description: 'The events of a conference and their deliveries',
    within: ['/events', '/dead-letters'],
  },
  {
    name: 'Watching',
    description: 'What people look at who watch conferences',
    within: ['/conference-counts', '/steps', '/explanation', '/what-if', '/health', '/diagnosis'],
  },
];

const METHODS = { GET: 'get', POST: 'post', DELETE: 'delete' } as const satisfies Record<
  Route['method'],
  keyof PathItem
>;

/** Every path with what can be asked there. */
export function paths(): Record<string, PathItem> {
  const all: Record<string, PathItem> = {};
  for (const name of routeNames) {
    for (const path of pathsOf(routes[name])) {
      const method = METHODS[routes[name].method];
      all[writtenPath(path)] = { ...all[writtenPath(path)], [method]: operationAt(name, path) };
    }
  }
  return all;
}

function operationAt(name: RouteName, path: Path): Operation {
  const route: Route = routes[name];
  const isOther = path !== route.path;
  const notes = [
    isOther ? `The same as \`${route.method} ${writtenPath(route.path)}\`.` : [],
    route.documentedBy === 'convoke' ? "Convoke's own: Catapult does not have it." : [],
  ].flat();
  return present({
    operationId: isOther ? `${name}AtOtherPath` : name,
    summary: capitalised(withoutLinks(route.does)),
    description: notes.length > 0 ? notes.join(' ') : undefined,
    tags: [tagOf(route.path)],
    parameters: [...idsOf(path), ...queryOf(route), ...headersOf(route)],
    requestBody: bodyOf(name, route),
    responses: answersOf(name),
  });
}

function tagOf(path: Path): string {
  const known = tags.filter(({ within }) => within.some((part) => path.includes(part)));
  return known.at(-1)?.name ?? 'Conferences';
}

const ids: Record<'userId' | IdsIn<Path>, string> = {
  userId: 'The account.',
  conferenceId: "The conference's id, as `Location` has given it.",
  memberId: "The member's id.",
  eventId: "The event's id: its `webhook-id`.",
  callId: "The call's id.",
  scheduleId: "The schedule's id, as `Location` has given it.",
};

function idsOf(path: Path): Parameter[] {
  const named = new Set(`${USER_PATH}${path}`.match(/(?<=:)\w+/g));
  const inPath = Object.entries(ids).filter(([name]) => named.has(name));
  return inPath.map(([name, description]) => ({
    ...{ name, in: 'path', required: true, description },
    schema: { type: 'string', minLength: 1 },
  }));
}

function queryOf({ query }: Route): Parameter[] {
  if (query === undefined) return [];
  return fieldsOf(query).map(({ name, isRequired, schema: { description = '', ...schema } }) => ({
    ...{ name, in: 'query', required: isRequired, description: `${capitalised(description)}.` },
    schema,
  }));
}

function headersOf({ method, body, query, streams }: Route): Parameter[] {
  const key: Parameter = {
    ...{ name: 'Idempotency-Key', in: 'header' },
    description: 'Makes the request safe to repeat: the same key with the same request is done once.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  };
  const prefer: Parameter = {
    ...{ name: 'Prefer', in: 'header' },
    description: '`handling=strict`: a field that nobody knows is a 400, instead of being left out.',
    schema: { type: 'string', examples: ['handling=strict'] },
  };
  const from: Parameter = {
    ...{ name: 'Last-Event-ID', in: 'header' },
    description: 'With `follow=true`: the `id` of the last message that came, to go on behind it.',
    schema: { type: 'string', pattern: '^\\d{1,15}$' },
  };
  return [
    ...(method === 'POST' ? [key] : []),
    ...(body === undefined && query === undefined ? [] : [prefer]),
    ...(streams === undefined ? [] : [from]),
  ];
}

function bodyOf(name: RouteName, { body, mayHaveNoBody }: Route): Body | undefined {
  if (body === undefined) return undefined;
  const media = present({ schema: referenceTo(body), examples: realExample(routeExamples[name]?.request) });
  // Where it may be left out it means `{}`, which is not always enough.
  const mayBeLeftOut = mayHaveNoBody === true && body.safeParse({}).success;
  return { required: !mayBeLeftOut, content: { 'application/json': media } };
}
