import { Agent, request, type Dispatcher } from 'undici';
import { basicAuth, type Credentials } from '../catapult/credentials.ts';
import { catapultError, parseErrorAnswer, type WireError } from '../catapult/errors.ts';
import { conferencePath, conferencesPath, idFromLocation } from '../catapult/paths.ts';

/** How long the platform may take to answer, in milliseconds; then the outcome counts as unknown. */
const ANSWER_TIMEOUT = 10_000;

/** More than any error answer of the wire holds; the rest of a longer body is not read. */
const MAX_ANSWER = 64 * 1024;

/** What our account at the platform needs. */
export interface PlatformAccount extends Credentials {
  userId: string;
}

/** What is asked of the platform on create: its callbacks always come to us, never to the customer. */
export interface PlatformConferenceRequest {
  from: string;
  profile: string;
  tag?: string;
  callbackUrl: string;
  callbackHttpMethod: 'POST';
  callbackTimeout: number;
  fallbackUrl: string;
}

/**
 * How a call to the platform ended: done; refused (4xx, the platform's word); to be repeated not before a time (429); or
 * unavailable (5xx, no answer, no connection), and then nobody knows whether the work was done.
 */
export type PlatformOutcome<Value> =
  | { outcome: 'done'; value: Value }
  | { outcome: 'refused' | 'unavailable'; error: WireError }
  | { outcome: 'rate-limited'; error: WireError; retryAt: number };

export interface PlatformClient {
  createConference(
    account: PlatformAccount,
    body: PlatformConferenceRequest,
  ): Promise<PlatformOutcome<{ platformId: string }>>;
  completeConference(account: PlatformAccount, platformId: string): Promise<PlatformOutcome<void>>;
  close(): Promise<void>;
}

/** A client of the Catapult API at `baseUrl`. Its methods do not throw: every ending is an outcome. */
export function createPlatformClient(baseUrl: string): PlatformClient {
  const base = baseUrl.replace(/\/+$/, '');
  const agent = new Agent({ connect: { timeout: 5_000 }, headersTimeout: ANSWER_TIMEOUT, bodyTimeout: ANSWER_TIMEOUT });

  async function post<Value>(
    account: PlatformAccount,
    path: string,
    body: object,
    read: (answer: Dispatcher.ResponseData) => Value | undefined,
  ): Promise<PlatformOutcome<Value>> {
    try {
      const answer = await request(base + path, {
        method: 'POST',
        dispatcher: agent,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT),
        headers: { authorization: basicAuth(account), 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
      });
      if (answer.statusCode < 200 || answer.statusCode >= 300) return await failure(answer);
      // The answer is in the head; a body that breaks off must not make it unknown.
      answer.body.dump().catch(() => undefined);
      const value = read(answer);
      return value === undefined ? unavailable('answered without a Location') : { outcome: 'done', value };
    } catch (error) {
      return unavailable(`did not answer (${reasonOf(error)})`);
    }
  }

  return {
    createConference: (account, body) =>
      post(account, conferencesPath(account.userId), body, ({ headers }) => {
        const platformId = idFromLocation([headers['location']].flat()[0]);
        return platformId === undefined ? undefined : { platformId };
      }),
    completeConference: async (account, platformId) => {
      const outcome = await post(
        account,
        conferencePath(account.userId, platformId),
        { state: 'completed' },
        () => true,
      );
      return outcome.outcome === 'done' ? { outcome: 'done', value: undefined } : outcome;
    },
    close: () => agent.close(),
  };
}

async function failure(answer: Dispatcher.ResponseData): Promise<PlatformOutcome<never>> {
  const { statusCode: status, headers } = answer;
  const error = parseErrorAnswer(status, await readJson(answer));
  if (status === 429) {
    const reset = Number(headers['x-ratelimit-reset']);
    return {
      outcome: 'rate-limited',
      error,
      retryAt: Number.isFinite(reset) && reset > 0 ? reset : Date.now() + 1_000,
    };
  }
  // Credentials that the platform does not take are the operator's to put right, not the customer's.
  const ours = error.status === 401 && error.category === 'authentication';
  return { outcome: status >= 400 && status < 500 && !ours ? 'refused' : 'unavailable', error };
}

async function readJson({ body }: Dispatcher.ResponseData): Promise<unknown> {
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_ANSWER) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unavailable(what: string): PlatformOutcome<never> {
  return { outcome: 'unavailable', error: catapultError('gateway-unavailable', `The platform ${what}.`).wire };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? `${ANSWER_TIMEOUT / 1000} s passed` : error.message;
}
