import { MAX_RETRY_AFTER_MS, TIME_TO_ANSWER_MS } from './budget.ts';
import { present } from '../catapult/present.ts';
import { instantOf } from '../catapult/resources.ts';
import { HttpClient, NoAnswer } from '../http/client.ts';
import { answerOf } from './answers.ts';
import { whatFailed } from './failures.ts';
import { traceparent } from '../telemetry/tracing.ts';
import {
  DEFAULT_RULES,
  guardedLookup,
  refuseAddress,
  targetsOf,
  type AllowedNetworks,
  type OwnNetworks,
  type TargetRules,
} from './guard.ts';
import type { Names } from './names.ts';
import { callbackRequest, type Message } from './request.ts';

/** How one request is to be made; `timeoutMs` holds for all of it. */
export interface Order {
  address: string;
  method: 'GET' | 'POST';
  message: Message;
  timeoutMs: number;
  account: string;
}

/** What came of a request; `answered` undefined: that says nothing of the host. */
export interface Outcome {
  ok: boolean;
  result: string;
  answered: boolean | undefined;
  /** Nothing was sent, and it was not the host's doing: we lacked a descriptor, a port, a turn to look up its name. */
  isOurs?: true;
  /** When the connection is free, or gone: an answer's body may come after what counts of it. At once unless given. */
  closed?: Promise<void>;
  gone?: true;
  retryAfter?: number;
  /** The beginning of a failed answer's text. */
  answer?: string;
}

/** The networks of an account that has some of its own. */
export type NetworksOf = (account: string) => OwnNetworks | undefined;

interface SenderOptions {
  rules?: TargetRules | undefined;
  networksOf?: NetworksOf | undefined;
  /** Networks inside whose answers customers may read: those of their own are anyway. */
  readable?: AllowedNetworks | undefined;
}

/** Sends events to customers' URLs: to the public internet and `allowedNetworks` only. */
export class Sender {
  private readonly http = new HttpClient();
  private readonly allowedNetworks: AllowedNetworks;
  private readonly names: Names;
  private readonly rules: TargetRules;
  private readonly networksOf: NetworksOf;
  private readonly readable: AllowedNetworks;

  constructor(
    allowedNetworks: AllowedNetworks,
    names: Names,
    { rules = DEFAULT_RULES, networksOf = () => undefined, readable = [] }: SenderOptions = {},
  ) {
    this.allowedNetworks = allowedNetworks;
    this.names = names;
    this.rules = rules;
    this.networksOf = networksOf;
    this.readable = readable;
  }

  /** Never throws. */
  async send({ address, method, message, timeoutMs, account }: Order): Promise<Outcome> {
    try {
      const { url, ...request } = callbackRequest(address, method, message);
      Object.assign(request.headers, present({ traceparent: traceparent() }));
      const own = this.networksOf(account);
      const [allowed, rules] = targetsOf(this.allowedNetworks, this.rules, own);
      refuseAddress(url, allowed, rules);
      const addressesOf = (name: string) => this.names.addressesOf(name, account);
      const lookup = guardedLookup(allowed, addressesOf, rules.denied);
      // A connection that is kept was looked at for another account: one with networks of its own has new ones, which nobody else gets.
      const answer = await this.http.send(url, { ...request, lookup, timeoutMs, isRepeatable: own === undefined });
      // Only the status counts: a body without end must not hold the events behind this one.
      // A service that fails may show what it was sent, and credentials in a URL are shown to nobody.
      const hasCredentials = request.headers['authorization'] !== undefined;
      const readable = [...this.readable, ...(own?.allowed ?? [])];
      const text = hasCredentials ? undefined : await answerOf(answer, readable, rules.denied);
      if (text === undefined) answer.drop();
      const outcome = outcomeOf(answer.status, answer.headers['retry-after']);
      return { ...outcome, ...present({ answer: text }), closed: answer.closed };
    } catch (error) {
      const isOurs = error instanceof NoAnswer && error.isOurs;
      if (isOurs) return { answered: undefined, ok: false, result: whatFailed(error), isOurs };
      const hadNoTime = error instanceof NoAnswer && error.isTimeout && timeoutMs < TIME_TO_ANSWER_MS;
      return { answered: hadNoTime ? undefined : false, ok: false, result: whatFailed(error) };
    }
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

function outcomeOf(status: number, retryAfterHeader: string | undefined): Outcome {
  const ok = status >= 200 && status < 300;
  const isRedirected = status >= 300 && status < 400;
  const retryAfter = ok ? 0 : retryAfterOf(retryAfterHeader, Date.now());
  return {
    answered: true,
    ok,
    result: isRedirected ? `redirected (${status})` : String(status),
    ...present({ gone: status === 410 || undefined, retryAfter: retryAfter > 0 ? retryAfter : undefined }),
  };
}

/** `Retry-After` in milliseconds, from its seconds or its date (RFC 9110, 10.2.3); an hour at most, 0 if there is none. */
export function retryAfterOf(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : instantOf(header) - now;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS);
}
