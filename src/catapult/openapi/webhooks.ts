import { customerEvents, type DescribedEvent } from '../event-schemas.ts';
import { withoutLinks } from '../situations.ts';
import { present } from '../present.ts';
import { realExample } from './answers.ts';
import { eventExamples } from './examples.ts';
import { capitalised, referenceTo } from './schemas.ts';
import type { Answer, Operation, Parameter, PathItem } from './types.ts';

/* What customers get at their `callbackUrl` and `fallbackUrl`: a request for each event, as they have chosen with `callbackHttpMethod`. */

export function webhooks(): Record<string, PathItem> {
  return Object.fromEntries(
    Object.entries<DescribedEvent>(customerEvents).map(([name, event]) => [name, webhookOf(name, event)]),
  );
}

function webhookOf(name: string, { when, isOurs, schema }: DescribedEvent): PathItem {
  const reference = referenceTo(schema);
  const media = present({ schema: reference, examples: realExample(eventExamples[name]) });
  const shared = (suffix: string): Operation =>
    present({
      operationId: `${name}Event${suffix}`,
      summary: capitalised(withoutLinks(when)),
      description: isOurs ? "Convoke's own: Catapult does not have it." : undefined,
      tags: ['Callbacks'],
      security: [],
      responses: answers,
    });
  const inQuery: Parameter = {
    ...{ name: 'event', in: 'query', required: true, style: 'form', explode: true, schema: reference },
    description: 'The fields of the event, all of them text; an object is written as JSON.',
  };
  return {
    post: {
      ...shared(''),
      parameters: headers,
      requestBody: { required: true, content: { 'application/json': media } },
    },
    get: { ...shared('InQuery'), parameters: [...headers, inQuery] },
  };
}

const headers: Parameter[] = [
  headerOf('webhook-id', "The event's id, the same on every attempt.", { type: 'string' }),
  headerOf('webhook-timestamp', 'When this attempt was made, in seconds since 1970.', { type: 'integer' }),
  headerOf(
    'webhook-signature',
    '`v1,` and the signature in base64 (Standard Webhooks); two of them with a space between while the secret is changed.',
    { type: 'string' },
  ),
  headerOf('Convoke-Sequence', "The event's number in its conference, from 1.", { type: 'integer', minimum: 1 }),
];

function headerOf(name: string, description: string, schema: Parameter['schema']): Parameter {
  return { name, in: 'header', required: true, description, schema };
}

const answers: Record<string, Answer> = {
  '2XX': { description: 'The event is taken.' },
  '410': { description: 'This URL gets nothing more until it is changed.' },
  default: {
    description: 'The event goes to `fallbackUrl`, and is sent again later; not before `Retry-After`, if it is given.',
  },
};
