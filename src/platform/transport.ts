import type { z } from 'zod';
import { basicAuth, type Credentials } from '../catapult/credentials.ts';
import { catapultError, type WireError } from '../catapult/errors.ts';
import { parseErrorAnswer } from '../catapult/from-platform.ts';
import { outsideJson, outsideText } from '../catapult/outside-text.ts';
import { idFromLocation } from '../catapult/paths.ts';
import { present } from '../catapult/present.ts';
import { instantOf } from '../catapult/resources.ts';
import { HttpClient, NoAnswer, type HttpAnswer } from '../http/client.ts';
import { ANSWER_WITHIN_MS, MAX_ANSWER_BYTES, MAX_READING_BYTES, SAME_CLOCK_MS } from './budget.ts';

/* A request to a platform, and what its ending means. */

/** What our account at the platform needs. */
export interface PlatformAccount extends Credentials {
  userId: string;
}

/**
 * How a call to the platform ended: done, with the id of what it made, if anything; refused (4xx, the platform's word); to
 * be repeated not before a time (429); unavailable (5xx, no connection); or its answer is lost, and then nobody knows
 * whether the work was done.
 */
export type PlatformOutcome =
  | { outcome: 'done'; id?: string }
  /** `isUndone`: it is certain that the platform has done nothing, though it may later. */
  | { outcome: 'refused' | 'unavailable' | 'lost'; error: WireError; isUndone?: true }
  /** `comeAgainAt`: when whoever repeats it is to ask for its turn again, which is earlier. */
  | { outcome: 'rate-limited'; error: WireError; retryAt: number; comeAgainAt?: number };

export type Failed = Exclude<PlatformOutcome, { outcome: 'done' }>;

interface PostOptions {
  makes?: boolean;
  isRepeatable?: boolean;
  timeout?: number | undefined;
}

/** Sends requests to the Catapult API at `baseUrl`; every ending is an outcome. */
export function transportTo(baseUrl: string) {
  const base = baseUrl.replace(/\/+$/, '');
  const http = new HttpClient();

  /** `makes` says that the answer names what was made; `isRepeatable`, that it does no harm if it comes twice. */
  async function post(
    account: PlatformAccount,
    path: string,
    body: object,
    { makes = false, isRepeatable = false, timeout = ANSWER_WITHIN_MS }: PostOptions = {},
  ): Promise<PlatformOutcome> {
    try {
      const answer = await http.send(new URL(base + path), {
        method: 'POST',
        headers: { authorization: basicAuth(account), 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        timeoutMs: timeout,
        isRepeatable,
      });
      if (answer.status < 200 || answer.status >= 300) return await failure(answer);
      // The answer is in the head; a body that breaks off must not make it unknown.
      answer.drop();
      const id = makes ? idFromLocation([answer.headers['location']].flat()[0]) : undefined;
      if (makes && id === undefined) return failed('lost', 'answered without a Location');
      return present({ outcome: 'done' as const, id });
    } catch (error) {
      return noAnswer(error, timeout);
    }
  }

  async function get<Schema extends z.ZodType>(account: PlatformAccount, path: string, schema: Schema) {
    try {
      const answer = await http.send(new URL(base + path), {
        method: 'GET',
        headers: { authorization: basicAuth(account) },
        timeoutMs: ANSWER_WITHIN_MS,
        isRepeatable: true,
      });
      if (answer.status !== 200) return await failure(answer);
      const parsed = schema.safeParse(await readJson(answer, MAX_READING_BYTES));
      if (!parsed.success) return failed('unavailable', `answered GET ${path} with something else than the wire's`);
      return {
        outcome: 'got' as const,
        value: parsed.data,
        date: dateOf(answer),
      };
    } catch (error) {
      return noAnswer(error, ANSWER_WITHIN_MS);
    }
  }

  return { post, get, close: () => http.close() };
}

async function failure(answer: HttpAnswer): Promise<Failed> {
  const { status, headers } = answer;
  const error = parseErrorAnswer(status, await readJson(answer));
  if (status < 400) return failed('unavailable', `answered ${status}, which is no answer of the wire`);
  if (status === 429) {
    // Whether that can be believed is the pace's to judge.
    const reset = Number(headers['x-ratelimit-reset']);
    return { outcome: 'rate-limited', error, retryAt: Number.isFinite(reset) ? byOurClock(reset, dateOf(answer)) : 0 };
  }
  // Credentials that the platform does not take are the operator's to put right, not the customer's.
  if (status === 401 && error.category === 'authentication') {
    const what = 'does not take the credentials of this service (PLATFORM_TOKEN, PLATFORM_SECRET)';
    return { ...failed('unavailable', what), isUndone: true };
  }
  // A proxy between us says so when it has lost the answer.
  if (status === 502 || status === 504) return { outcome: 'lost', error };
  return { outcome: status < 500 ? 'refused' : 'unavailable', error };
}

/** When the platform answered, by its own clock (epoch milliseconds, in whole seconds); NaN if it does not say. */
function dateOf({ headers }: HttpAnswer): number {
  return instantOf(headers.date);
}

/** A time of the platform's clock, which showed `date` just now, by ours (epoch milliseconds). */
function byOurClock(time: number, date: number): number {
  const ahead = date - Date.now();
  return Math.abs(ahead) > SAME_CLOCK_MS ? time - ahead : time;
}

async function readJson(answer: HttpAnswer, maxBytes = MAX_ANSWER_BYTES): Promise<unknown> {
  const text = await answer.text(maxBytes);
  try {
    return outsideJson(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

function noAnswer(error: unknown, timeout: number): Failed {
  const { isTimeout, isUnsent, message } = error instanceof NoAnswer ? error : unknownError(error);
  const what = `did not answer (${isTimeout ? `${timeout / 1000} s passed` : outsideText(message, 200)})`;
  return isUnsent ? { ...failed('unavailable', what), isUndone: true } : failed('lost', what);
}

/** What else goes wrong may have gone wrong after the request. */
function unknownError(error: unknown) {
  return { isTimeout: false, isUnsent: false, message: String(error) };
}

function failed(outcome: 'unavailable' | 'lost', what: string) {
  return { outcome, error: catapultError('gateway-unavailable', `The platform ${outsideText(what, 500)}.`).wire };
}
