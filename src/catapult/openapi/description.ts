import { paths, tags } from './operations.ts';
import { namedSchemas } from './schemas.ts';
import { withShared } from './shared.ts';
import type { Description } from './types.ts';
import { webhooks } from './webhooks.ts';

const ABOUT = `The Catapult v1 Conference API, with a Temporal workflow behind every conference.

- Credentials are HTTP Basic: the token and the secret of the user in the path. A body is JSON in UTF-8.
- Every error is JSON with \`category\`, \`code\`, \`message\` and \`details\`. A refusal by the platform is passed on in the platform's own
  words: status, code and message.
- A value that is not known is absent, never \`null\`. In a request \`null\` means absent, and a field that nobody knows is left out.
- Numbers and flags may be written as text, and words such as \`POST\` in any letter case: what is described here is how to write them.
- Whatever can be read by \`GET\` can be asked for by \`HEAD\`.`;

/** The wire in OpenAPI 3.1, made from the table of routes and its schemas; `serverUrl` is where it is served. */
export function describeWire(serverUrl: string): Description {
  const { paths: all, responses } = withShared(paths());
  return {
    openapi: '3.1.1',
    info: {
      title: 'Convoke',
      version: 'v1',
      summary: 'Durable telephone conferences',
      description: ABOUT,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: serverUrl }],
    security: [{ basic: [] }],
    tags: [
      ...tags.map(({ name, description }) => ({ name, description })),
      { name: 'Callbacks', description: 'The requests that your service gets, one for each event' },
    ],
    paths: all,
    webhooks: webhooks(),
    components: {
      schemas: namedSchemas(),
      responses,
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'The token and the secret of the user in the path.' },
      },
    },
  };
}
