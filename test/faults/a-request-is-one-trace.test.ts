import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { freePort } from '../support/processes.ts';
import { openTown, USER, type Town } from '../support/town/town.ts';
import { until } from '../support/until.ts';

const value = z.object({ stringValue: z.string().optional() });
const spanShape = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  links: z.array(z.object({ traceId: z.string() })).default([]),
});
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value })) }),
      scopeSpans: z.array(z.object({ spans: z.array(spanShape) })),
    }),
  ),
});

type Seen = z.output<typeof spanShape> & { service: string };

/** A collector that takes OTLP over HTTP and keeps the spans. */
async function openCollector() {
  const spans: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      for (const { resource, scopeSpans } of exported.parse(JSON.parse(body)).resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        for (const { spans: some } of scopeSpans) spans.push(...some.map((span) => ({ ...span, service })));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const port = Number(await freePort());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}`, spans, close: () => server.close() };
}

let collector: Awaited<ReturnType<typeof openCollector>>;
let opened: Town | undefined;
beforeEach(async () => {
  collector = await openCollector();
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
  collector.close();
});

async function openTraced(settings: Record<string, string> = {}): Promise<Town> {
  const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' };
  opened = await openTown({ settings: { ...traces, ...settings } });
  return opened;
}

/** A conference whose events go to this path of the customer; answers its id. */
async function create(town: Town, path: string): Promise<string> {
  const request = { from: '+19195551234', callbackUrl: town.customer.url(path) };
  const { status, location } = await town.ask('POST', conferencesPath(USER), request);
  expect(status).toBe(201);
  return location.split('/').at(-1) ?? '';
}

const spanOf = (service: string, name: RegExp) =>
  until(`${service} has told of ${String(name)}`, () =>
    collector.spans.find((span) => span.service === `convoke-${service}` && name.test(span.name)),
  );

test('a create call, its workflow and its activities are one trace; so are a callback and its delivery, up to the customer', async () => {
  const town = await openTraced({ DELIVER_FROM: 'worker' });
  await create(town, '/traced');
  const request = await spanOf('gateway', /^POST \/v1\/users\/:userId\/conferences$/);
  const begun = await spanOf('worker', /^conference: opened$/);
  const activity = await spanOf('worker', /^activity createConference$/);
  const platform = await spanOf('worker', /^platform createConference$/);
  expect([begun, activity, platform].map(({ traceId }) => traceId)).toEqual(Array(3).fill(request.traceId));
  expect([begun.parentSpanId, activity.parentSpanId]).toEqual([request.spanId, request.spanId]);
  expect(platform.parentSpanId).toBe(activity.spanId);

  const callback = await spanOf('gateway', /^POST \/callbacks\//);
  const batch = await spanOf('worker', /^activity deliverCallbacks$/);
  const delivery = await spanOf('worker', /^deliver conference created$/);
  const sent = await spanOf('worker', /^POST callbackUrl$/);
  expect([batch, delivery, sent].map(({ traceId }) => traceId)).toEqual(Array(3).fill(callback.traceId));
  expect(sent.parentSpanId).toBe(delivery.spanId);
  const got = await until('the customer has the event', () => town.customer.at('/traced')[0]);
  expect(got.headers['traceparent']).toContain(`${callback.traceId}-${sent.spanId}`);
}, 600_000);

/** The platform tells something, as a part of a trace of its own; answers the trace's id. */
async function tell(town: Town, conferenceId: string, status: string): Promise<string> {
  const [made] = await town.madeFor(conferenceId);
  const traceId = randomBytes(16).toString('hex');
  const answer = await fetch(made?.callbackUrl ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
    body: JSON.stringify({ eventType: 'conference-playback', status, conferenceId: made?.id }),
  });
  expect(answer.status).toBe(200);
  return traceId;
}

test('whoever delivers an event does it in the trace of its callback, and work for several has a link to each', async () => {
  const town = await openTraced();
  const tracesOf = (name: RegExp) =>
    collector.spans.filter((span) => name.test(span.name)).map(({ traceId }) => traceId);
  const quick = await create(town, '/quick');
  const alone = [await tell(town, quick, 'first'), await tell(town, quick, 'second')];
  await until('both are delivered, each in its trace', () =>
    alone.every((traceId) => tracesOf(/^deliver conference-playback (first|second)$/).includes(traceId)),
  );

  town.customer.answer('/slow', 503);
  const slow = await create(town, '/slow');
  await until('the first has failed', () => town.customer.at('/slow').length > 0);
  const together = [await tell(town, slow, 'a'), await tell(town, slow, 'b'), await tell(town, slow, 'c')];
  await town.callbacksAreThrough();
  town.customer.answer('/slow', 200);
  await until('a worker has delivered the three, with a link to each', () =>
    collector.spans.some(({ service, name, links }) => {
      const linked = links.map(({ traceId }) => traceId);
      const isBatch = service === 'convoke-worker' && name === 'activity deliverCallbacks';
      return isBatch && together.every((traceId) => linked.includes(traceId));
    }),
  );
  for (const traceId of together) expect(tracesOf(/^deliver conference-playback [abc]$/)).toContain(traceId);
}, 600_000);
