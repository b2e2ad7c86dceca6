import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { conferencesPath } from '../../src/catapult/paths.ts';
import { freePort } from '../support/processes.ts';
import { openTown, USER } from '../support/town/town.ts';
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

test('a create call, its workflow and its activities are one trace; so are a callback and its delivery, up to the customer', async () => {
  const collector = await openCollector();
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    DELIVER_FROM: 'worker',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  };
  const town = await openTown({ settings });
  try {
    const callbackUrl = town.customer.url('/traced');
    const answer = await town.ask('POST', conferencesPath(USER), { from: '+19195551234', callbackUrl });
    expect(answer.status).toBe(201);
    const spanOf = (service: string, name: RegExp) =>
      until(`${service} has told of ${String(name)}`, () =>
        collector.spans.find((span) => span.service === `convoke-${service}` && name.test(span.name)),
      );

    const request = await spanOf('gateway', /^POST \/v1\/users\/:userId\/conferences$/);
    const opened = await spanOf('worker', /^conference: opened$/);
    const activity = await spanOf('worker', /^activity createConference$/);
    const platform = await spanOf('worker', /^platform createConference$/);
    expect([opened, activity, platform].map(({ traceId }) => traceId)).toEqual(Array(3).fill(request.traceId));
    expect([opened.parentSpanId, activity.parentSpanId]).toEqual([request.spanId, request.spanId]);
    expect(platform.parentSpanId).toBe(activity.spanId);

    const callback = await spanOf('gateway', /^POST \/callbacks\//);
    const batch = await spanOf('worker', /^activity deliverCallbacks$/);
    const delivery = await spanOf('worker', /^deliver conference created$/);
    const sent = await spanOf('worker', /^POST callbackUrl$/);
    expect([batch, delivery, sent].map(({ traceId }) => traceId)).toEqual(Array(3).fill(callback.traceId));
    expect(sent.parentSpanId).toBe(delivery.spanId);
    const got = await until('the customer has the event', () => town.customer.at('/traced')[0]);
    expect(got.headers['traceparent']).toContain(`${callback.traceId}-${sent.spanId}`);
  } finally {
    await town.close();
    collector.close();
  }
}, 600_000);
