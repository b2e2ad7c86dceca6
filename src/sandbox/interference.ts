import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorBody, errorTable, type WireError } from '../catapult/errors.ts';
import { parseErrorAnswer } from '../catapult/from-platform.ts';
import { USER_PATH } from '../catapult/paths.ts';
import type { Clock } from './clock.ts';
import type { Faults, RequestFault } from './faults.ts';
import { rateLimited } from './limits.ts';

/** Lets faults strike the wire's requests, once they have been let in and read, and before or after their work. */
export function letFaultsStrike(app: FastifyInstance, faults: Faults, clock: Clock): void {
  const dropping = new WeakSet<FastifyRequest>();
  app.addHook('preHandler', async (request, reply) => {
    const route = routeOf(request);
    const fault = route === undefined ? undefined : faults.onRequest(request.method, route);
    if (fault === undefined) return;
    if (fault.drop === 'after') dropping.add(request);
    if (fault.drop === 'before') drop(request, reply);
    if (fault.delay !== undefined) await pause(clock, fault.delay, faults);
    if (fault.rateLimit !== undefined) throw rateLimited(clock.now() + fault.rateLimit);
    if (fault.answer !== undefined) await answer(reply, fault.answer);
  });
  app.addHook('onSend', async (request) => {
    if (dropping.has(request)) request.raw.socket.destroy();
  });
}

/** The route as a fault names it; undefined for what is not the wire's. */
function routeOf({ routeOptions: { url = '' } }: FastifyRequest): string | undefined {
  if (!url.startsWith(USER_PATH)) return undefined;
  // The documentation's second and third example create at the user's own path.
  return url.slice(USER_PATH.length) || '/conferences';
}

function drop(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.destroy();
}

function pause(clock: Clock, milliseconds: number, faults: Faults): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(milliseconds, goOn);
    const letGo = faults.holdUp(goOn);
    function goOn() {
      cancel();
      letGo();
      resolve();
    }
  });
}

async function answer(reply: FastifyReply, { status, headers = {}, ...wanted }: Answer): Promise<void> {
  if (status < 400) {
    await reply.code(status).headers(headers).send();
    return;
  }
  // As text, so that the headers may call it something else than JSON.
  const body = JSON.stringify(errorBody(errorFor(status, wanted)));
  await reply.code(status).type('application/json; charset=utf-8').headers(headers).send(body);
}

type Answer = NonNullable<RequestFault['answer']>;

/** What the fault leaves open is filled in from the wire's error table. */
function errorFor(status: number, { category, code, message }: Omit<Answer, 'status' | 'headers'>): WireError {
  const known = Object.entries(errorTable).find(([name]) => name === code)?.[1];
  return parseErrorAnswer(status, {
    category: category ?? known?.category,
    code,
    message: message ?? `The sandbox was told to answer ${status}.`,
  });
}
