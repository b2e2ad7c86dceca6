import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { catapultError } from '../catapult/errors.ts';
import { callbackEvent, eventName } from '../catapult/events.ts';
import { parseRequest } from '../catapult/parse.ts';
import { isConferenceId } from '../client/index.ts';
import { Forwarder, type Forward } from './forwarder.ts';

/** The platform gives up after 10 s and turns to its fallback; our answer must be out before that (ms). */
const ANSWER_WITHIN = 8_000;

interface CallbackPlace {
  userId: string;
  conferenceId: string;
  channel: string;
  token: string;
}

/**
 * The bridge takes the platform's callbacks and hands them to their conferences. It answers 200 once Temporal has the
 * event (`ACK_AFTER=temporal`), else 503, so that the platform turns to its fallback. A journal on disk, written before
 * the event is forwarded, will stand in front of the forwarder.
 */
export function serveBridge(app: FastifyInstance, tokens: CallbackTokens, forward: Forward): void {
  const forwarder = new Forwarder(randomUUID(), forward);
  let sequence = 0;

  app.post<{ Params: CallbackPlace }>('/callbacks/:userId/:conferenceId/:channel/:token', async (request, reply) => {
    const { token, channel, ...ids } = request.params;
    const attemptId =
      (channel === 'primary' || channel === 'fallback') && isConferenceId(ids.conferenceId)
        ? tokens.verify(token, { ...ids, channel })
        : undefined;
    if (attemptId === undefined || (channel !== 'primary' && channel !== 'fallback')) {
      throw catapultError('resource-not-found', 'This is no callback URL of ours.');
    }
    const event = parseRequest(callbackEvent, request.body);
    const body = canonicalJson(event);
    const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
    try {
      sequence += 1;
      await within(ANSWER_WITHIN, forwarder.take(ids, { sequence, channel, attemptId, digest, event }, body.length));
    } catch (error) {
      const message = `${eventName(event)} could not be handed on (${channel}); send it to the fallback URL.`;
      throw catapultError('gateway-unavailable', message, { cause: error });
    }
    return reply.send();
  });
}

async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** JSON with its keys in order, so that a body is known again whatever the order of its fields. */
function canonicalJson(event: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1))));
}
