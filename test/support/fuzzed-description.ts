import { errorTable } from '../../src/catapult/errors.ts';
import type { Answer, Description, Operation, Parameter, Schema } from '../../src/catapult/openapi/types.ts';
import { errorsOf, routes, type Route } from '../../src/catapult/routes.ts';

/*
 * The description of the wire as a fuzzer is to take it: stricter in what may be answered, and narrower in what is sent where JSON Schema
 * cannot say what is wanted, or where random values would find nothing.
 */

/** What is there for a fuzzer to find, and where callbacks may go. */
export interface Known {
  userId: string;
  conferenceId: string[];
  memberId: string[];
  eventId: string[];
  callId: string[];
  callbackUrl: string;
}

export function fuzzedDescription(description: Description, known: Known): Description {
  const { schemas, responses, ...others } = description.components;
  const paths = Object.entries(description.paths).map(([path, item]) => {
    const operations = Object.entries(item).map(([method, operation]) => [
      method,
      {
        ...operation,
        parameters: asked(operation).map((one) => narrowed(one, known)),
        responses: strict(operation, responses),
      },
    ]);
    return [path, Object.fromEntries(operations)] as const;
  });
  const all = Object.entries(schemas).map(([name, schema]) => [
    name,
    closed(ANSWERED.includes(name) ? schema : within(schema, known)),
  ]);
  return {
    ...description,
    paths: Object.fromEntries(paths),
    webhooks: {},
    components: { ...others, responses: {}, schemas: Object.fromEntries(all) as Record<string, Schema> },
  };
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Answers may show what was sent: it is the same in all of them. */
const soonAt = Date.now() + HOUR_MS;
const [PAST, SOON] = [new Date(soonAt - 4 * WEEK_MS).toISOString(), new Date(soonAt).toISOString()];
/** A Monday of all schedules that may be sent, an even number of weeks after each of those times; no conference of it has begun. */
const DATE = mondayOf(soonAt + 2 * WEEK_MS);
const ANSWERED = ['Conference', 'Member', 'Members', 'Events', 'Event', 'Error'];

/** The sandbox has no words of its own: every error is one of our table, at its status, that the route may have. */
function strict({ operationId, responses }: Operation, shared: Record<string, Answer>): Record<string, Answer> {
  const route = routes[operationId.replace('AtOtherPath', '') as keyof typeof routes] as Route;
  const ours = Object.entries(responses).filter(([status]) => !status.endsWith('XX'));
  const answers = ours.map(([status, answer]): [string, Answer] => {
    const whole = '$ref' in answer ? shared[answer.$ref.split('/').pop() ?? ''] : answer;
    if (whole === undefined) throw new Error(`the answer ${status} of ${operationId} refers to nothing`);
    const codes = errorsOf(route).filter((code) => String(errorTable[code].status) === status);
    if (codes.length === 0) return [status, whole];
    const schema = { allOf: [{ $ref: '#/components/schemas/Error' }, { properties: { code: { enum: codes } } }] };
    return [status, { ...whole, content: { 'application/json': { schema } } }];
  });
  return Object.fromEntries(answers);
}

/** Nothing is shown that is not described; and what nobody knows is not sent, as `Prefer: handling=strict` refuses it. */
function closed(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  const inner = Object.entries(properties ?? {}).map(([name, field]) => [name, closed(field as Schema)]);
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(inner) as Record<string, Schema> }),
    ...(properties === undefined || additionalProperties !== undefined ? {} : { additionalProperties: false }),
    ...(items === undefined ? {} : { items: closed(items as Schema) }),
  };
}

/** Without a token, which fits the page before only, and without following: a stream does not end while its conference is open. */
function asked({ operationId, parameters = [] }: Operation): Parameter[] {
  const isToken = ({ name, schema }: Parameter) => name === 'pageToken' && schema.pattern === undefined;
  const sent = parameters.filter((one) => !isToken(one) && !['follow', 'Last-Event-ID'].includes(one.name));
  // At least one setting is to be another, which a description cannot say of a query.
  return operationId === 'whatIf'
    ? sent.map((one) => ({ ...one, required: one.required || one.name === 'aloneTimeout' }))
    : sent;
}

function narrowed(parameter: Parameter, known: Known): Parameter {
  if (parameter.name === 'userId') return { ...parameter, schema: { type: 'string', enum: [known.userId] } };
  const there = new Map<string, unknown>(Object.entries(known)).get(parameter.name);
  if (parameter.in !== 'path' || !Array.isArray(there)) return parameter;
  return { ...parameter, schema: { type: 'string', enum: [...(there as string[]), 'unknown'] } };
}

/** Fields of requests that name what must be there, or what a function checks. */
function within(schema: Schema, known: Known): Schema {
  const oneOf = (...words: unknown[]): Schema => ({ enum: words as string[] });
  const lately = new Date(Date.now() - 3_600_000).toISOString();
  const isRedelivery =
    schema.required?.includes('from') === true &&
    schema.required.includes('to') &&
    !('tag' in (schema.properties ?? {}));
  const fields: Record<string, Schema> = {
    ...{ callbackUrl: oneOf(known.callbackUrl), fallbackUrl: oneOf(known.callbackUrl) },
    ...{
      startAt: oneOf(PAST, SOON),
      timeZone: oneOf('Europe/Berlin', 'UTC'),
      fileUrl: oneOf('', 'http://127.0.0.1:9/a.mp3'),
    },
    ...{ conferenceId: oneOf(...known.conferenceId), callId: oneOf(...known.callId) },
    // The warning must be shorter.
    ...{ maxDuration: oneOf(600), maxDurationWarning: oneOf(5, 60) },
    // The first must not be later.
    ...(isRedelivery ? { from: oneOf(lately), to: oneOf(lately) } : {}),
    // Which dates and places there are, and what Temporal makes of a cron string.
    ...{ timeZone: oneOf('Europe/Berlin', 'UTC'), endAt: oneOf('2099-12-31T00:00:00Z'), date: oneOf(DATE) },
    ...{ cron: oneOf('0 9 * * 1'), calendar: oneOf({ weekdays: ['monday'], everyWeeks: 2, at: ['09:00'] }) },
    skippedDates: oneOf([], [DATE]),
    // What begins on that date is started by its first reminder.
    before: oneOf(1, 60, 86_400),
    // Any other loses conferences beside some reminders.
    overlap: oneOf('allow-all'),
  };
  const narrow = (name: string, field: Schema) => {
    if (field.type === 'null') return field;
    if (fields[name] !== undefined) return fields[name];
    const items = field.items as Schema | undefined;
    if (items?.properties !== undefined) return { ...field, items: within(items, known) };
    return field.properties === undefined ? field : within(field, known);
  };
  // It may not stand beside reminders.
  const sent = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'jitter');
  const properties = sent.map(([name, field]) => [name, narrow(name, field as Schema)]);
  return { ...schema, properties: Object.fromEntries(properties) as Record<string, Schema> };
}

function mondayOf(at: number): string {
  const date = new Date(at);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}
