import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { errorTable, type ErrorCode } from '../../src/catapult/errors.ts';
import { catapultsPartOf } from '../../src/catapult/field-uses.ts';
import {
  createConferenceRequest,
  eventsQuery,
  redeliverRequest,
  updateConferenceRequest,
} from '../../src/catapult/requests.ts';
import { resources } from '../../src/catapult/resource-schemas.ts';
import { errorsOfAll, pathsOf, routes, type Route, type RouteName, type Routes } from '../../src/catapult/routes.ts';

/*
 * The tables of the docs are held to what the servers are built from, both ways: what is missing there and what is too much fails
 * here, by its name.
 */

const wire = readFileSync('docs/wire.md', 'utf8');
const scheduling = readFileSync('docs/scheduling.md', 'utf8');
const all = Object.entries<Route>(routes) as [RouteName, Route][];

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

/** What a text names as code, with the star of what is required; what stands in brackets says something of it, and examples are none. */
function named(text: string): string[] {
  return Array.from(
    text.replace(/^```.*?^```$| \([^)]*\)/gms, '').matchAll(/`([^`]+)`(\*?)/g),
    ([, name, star]) => `${name}${star}`,
  );
}

/** The fields of a schema, those that are required with a star. */
function fieldsOf({ shape }: z.ZodObject): string[] {
  const isRequired = (field: z.ZodType) => !field.safeParse(undefined).success;
  return Object.entries<z.ZodType>(shape).map(([name, field]) => (isRequired(field) ? `${name}*` : name));
}

describe('the requests of docs/wire.md', () => {
  const rows = table(wire, '| Request | Does | Answer |');

  test('are the routes, in their order', () => {
    const asked = all.map(([, route]) =>
      pathsOf(route).map((path) => `${route.method} ${path}`.trim().replace(/:(\w+)/g, '{$1}')),
    );
    expect(rows.map(([request = '']) => named(request))).toEqual(asked);
  });

  test.each(all)('%s does, and answers, what its row says', (name, { does, answers }) => {
    const [, says, answer = ''] = rows[all.findIndex(([other]) => other === name)] ?? [];
    expect(says).toBe(does);
    const statuses = answer.replace(/\(#[^)]*\)/g, '').match(/\d{3}/g);
    expect(statuses).toEqual(Object.keys(answers));
    const isLocated = Object.values(answers).some((held) => typeof held === 'object');
    expect(named(answer).includes('Location')).toBe(isLocated);
  });
});

type WithBody = { [Name in RouteName]: Routes[Name] extends { body: z.ZodObject } ? Name : never }[RouteName];

/** Which row has the fields of a route. */
const rowOf: Record<WithBody, string> = {
  createConference: 'create',
  updateConference: 'change a conference',
  playAudio: 'audio',
  addMember: 'add a member',
  updateMember: 'change a member',
  playAudioToMember: 'audio',
  dial: 'dial',
  redeliverDeadLetters: 'deliver all dead letters again',
};

/** Which of the fields Catapult does not have. */
const ownFields: Partial<Record<WithBody, string[]>> = {
  createConference: without(createConferenceRequest, (request) => catapultsPartOf.create(request)),
  updateConference: without(updateConferenceRequest, (request) => catapultsPartOf.update(request)),
  redeliverDeadLetters: fieldsOf(redeliverRequest),
};

/** The fields that a part of a request leaves out. */
function without<Request>(schema: z.ZodObject & z.ZodType<Request>, part: (request: Request) => object): string[] {
  const whole = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, true])) as Request;
  return fieldsOf(schema).filter((name) => !(name.replace('*', '') in part(whole)));
}

describe('the fields of docs/wire.md', () => {
  const rows = table(wire, '| Request | Fields |');

  test('are of the requests that have some', () => {
    expect(rows.map(([request]) => request).sort()).toEqual([...new Set(Object.values(rowOf))].sort());
  });

  test.each(Object.keys(rowOf) as WithBody[])('of %s are those of its schema', (name) => {
    const [, fields = '', ours = ''] = rows.find(([request]) => request === rowOf[name]) ?? [];
    const own = ownFields[name] ?? [];
    const known = fieldsOf(routes[name].body);
    // Only said to be none: it is always refused.
    const catapults = known.filter((field) => !own.includes(field) && field !== 'bridgeId');
    expect({ fields: named(fields).sort(), ours: named(ours).sort() }).toEqual({
      fields: catapults.sort(),
      ours: own.sort(),
    });
  });

  test('that Catapult does not have are described in docs/scheduling.md', () => {
    const own = [...(ownFields.createConference ?? []), ...(ownFields.updateConference ?? [])];
    expect(own.filter((field) => !scheduling.includes(`\`${field}\``))).toEqual([]);
  });

  test('of a participant, and of a reminder, are described there too', () => {
    const { participants, reminders } = createConferenceRequest.shape;
    const rows = table(scheduling, '| Field | Meaning | Default |');
    const required = (name: string, meaning = '') => (meaning.endsWith('; required') ? `${name}*` : name);
    const written = rows.flatMap(([fields = '', meaning]) => named(fields).map((name) => required(name, meaning)));
    expect(written.sort()).toEqual(fieldsOf(participants.unwrap().element).sort());
    expect(named(chapter(scheduling, '## Reminders'))).toEqual(
      expect.arrayContaining(Object.keys(reminders.unwrap().element.shape)),
    );
  });
});

describe('what docs/wire.md says is shown', () => {
  const says = chapter(wire, '### What is shown');
  const bullets = (subject: string) =>
    says
      .split('\n- ')
      .filter((bullet) => bullet.trimStart().replace(/^- /, '').startsWith(subject))
      .flatMap((bullet) => named(bullet.split('\n\n')[0] ?? ''));

  test('of a conference, and of a member, is what their schemas have', () => {
    expect(bullets('Conference').sort()).toEqual(Object.keys(resources.conference.shape).sort());
    expect(bullets('Member').sort()).toEqual(Object.keys(resources.member.shape).sort());
  });

  test('of events, and what can be asked of them, is named', () => {
    const events = chapter(wire, '## Events');
    const { shape } = resources.events;
    const fields = [
      shape,
      shape.events.element.shape,
      shape.events.element.shape.attempts.element.shape,
      eventsQuery.shape,
    ];
    const missing = fields
      .flatMap((some) => Object.keys(some))
      .filter((name) => !new RegExp(`["\`]${name}\\b`).test(events));
    expect(missing).toEqual([]);
  });
});

describe('the errors of docs/wire.md', () => {
  const rows = table(wire, '| When | Status | `code` |').flatMap(([when, status = '', code = '']) =>
    named(code).map((name) => ({ when, status, code: name })),
  );

  test('are those of the table, each with its status', () => {
    const codes = [...new Set(rows.map(({ code }) => code))];
    expect(codes.sort()).toEqual(Object.keys(errorTable).sort());
    // A 417 comes before any route: HTTP itself has no other status for it.
    for (const { code, ...row } of rows.filter(({ status }) => status !== '417'))
      expect({ ...row, status: Number(row.status) }).toMatchObject({ status: errorTable[code as ErrorCode].status });
  });

  test('are those that a route may answer', () => {
    const answered = [...new Set<ErrorCode>([...errorsOfAll, ...all.flatMap(([, { errors }]) => errors)])];
    expect(answered.sort()).toEqual(Object.keys(errorTable).sort());
  });
});
