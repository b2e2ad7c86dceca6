import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { Breaker } from './breaker.ts';
import { guardedConnector, type AllowedNetworks } from './guard.ts';
import { callbackRequest, type Message } from './request.ts';

/** A customer's answer beyond this is not read (bytes); only its status counts. */
const MAX_ANSWER = 16 * 1024;

/** Attempts at a time: at one host, and in all. A worker has 100 slots for activities, and platform calls need some. */
const SLOTS_PER_HOST = 16;
const SLOTS = 64;

/** How long an attempt waits for a slot, looking again so often, and how long its host is left alone if there is none (ms). */
const WAIT_FOR_SLOT = 1_000;
const LOOK_AGAIN_AFTER = 20;
const BUSY_FOR = 10_000;

/** Who gives a host less time than this (ms) learns nothing of it that others should suffer from: it takes no slot for long. */
const TIME_TO_ANSWER = 1_000;

/** How long a customer may have us wait at most (ms). */
const MAX_RETRY_AFTER = 3_600_000;

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
  /** When it began (epoch milliseconds). */
  at: number;
  ok: boolean;
  /** Nothing was sent, and nothing is known of it: the host is to be spared for so long (ms). */
  spared?: number;
  /** The host answered 410: it wants no more on this URL. */
  gone?: true;
  /** How long the host wants to be left alone (ms). */
  retryAfter?: number;
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
 * A sender of callback events that reaches the public internet and `allowedNetworks` only, with at most 16 attempts at one host
 * at a time, and 64 in all: hosts that hang must not take what others need. One that does not answer at all is spared for a
 * while. `spares: false` sends whatever comes, as the sandbox does.
 */
export function createDeliverer(allowedNetworks: AllowedNetworks, { spares = true } = {}): Deliverer {
  const slots = new Slots();
  const breaker = new Breaker();
  const agent = new Agent({ connect: guardedConnector(allowedNetworks, 10_000), pipelining: 1 });

  async function attempt(url: Attempt['url'], address: string, message: Message, target: Target): Promise<Attempt> {
    const { host } = new URL(address);
    const at = Date.now();
    const spare = (wait: number) => ({ url, at, ok: false, spared: wait, result: 'not sent', milliseconds: 0 });
    const free = spares ? await slots.take(host) : () => undefined;
    if (free === undefined) return spare(BUSY_FOR);
    const sparedFor = spares ? breaker.spare(host) : 0;
    if (sparedFor > 0) {
      free();
      return spare(sparedFor);
    }
    const startedAt = performance.now();
    const outcome = await send(address, message, target, agent);
    free();
    breaker.heard(host, outcome.answered);
    const { answered: _answered, ...told } = outcome;
    return { url, at, ...told, milliseconds: Math.round(performance.now() - startedAt) };
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
      // What was sent and failed counts; if nothing was sent, the sooner of the two.
      const sent = attempts.filter(({ spared }) => spared === undefined);
      return sent.length > 0 ? sent : attempts.toSorted((a, b) => (b.spared ?? 0) - (a.spared ?? 0)).slice(-1);
    },
    close: () => agent.close(),
  };
}

type Outcome = Pick<Attempt, 'ok' | 'result' | 'gone' | 'retryAfter'> & { answered: boolean | undefined };

async function send(address: string, message: Message, target: Target, dispatcher: Agent): Promise<Outcome> {
  const signal = AbortSignal.timeout(target.callbackTimeout);
  try {
    const { url, ...options } = callbackRequest(address, target.callbackHttpMethod, message);
    const { statusCode, headers, body } = await request(url, { ...options, dispatcher, signal });
    // Read on in the background: a body without end must not hold the events behind this one.
    body.dump({ limit: MAX_ANSWER }).catch(() => undefined);
    const ok = statusCode >= 200 && statusCode < 300;
    const redirected = statusCode >= 300 && statusCode < 400;
    const retryAfter = ok ? 0 : retryAfterOf([headers['retry-after']].flat()[0], Date.now());
    return {
      answered: true,
      ok,
      result: redirected ? `redirected (${statusCode})` : String(statusCode),
      ...(statusCode === 410 ? { gone: true } : {}),
      ...(retryAfter > 0 ? { retryAfter } : {}),
    };
  } catch (error) {
    const hadNoTime = signal.aborted && target.callbackTimeout < TIME_TO_ANSWER;
    return {
      answered: hadNoTime ? undefined : false,
      ok: false,
      result: failureOf(error, target.callbackTimeout),
    };
  }
}

/** `Retry-After` in milliseconds, from its seconds or its date (RFC 9110, 10.2.3); an hour at most, 0 if there is none. */
export function retryAfterOf(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER);
}

/** How many attempts are under way at each host, and in all. */
class Slots {
  private readonly underWay = new Map<string, number>();
  private total = 0;

  /** Takes one, if one is free now or soon: those of a host that answers are. The answer frees it. */
  async take(host: string): Promise<(() => void) | undefined> {
    const until = Date.now() + WAIT_FOR_SLOT;
    while (this.areTaken(host)) {
      if (Date.now() >= until) return undefined;
      await pause(LOOK_AGAIN_AFTER);
    }
    this.underWay.set(host, (this.underWay.get(host) ?? 0) + 1);
    this.total += 1;
    return () => {
      this.total -= 1;
      const left = (this.underWay.get(host) ?? 1) - 1;
      if (left > 0) this.underWay.set(host, left);
      else this.underWay.delete(host);
    };
  }

  private areTaken(host: string): boolean {
    return (this.underWay.get(host) ?? 0) >= SLOTS_PER_HOST || this.total >= SLOTS;
  }
}

function failureOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? `no answer within ${timeout} ms` : error.message || error.name;
}
