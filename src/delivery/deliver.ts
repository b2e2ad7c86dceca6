import { Agent, request } from 'undici';
import { guardedConnector, type AllowedNetworks } from './guard.ts';
import { callbackRequest, type Message } from './request.ts';

/** A customer's answer beyond this is not read (bytes); only its status counts. */
const MAX_ANSWER = 16 * 1024;

/** Attempts at a time: at one host, and in all. A worker has 100 slots for activities, and platform calls need some. */
const SLOTS_PER_HOST = 16;
const SLOTS = 64;

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
  /** The host had too many attempts under way: nothing was sent, and nothing is known of it. */
  busy?: true;
  /** `200`, `redirected (302)`, `no answer within 2000 ms`, … */
  result: string;
  milliseconds: number;
}

export interface Deliverer {
  /** Sends to callbackUrl; if that fails, once to fallbackUrl. The last attempt is the one that counts. Never throws. */
  deliver(message: Message, target: Target): Promise<Attempt[]>;
  close(): Promise<void>;
}

/**
 * A sender of callback events that reaches the public internet and `allowedNetworks` only, with at most `slotsPerHost`
 * attempts at one host at a time, and 64 in all: hosts that hang must not take what others need.
 */
export function createDeliverer(allowedNetworks: AllowedNetworks, slotsPerHost = SLOTS_PER_HOST): Deliverer {
  const underWay = new Map<string, number>();
  let total = 0;
  const agent = new Agent({ connect: guardedConnector(allowedNetworks, 10_000), pipelining: 1 });

  async function attempt(url: Attempt['url'], address: string, message: Message, target: Target): Promise<Attempt> {
    const startedAt = performance.now();
    const done = (ok: boolean, result: string): Attempt => ({
      url,
      ok,
      result,
      milliseconds: Math.round(performance.now() - startedAt),
    });
    const { host } = new URL(address);
    const taken = underWay.get(host) ?? 0;
    if (taken >= slotsPerHost || total >= Math.max(SLOTS, slotsPerHost))
      return { ...done(false, 'too many attempts under way'), busy: true };
    underWay.set(host, taken + 1);
    total += 1;
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
    } finally {
      total -= 1;
      const left = (underWay.get(host) ?? 1) - 1;
      if (left > 0) underWay.set(host, left);
      else underWay.delete(host);
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
        if (made.ok || made.busy) break;
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
