import type { Schema } from '../../catapult/openapi/types.ts';
import { escaped, inline } from './html.ts';

/* A JSON Schema as a list of its fields. It reflows on a narrow screen, as a table would not. */

/** The fields of an object, those within them too. */
export function fields({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).flatMap(([name, schema]) =>
    typeof schema === 'boolean' ? [] : [field(name, schema, required.includes(name))],
  );
  return rows.length === 0 ? '' : `<dl>${rows.join('\n')}</dl>`;
}

/** One field, or one parameter: what it is called, what it may hold, what it means. */
export function field(name: string, schema: Schema, isRequired: boolean, means = schema.description): string {
  const said = `${typeOf(schema)}${isRequired ? ', <strong>required</strong>' : ''}`;
  const within = fields(itemOf(schema) ?? schema);
  // The words that it may be stand beside its name.
  const words = schema.enum?.map((word) => JSON.stringify(word)).join(' or ');
  const meaning = words === undefined ? means : means?.replace(`: ${words}`, '');
  return `<dt><code>${escaped(name)}</code> <span>${said}</span></dt><dd>${inline(meaning ?? '')}${within}</dd>`;
}

/** What a value may be, in a few words; a schema with a name is a link to it. */
export function typeOf(schema: Schema): string {
  const { $ref, enum: words, const: only, anyOf, type = 'any', format } = schema;
  if ($ref !== undefined) return linkTo($ref);
  const values = words ?? (only === undefined ? undefined : [only]);
  if (values !== undefined) return values.map((value) => `<code>${escaped(JSON.stringify(value))}</code>`).join(' or ');
  const items = itemOf(schema);
  if (items !== undefined) return `list of ${items.$ref === undefined ? 'objects' : linkTo(items.$ref)}`;
  // What an object must have at least is no type of its own.
  const others = anyOf?.filter((one) => one.type !== undefined || one.$ref !== undefined) ?? [];
  if (others.length > 0) return others.map(typeOf).join(' or ');
  return escaped([[type].flat().join(' or '), format ?? ''].filter(Boolean).join(', '));
}

/** What a list holds, where it is a list. */
function itemOf({ items }: Schema): Schema | undefined {
  return typeof items === 'object' && !Array.isArray(items) ? items : undefined;
}

function linkTo(reference: string): string {
  const name = escaped(nameIn(reference));
  return `<a href="#${name}">${name}</a>`;
}

/** The name at the end of a reference. */
export function nameIn(reference: string): string {
  return reference.split('/').pop() ?? '';
}
