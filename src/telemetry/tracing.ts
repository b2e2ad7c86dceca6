import type * as Api from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanKind } from '@opentelemetry/api';

/*
 * Traces, by OpenTelemetry. Until `startTracing` there are none, and nothing is loaded for them. Between processes, and through workflows, a
 * trace is carried as the text of W3C's `traceparent`.
 */

/** What a span is of. */
export interface About {
  /** The `traceparent` it belongs below; unless given, what is going on here. */
  parent?: string | undefined;
  /** Of other spans that it does work for. */
  links?: readonly string[];
  kind?: 'server' | 'client' | 'internal';
  attributes?: Attributes;
}

/** A span that is not over. */
export interface OpenSpan {
  /** Does something as a part of it. */
  within<Value>(work: () => Value): Value;
  end(outcome?: { attributes?: Attributes; error?: Error | string | undefined }): void;
}

interface Tracing {
  open(name: string, about: About): OpenSpan;
  /** Of what is going on here. */
  traceparent(): string | undefined;
}

let tracing: Tracing | undefined;

export function isTracing(): boolean {
  return tracing !== undefined;
}

/** Begins a span that somebody else ends; nothing where there are no traces. */
export function openSpan(name: string, about: About = {}): OpenSpan | undefined {
  return tracing?.open(name, about);
}

/** Does work as a span. */
export async function traced<Value>(name: string, about: About, work: () => Promise<Value>): Promise<Value> {
  const span = tracing?.open(name, about);
  if (span === undefined) return await work();
  try {
    const value = await span.within(work);
    span.end();
    return value;
  } catch (error) {
    span.end({ error: error instanceof Error ? error : 'it failed' });
    throw error;
  }
}

/** What is to be handed on, so that what follows from here is a part of the same trace. */
export function traceparent(): string | undefined {
  return tracing?.traceparent();
}

/**
 * Sends the spans of this process to a collector, by OTLP over HTTP. The SDK's own settings (`OTEL_TRACES_SAMPLER`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, …) hold.
 * @returns what sends the last of them and ends it.
 */
export async function startTracing(part: string, endpoint: string | undefined): Promise<() => Promise<void>> {
  if (endpoint === undefined) return async () => undefined;
  const [api, { BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `convoke-${part}` }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  tracing = tracingWith(api);
  return async () => {
    tracing = undefined;
    // A collector that is away keeps nobody.
    await provider.shutdown().catch(() => undefined);
  };
}

function tracingWith({ context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace }: typeof Api): Tracing {
  const tracer = trace.getTracer('convoke');
  const kinds: Record<NonNullable<About['kind']>, SpanKind> = {
    server: SpanKind.SERVER,
    client: SpanKind.CLIENT,
    internal: SpanKind.INTERNAL,
  };
  const contextOf = (parent: string) => propagation.extract(ROOT_CONTEXT, { traceparent: parent });
  const linkTo = (one: string) => {
    const linked = trace.getSpanContext(contextOf(one));
    return linked === undefined ? [] : [{ context: linked }];
  };
  const within = (span: Span, outer: Context): OpenSpan => ({
    within: (work) => context.with(trace.setSpan(outer, span), work),
    end: ({ attributes = {}, error } = {}) => {
      span.setAttributes(attributes);
      if (error !== undefined)
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : error });
      span.end();
    },
  });
  return {
    open: (name, { parent, links = [], kind = 'internal', attributes = {} }) => {
      const outer = parent === undefined ? context.active() : contextOf(parent);
      const options = { kind: kinds[kind], attributes, links: links.flatMap(linkTo) };
      return within(tracer.startSpan(name, options, outer), outer);
    },
    traceparent: () => {
      const carrier: { traceparent?: string } = {};
      propagation.inject(context.active(), carrier);
      return carrier.traceparent;
    },
  };
}
