import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import { takeJsonOfAnyName } from '../catapult/server/bodies.ts';
import { CatapultError, catapultError } from '../catapult/errors.ts';
import { eventName, type EventBody } from '../catapult/events.ts';
import { parseExactly, withNumbersKept } from '../catapult/exact-numbers.ts';
import { callbackEvent } from '../catapult/from-platform.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { parseBody } from '../catapult/parse.ts';
import { present } from '../catapult/present.ts';
import { isConferenceId, shortDigestOf, type ConferenceIds } from '../client/index.ts';
import { isInNetworks } from '../delivery/guard.ts';
import type { Logger } from '../telemetry/log.ts';
import { traceparent } from '../telemetry/tracing.ts';
import { BRIDGE_ANSWERS_WITHIN_MS } from './budget.ts';
import type { Forwarder } from './forwarder.ts';
import type { Arrival } from './entries.ts';
import type { Journal } from './journal.ts';
import { measureCallback } from './measuring.ts';
import { Misfits } from './misfits.ts';
import type { Leases } from './leases.ts';
import type { Outages } from './outages.ts';

interface CallbackPlace {
  userId: string;
  conferenceId: string;
  channel: string;
  token: string;
}

/** Whose a callback is, as its URL says. */
type Speaker = Pick<Arrival, 'userId' | 'conferenceId' | 'channel' | 'attemptId'>;

/** What an event must have reached before the platform gets its 200: our disk, or Temporal. */
export type AckAfter = 'journal' | 'temporal';

export interface BridgeDependencies {
  callbackTokens: CallbackTokens;
  journal: Journal;
  forwarder: Forwarder;
  outages: Outages;
  ackAfter: AckAfter;
  /** Networks (CIDR) from which callbacks are taken; from everywhere unless given. */
  platformNetworks?: readonly string[] | undefined;
  /** Set where events are delivered from here while they can be. */
  leases?: Leases | undefined;
  logger: Logger;
}

/**
 * The bridge takes the platform's callbacks: each goes into the journal and from there to its conference, whatever became
 * of the request meanwhile. It answers 200 once the event is where `ackAfter` says, else 503, so that the platform turns to
 * its fallback. To be registered: bodies are read otherwise than beside it.
 */
export function serveBridge(app: FastifyInstance, dependencies: BridgeDependencies): void {
  const { callbackTokens, journal, forwarder, outages, ackAfter, leases, platformNetworks } = dependencies;
  const misfits = new Misfits(dependencies.logger, 'signature');
  const strangers = new Misfits(dependencies.logger, 'address');

  async function take(arrival: Arrival): Promise<void> {
    try {
      if (leases !== undefined) return await leases.take(arrival);
      const entry = await journal.append(arrival);
      // Very many may wait: nobody's word is kept for one that nobody waits for.
      if (ackAfter === 'temporal') await forwarder.take(entry);
      else forwarder.add(entry);
    } catch (error) {
      outages.noteRefused(arrival);
      throw error;
    }
  }

  /** @throws when it is no callback URL of ours. */
  function speaker({ token, channel, ...ids }: CallbackPlace): Speaker {
    if ((channel === 'primary' || channel === 'fallback') && isConferenceId(ids.conferenceId)) {
      const attemptId = callbackTokens.verify(token, { ...ids, channel });
      if (attemptId !== undefined) return { ...ids, channel, attemptId };
      misfits.note(ids);
    }
    throw notOurs();
  }

  /** @throws when it comes from where the platform is not: in the words for any other stranger. */
  function mustBePlatform({ userId, conferenceId }: CallbackPlace, address: string): void {
    if (platformNetworks === undefined || isInNetworks(address, platformNetworks)) return;
    strangers.note({ userId: outsideText(userId, 100), conferenceId: outsideText(conferenceId, 100), address });
    throw notOurs();
  }

  const speakers = new WeakMap<FastifyRequest, Speaker>();
  takeJsonOfAnyName(app, parseExactly);
  app.post<{ Params: CallbackPlace }>('/callbacks/:userId/:conferenceId/:channel/:token', {
    // Clients of the API have no part in whether there is room for the platform's.
    config: { bodiesFrom: 'platform' },
    // Before the body is read: a stranger's is none of our business.
    onRequest: async (request) => {
      mustBePlatform(request.params, request.ip);
      speakers.set(request, speaker(request.params));
    },
    onResponse: async ({ params }, { statusCode }) => measureCallback(params.channel, statusCode),
    onError: async ({ params, body }, _reply, error) => {
      const hadNoRoom = body === undefined && error instanceof CatapultError && error.wire.status === 503;
      if (hadNoRoom) outages.noteTurnedAway(params);
    },
    handler: async (request, reply) => {
      const from = speakers.get(request) ?? speaker(request.params);
      const event = readEvent(request.body);
      try {
        const about = { arrivedAt: Date.now(), digest: shortDigestOf(event), event };
        const arrival = { ...from, ...about, ...present({ trace: traceparent() }) };
        await within(BRIDGE_ANSWERS_WITHIN_MS, take(arrival));
      } catch (error) {
        const message = `${eventName(event)} could not be taken (${from.channel}); send it to the fallback URL.`;
        throw catapultError('gateway-unavailable', message, { cause: error });
      }
      return reply.send();
    },
  });
}

function notOurs(): CatapultError {
  return catapultError('resource-not-found', 'This is no callback URL of ours.');
}

/** What workers may want of a gateway. */
export interface Recallable {
  /** Gives a lease back; resolves when the conference has it. False if it was never this gateway's. */
  recall: (ids: ConferenceIds, opening: string) => Promise<boolean>;
  /** Has a conference hear of all that was taken for it, or gives up soon. */
  flush: (ids: ConferenceIds) => Promise<void>;
}

/**
 * The workers' way to recall a lease, or, without naming one, to have a conference hear of all that was taken for it. To be registered beside
 * the bridge: its bodies are the API's.
 */
export function serveRecalls(app: FastifyInstance, callbackTokens: CallbackTokens, gateway: Recallable): void {
  takeJsonOfAnyName(app, parseExactly);
  const recall = z.object({ opening: z.string().max(100).optional() });
  app.post<{ Params: Omit<CallbackPlace, 'channel'> }>('/callbacks/:userId/:conferenceId/lease/:token', {
    onRequest: async ({ params: { token, ...ids } }) => {
      if (callbackTokens.verify(token, { ...ids, channel: 'lease' }) === undefined)
        throw catapultError('resource-not-found', 'This is no lease of ours.');
    },
    handler: async ({ params: { userId, conferenceId }, body }, reply) => {
      const { opening } = parseBody(recall, body);
      if (opening === undefined) await gateway.flush({ userId, conferenceId });
      else if (!(await gateway.recall({ userId, conferenceId }, opening)))
        throw catapultError('conference-update-conflict', 'That lease is not this gateway’s.');
      return reply.send();
    },
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

/** Numbers that JavaScript cannot hold go on as they came; so does `null`, which in a request means absent. */
function readEvent(body: unknown): EventBody {
  return withNumbersKept(parseBody(callbackEvent, body));
}
