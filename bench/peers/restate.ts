/*
 * Restate: a virtual object for each conference, whose exclusive handlers run in the order in which they were called. A callback is a one-way
 * call with an idempotency key.
 */
import * as restate from '@restatedev/restate-sdk';
import * as clients from '@restatedev/restate-sdk-clients';
import { z } from 'zod';
import {
  createOnPlatform,
  deliver,
  isLast,
  keyOf,
  serveConferences,
  type CreateRequest,
  type PlatformEvent,
} from '../programs/surface.ts';

const { RESTATE_INGRESS, RESTATE_ADMIN, SERVICE_PORT } = z
  .object({ RESTATE_INGRESS: z.string(), RESTATE_ADMIN: z.string(), SERVICE_PORT: z.coerce.number() })
  .parse(process.env);

// The SDK calls it on every Node, and Node has it from 22 on.
if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers });

const conference = restate.object({
  name: 'conference',
  handlers: {
    create: async (context: restate.ObjectContext, request: CreateRequest) => {
      const location = await context.run('create', () => createOnPlatform(context.key, request));
      context.set('callbackUrl', request.callbackUrl);
      return location;
    },
    event: async (context: restate.ObjectContext, event: PlatformEvent) => {
      const callbackUrl = await context.get<string>('callbackUrl');
      if (callbackUrl === null) return;
      const retries = { initialRetryInterval: { seconds: 1 }, maxRetryInterval: { seconds: 60 } };
      await context.run('deliver', () => deliver(callbackUrl, context.key, event), retries);
      if (isLast(event)) context.clearAll();
    },
  },
});

await restate.serve({ services: [conference], port: SERVICE_PORT });
const registered = await fetch(`${RESTATE_ADMIN}/deployments`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ uri: `http://127.0.0.1:${SERVICE_PORT}`, force: true }),
});
if (!registered.ok) throw new Error(`Restate answered ${registered.status}: ${await registered.text()}`);

const ingress = clients.connect({ url: RESTATE_INGRESS });
await serveConferences({
  create: (id, request) =>
    ingress.objectClient(conference, id).create(request, clients.rpc.opts({ idempotencyKey: id })),
  take: (id, event) =>
    ingress.objectSendClient(conference, id).event(event, clients.rpc.sendOpts({ idempotencyKey: keyOf(event) })),
});

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<Value>((fulfil, fail) => ([resolve, reject] = [fulfil, fail]));
  return { promise, resolve, reject };
}
