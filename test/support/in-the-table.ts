import { errorTable } from '../../src/catapult/errors.ts';
import { errorsOf, pathsOf, routes, type Route } from '../../src/catapult/routes.ts';
import { isResource, resources } from '../../src/catapult/resource-schemas.ts';
import { unknownFields } from '../../src/catapult/unknown-fields.ts';

/** An answer to a request of the wire, its body parsed if it is JSON. */
interface Answered {
  method: string;
  /** After the address, with a query or without. */
  path: string;
  status: number;
  body: unknown;
}

/** Throws where a server answers what the table of routes does not say: another status, another error, a field that no schema names. */
export function assertInTable({ method, path, status, body }: Answered): void {
  const route = Object.values<Route>(routes).find((one) => one.method === method && isAt(one, path));
  if (route === undefined) return;
  const wrong = status < 400 ? wrongIn(route, status, body) : wrongError(route, body);
  if (wrong !== undefined) throw new Error(`src/catapult/routes.ts does not know of ${method} ${route.path} ${wrong}`);
}

function isAt(route: Route, path: string): boolean {
  const [, place] = /^\/v1\/users\/[^/]+([^?]*)/.exec(path.replace(/\/{2,}/g, '/')) ?? [];
  // The bridge's paths are in no table.
  if (place === undefined) return false;
  const here = place.replace(/\/$/, '');
  return pathsOf(route).some((pattern) =>
    new RegExp(`^${pattern.replace('.', '\\.').replace(/:\w+/g, '[^/]+')}$`).test(here),
  );
}

function wrongIn({ answers }: Route, status: number, body: unknown): string | undefined {
  const held = new Map(Object.entries(answers)).get(String(status));
  if (held === undefined) return `the status ${status}`;
  if (!isResource(held)) return undefined;
  const [unknown] = unknownFields(resources[held], body);
  return unknown === undefined ? undefined : `the field ${unknown.place}`;
}

/** Other words than those of our table are a platform's, and its own matter. */
function wrongError(route: Route, body: unknown): string | undefined {
  const code = Object(body) as { code?: unknown };
  const known = errorsOf(route).some((one) => one === code.code);
  return known || !Object.keys(errorTable).some((one) => one === code.code)
    ? undefined
    : `the error ${String(code.code)}`;
}
