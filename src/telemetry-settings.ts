import { z } from 'zod';
import { optionalPort, told } from './setting-kinds.ts';

/** The settings of what is counted. */
export const telemetrySettings = {
  GATEWAY_METRICS_PORT: told(
    optionalPort,
    'none: nothing is counted',
    'the port on which the gateway serves [`/metrics`](watching.md#metrics) for Prometheus: one of its own, so that whoever reaches the API does not reach it',
  ),
  WORKER_METRICS_PORT: told(optionalPort, 'none: nothing is counted', 'the same of the worker'),
  METRICS_HOST: told(
    z.string().default('127.0.0.1'),
    '`127.0.0.1`',
    'the address on which `/metrics` is served. It asks for no credentials: on any other than a loopback address, see to it that Prometheus alone reaches it',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: told(
    z.url({ protocol: /^https?$/, error: 'wants an http:// or https:// URL' }).optional(),
    'none: there are no traces',
    'the collector to which gateway and worker send [traces](watching.md#traces), by OTLP over HTTP (`{it}/v1/traces`)',
  ),
};
