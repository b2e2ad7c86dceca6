import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseRequest } from '../parse.ts';
import { strictRefusal, unknownFields, warningsOf } from '../unknown-fields.ts';

/** Parses what a request holds, and tells its client of fields that it may have misspelt. */
export function readerFor({ headers }: FastifyRequest, reply: FastifyReply): typeof parseRequest {
  const isStrict = /(^|[,;\s])handling\s*=\s*"?strict\b/i.test([headers['prefer'] ?? []].flat().join());
  return (schema, given) => {
    const request = parseRequest(schema, given);
    const unknown = unknownFields(schema, given);
    const refusal = isStrict ? strictRefusal(unknown) : undefined;
    if (refusal !== undefined) throw refusal;
    const warnings = warningsOf(unknown);
    if (warnings.length > 0) reply.header('warning', warnings.join(', '));
    return request;
  };
}
