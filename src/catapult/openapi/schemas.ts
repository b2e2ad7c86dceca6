import { z } from 'zod';
import { customerEvents } from '../event-schemas.ts';
import { resources, shownError } from '../resource-schemas.ts';
import { routeNames, routes, type Route } from '../routes.ts';
import type { Schema } from './types.ts';

/*
 * The zod schemas of the wire as JSON Schema: what a request may hold, and what is shown. Those that have a name are written once and
 * referred to.
 */

const named = z.registry<{ id: string }>();

for (const [name, schema] of Object.entries({ ...resources, error: shownError })) add(schema, name);
for (const name of routeNames) {
  const { body }: Route = routes[name];
  if (body !== undefined) add(body, name);
}
for (const [name, { schema }] of Object.entries(customerEvents)) add(schema, `${name}Event`);

/** Two routes may take the same body: the first one gives it its name. */
function add(schema: z.ZodType, name: string): void {
  if (!named.has(schema)) named.add(schema, { id: capitalised(name) });
}

const options = {
  io: 'input',
  // What a function checks says its type itself; a test finds what does not.
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Schema }) => {
    // In words: by a default that is given as such, generators take the field for one that is always there, in requests too.
    if (zodSchema._zod.def.type === 'default') {
      jsonSchema.description = `${jsonSchema.description ?? ''} (${String(zodSchema._zod.def.defaultValue)} unless given)`;
      delete jsonSchema.default;
    }
    // `{}` in the words of who reads it.
    const { additionalProperties: others } = jsonSchema;
    if (typeof others === 'object' && Object.keys(others).length === 0) jsonSchema.additionalProperties = true;
  },
} as const;

/** All that have a name, by it. */
export function namedSchemas(): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(named, { ...options, uri: placeOf });
  return Object.fromEntries(
    Object.entries<Schema>(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [name, schema]),
  );
}

/** Where a schema with a name stands. */
export function referenceTo(schema: z.ZodType): Schema {
  const { id } = named.get(schema) ?? {};
  if (id === undefined) throw new Error('only what has a name can be referred to');
  return { $ref: placeOf(id) };
}

/** The fields of a schema without a name, each by itself. */
export function fieldsOf(schema: z.ZodObject): { name: string; isRequired: boolean; schema: Schema }[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, options);
  return Object.entries(properties).map(([name, field]) => ({
    name,
    isRequired: required.includes(name),
    // Only a field that takes everything or nothing would be a boolean.
    schema: typeof field === 'boolean' ? {} : field,
  }));
}

function placeOf(id: string): string {
  return `#/components/schemas/${id}`;
}

export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
