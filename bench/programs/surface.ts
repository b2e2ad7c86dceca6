import Fastify from 'fastify';
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { isSuccess, send } from '../http.ts';

/*
 * What the systems beside Convoke share: the wire on both sides, as little of it as the lifecycle needs. Each brings what makes it
 * durable.
 */

const settings = z
  .object({
    PORT: z.coerce.number(),
    PLATFORM_URL: z.string(),
    USER_ID: z.string(),
    TOKEN: z.string(),
    SECRET: z.string(),
  })
  .parse(process.env);
const authorization = basicAuth({ token: settings.TOKEN, secret: settings.SECRET });
const ownUrl = `http://127.0.0.1:${settings.PORT}`;
const ANSWER_WITHIN_MS = 10_000;

const createRequest = z.looseObject({ from: z.string(), callbackUrl: z.string() });
export type CreateRequest = z.output<typeof createRequest>;

const platformEvent = z.looseObject({
  eventType: z.string(),
  status: z.string().optional(),
  memberId: z.string().optional(),
});
export type PlatformEvent = z.output<typeof platformEvent>;

/** What makes a system of it. Both promise what they have done once they resolve. */
export interface Durability {
  create: (id: string, request: CreateRequest) => PromiseLike<unknown>;
  /** Called for one event of a conference at a time, in the order in which they came. */
  take: (id: string, event: PlatformEvent) => PromiseLike<unknown>;
}

/** The same event has the same one. */
export function keyOf(event: PlatformEvent): string {
  return createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 24);
}

export function isLast({ eventType, status }: PlatformEvent): boolean {
  return eventType === 'conference' && status === 'completed';
}

/** Creates the conference on the platform. @throws when it is not created. */
export async function createOnPlatform(id: string, { from, tag }: CreateRequest): Promise<string> {
  const url = new URL(`/v1/users/${settings.USER_ID}/conferences`, settings.PLATFORM_URL);
  const body = { from, tag, callbackUrl: `${ownUrl}/callbacks/${id}`, callbackTimeout: 10_000 };
  const { status, location } = await send('POST', url, body, {
    headers: { authorization },
    timeoutMs: ANSWER_WITHIN_MS,
  });
  if (status !== 201 || location === undefined) throw new Error(`the platform answered ${status}`);
  return location;
}

/** Passes an event on to the customer. @throws unless the customer takes it. */
export async function deliver(callbackUrl: string, id: string, event: PlatformEvent): Promise<void> {
  const conferenceUri = `${ownUrl}/v1/users/${settings.USER_ID}/conferences/${id}`;
  const memberUri = event.memberId === undefined ? {} : { memberUri: `${conferenceUri}/members/${event.memberId}` };
  const body = { ...event, conferenceId: id, conferenceUri, ...memberUri };
  const { status } = await send('POST', new URL(callbackUrl), body, { timeoutMs: ANSWER_WITHIN_MS });
  if (!isSuccess(status)) throw new Error(`the customer answered ${status}`);
}

/** Serves the wire upward, and says so to whoever started it. */
export async function serveConferences({ create, take }: Durability): Promise<() => Promise<void>> {
  const app = Fastify({ keepAliveTimeout: 120_000 });
  app.post<{ Params: { userId: string } }>('/v1/users/:userId/conferences', async (request, reply) => {
    if (request.headers.authorization !== authorization) return reply.code(401).send({ category: 'authentication' });
    const id = `conf-${randomBytes(12).toString('hex')}`;
    await create(id, createRequest.parse(request.body));
    return reply.code(201).header('location', `${ownUrl}/v1/users/${request.params.userId}/conferences/${id}`).send();
  });
  // Events of a conference that come at once would race each other to the store.
  const inTurn = turns();
  app.post<{ Params: { id: string } }>('/callbacks/:id', async (request, reply) => {
    const { id } = request.params;
    await inTurn(id, () => take(id, platformEvent.parse(request.body)));
    return reply.code(200).send();
  });
  app.get('/healthz', () => 'ok');
  app.setErrorHandler((error, _request, reply) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return reply.code(503).send({ category: 'unavailable' });
  });
  await app.listen({ port: settings.PORT, host: '127.0.0.1', backlog: 1_024 });
  process.send?.({ ready: true });
  process.once('disconnect', () => process.exit(0));
  return () => app.close();
}

/** One after the other for each key. */
function turns(): (key: string, work: () => PromiseLike<unknown>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve();
    const own = before
      .catch(() => undefined)
      .then(work)
      .then(() => undefined);
    last.set(key, own);
    try {
      await own;
    } finally {
      if (last.get(key) === own) last.delete(key);
    }
  };
}
