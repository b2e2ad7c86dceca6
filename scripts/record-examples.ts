import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { examplesOf } from '../test/support/examples-story.ts';
import globalSetup from '../test/support/global-setup.ts';
import globalTeardown from '../test/support/global-teardown.ts';
import { openHouse } from '../test/support/house.ts';

/*
 * `npm run record-examples`: the examples of the description of the wire, from a real run. `npm run describe` puts them where they are read.
 */

const FILE = fileURLToPath(new URL('../src/catapult/openapi/examples.ts', import.meta.url));

const HEAD = `import type { ErrorCode } from '../errors.ts';
import type { RouteName } from '../routes.ts';

/* From a real run, with names in place of what is random. \`npm run record-examples\` writes this file: do not edit it. */
`;

await globalSetup();
try {
  const house = await openHouse();
  try {
    const { routes, errors, events } = await examplesOf(house);
    const source = [
      HEAD,
      `export const routeExamples: Partial<Record<RouteName, { request?: unknown; answer?: unknown; location?: string }>> = ${JSON.stringify(routes)};`,
      `export const errorExamples: Partial<Record<ErrorCode, unknown>> = ${JSON.stringify(errors)};`,
      `export const eventExamples: Record<string, unknown> = ${JSON.stringify(events)};`,
    ].join('\n');
    const options = await resolveConfig(FILE);
    writeFileSync(FILE, await format(source, { ...options, parser: 'typescript' }));
  } finally {
    await house.close();
  }
} finally {
  await globalTeardown();
}
