import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isTracing, openSpan, type OpenSpan } from '../telemetry/tracing.ts';

/** Makes each request a span, below the caller's where it names one. Without traces nothing is added to the server. */
export function traceRequests(app: FastifyInstance): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  app.addHook('onRequest', async (request) => {
    const { method, routeOptions, headers, params } = request;
    const [parent] = [headers['traceparent']].flat();
    const { userId, conferenceId } = params as { userId?: string; conferenceId?: string };
    const attributes = {
      ...{ 'http.request.method': method, 'http.route': routeOptions.url, 'convoke.user_id': userId },
      'convoke.conference_id': conferenceId,
    };
    const span = openSpan(`${method} ${routeOptions.url ?? ''}`, { parent, kind: 'server', attributes });
    if (span !== undefined) spans.set(request, span);
  });
  // Not before: reading the body leaves what is going on here.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.within(() => done());
  });
  app.addHook('onResponse', async (request, { statusCode }) => {
    const error = statusCode >= 500 ? `answered ${statusCode}` : undefined;
    spans.get(request)?.end({ attributes: { 'http.response.status_code': statusCode }, error });
  });
}
