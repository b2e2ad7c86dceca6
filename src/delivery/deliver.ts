import { Agent, request } from 'undici';
import { guardedConnector, type AllowedNetworks } from './guard.ts';
import { callbackRequest, type Message } from './request.ts';

/** A customer's answer beyond this is not read (bytes); only its status counts. */
const MAX_ANSWER = 16 * 1024;

/** Where events go; `callbackTimeout` (milliseconds) holds for each of the two URLs. */
export interface Target {
  callbackUrl?: string | undefined;
  fallbackUrl?: string | undefined;
  callbackHttpMethod: 'GET' | 'POST';
  callbackTimeout: number;
}

/** One request to one of the two URLs: its status, or what went wrong. */
export interface Attempt {
  url: 'callbackUrl' | 'fallbackUrl';
  ok: boolean;
  /** `200`, `redirected (302)`, `no answer within 2000 ms`, … */
  result: string;
  milliseconds: number;
}

export interface Deliverer {
  /** Sends to callbackUrl; if that fails, once to fallbackUrl. The last attempt is the one that counts. Never throws. */
  deliver(message: Message, target: Target): Promise<Attempt[]>;
  close(): Promise<void>;
}

/** A sender of callback events that reaches the public internet and `allowedNetworks` only. */
export function createDeliverer(allowedNetworks: AllowedNetworks): Deliverer {
  const agent = new Agent({ connect: guardedConnector(allowedNetworks, 10_000), pipelining: 1 });

  async function attempt(url: Attempt['url'], address: string, message: Message, target: Target): Promise<Attempt> {
    const startedAt = performance.now();
    const done = (ok: boolean, result: string): Attempt => ({
      url,
      ok,
      result,
      milliseconds: Math.round(performance.now() - startedAt),
    });
    try {
      const { url: where, ...options } = callbackRequest(address, target.callbackHttpMethod, message);
      const signal = AbortSignal.timeout(target.callbackTimeout);
      const { statusCode, body } = await request(where, { ...options, dispatcher: agent, signal });
      // Read on in the background: a body without end must not hold the events behind this one.
      body.dump({ limit: MAX_ANSWER }).catch(() => undefined);
      const redirected = statusCode >= 300 && statusCode < 400;
      return done(
        statusCode >= 200 && statusCode < 300,
        redirected ? `redirected (${statusCode})` : String(statusCode),
      );
    } catch (error) {
      return done(false, failureOf(error, target.callbackTimeout));
    }
  }

  return {
    async deliver(message, target) {
      const attempts: Attempt[] = [];
      for (const url of ['callbackUrl', 'fallbackUrl'] as const) {
        const address = target[url];
        if (address === undefined) continue;
        const made = await attempt(url, address, message, target);
        attempts.push(made);
        if (made.ok) break;
      }
      return attempts;
    },
    close: () => agent.close(),
  };
}

function failureOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? `no answer within ${timeout} ms` : error.message || error.name;
}
