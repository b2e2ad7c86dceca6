import { lookup } from 'node:dns/promises';
import { BUSY_FOR_MS } from './budget.ts';
import { present } from '../catapult/present.ts';
import { Admission, type SparedOrigin } from './admission.ts';
import type { AllowedNetworks, TargetRules } from './guard.ts';
import { CustomersNames, type Names } from './names.ts';
import { kindOf } from './failures.ts';
import type { Message } from './request.ts';
import { Sender, type NetworksOf } from './send.ts';
import { observe } from '../telemetry/metrics.ts';
import { traced } from '../telemetry/tracing.ts';

/** Where events go; `callbackTimeout` (milliseconds) holds for each of the two URLs. */
export interface Target {
  callbackUrl?: string | undefined;
  fallbackUrl?: string | undefined;
  callbackHttpMethod: 'GET' | 'POST';
  callbackTimeout: number;
}

/** One request to one of the two URLs: its status, or what went wrong. */
export interface DeliveryAttempt {
  url: 'callbackUrl' | 'fallbackUrl';
  /** When it began (epoch milliseconds). */
  at: number;
  ok: boolean;
  /** Nothing was sent, and that is nobody's failure: it is to be tried again after so long (ms). */
  spared?: number;
  /** For it is known that the host does not answer, and not only because others were before it. */
  isDead?: true;
  /** The host answered 410: it wants no more on this URL. */
  gone?: true;
  /** How long the host wants to be left alone (ms). */
  retryAfter?: number;
  /** `200`, `redirected (302)`, or one of the words of failures.ts. */
  result: string;
  milliseconds: number;
  /** The beginning of a failed answer's text. */
  answer?: string;
}

/** What is put on record of a request. */
export function attemptOnRecord(sequence: number, { at, url, ok, result, milliseconds, answer }: DeliveryAttempt) {
  return { sequence, at, url, ok, result, milliseconds, ...present({ answer }) };
}

/** Whose event it is; the signal says that it need not wait for its turn any longer. */
export interface Delivery {
  account: string;
  signal?: AbortSignal;
  /** Told of each request as soon as it is over: the next one may take long. */
  onSent?: (attempt: DeliveryAttempt) => void;
}

export interface Deliverer {
  /** Sends to callbackUrl; if that fails or is dead, once to fallbackUrl. The last attempt is the one that counts. Never throws. */
  deliver(message: Message, target: Target, delivery?: Delivery): Promise<DeliveryAttempt[]>;
  close(): Promise<void>;
}

/** One that tells people what it does. */
export interface WatchedDeliverer extends Deliverer {
  /** The origins that do not answer, to which it sends nothing for a while. */
  spared(): SparedOrigin[];
}

/** The system's look-up, for whoever has no other names beside its own. */
const systemsNames: Names = {
  addressesOf: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
};

interface DelivererOptions {
  /** Whether many accounts share it: what hangs must not take what others need. If not, all is sent at once. */
  isShared?: boolean;
  names?: Names;
  rules?: TargetRules;
  /** Of an account that has some of its own. */
  networksOf?: NetworksOf;
  readable?: AllowedNetworks;
}

/** A sender of callback events that reaches the public internet and `allowedNetworks` only. */
export function createDeliverer(
  allowedNetworks: AllowedNetworks,
  {
    isShared = true,
    names = isShared ? new CustomersNames() : systemsNames,
    rules,
    networksOf,
    readable,
  }: DelivererOptions = {},
): WatchedDeliverer {
  const sender = new Sender(allowedNetworks, names, { rules, networksOf, readable });
  const admission = isShared ? new Admission() : undefined;

  async function attempt(
    { url, address }: { url: DeliveryAttempt['url']; address: string },
    message: Message,
    target: Target,
    { account, signal }: Delivery,
  ): Promise<DeliveryAttempt> {
    const admitted = await admission?.enter({ account, origin: new URL(address).origin }, signal);
    const at = Date.now();
    if (admitted !== undefined && 'sparedMs' in admitted) {
      const { sparedMs: spared, isDead } = admitted;
      return present({ url, at, ok: false, spared, isDead: isDead || undefined, result: 'not sent', milliseconds: 0 });
    }
    const startedAt = performance.now();
    const { callbackHttpMethod: method, callbackTimeout: timeoutMs } = target;
    const { answered, closed, isOurs, ...told } = await traced(`${method} ${url}`, { kind: 'client' }, () =>
      sender.send({ address, method, message, timeoutMs, account }),
    );
    admitted?.over(answered, closed);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (isOurs !== true)
      observe('convoke_delivery_attempt_duration_seconds', { url, result: kindOf(told.result) }, seconds);
    const spared = isOurs === true ? BUSY_FOR_MS : undefined;
    return present({ url, at, ...told, spared, milliseconds: Math.round(performance.now() - startedAt) });
  }

  return {
    async deliver(message, target, delivery = { account: '' }) {
      const attempts: DeliveryAttempt[] = [];
      for (const url of ['callbackUrl', 'fallbackUrl'] as const) {
        const address = target[url];
        if (address === undefined) continue;
        const made = await attempt({ url, address }, message, target, delivery);
        attempts.push(made);
        if (made.spared === undefined) delivery.onSent?.(made);
        if (made.ok || isOnlyLate(made)) break;
      }
      // What was sent and failed counts, unless the other URL is still to be asked; if nothing was sent, the sooner of the two.
      const sent = attempts.filter(({ spared }) => spared === undefined);
      const late = attempts.find(isOnlyLate);
      if (sent.length > 0 && late === undefined) return sent;
      const sooner = late ?? attempts.toSorted((a, b) => (a.spared ?? 0) - (b.spared ?? 0))[0];
      if (sooner === undefined) return [];
      const { spared = 0, url } = sooner;
      const claim = { account: delivery.account, origin: new URL(target[url] ?? '').origin };
      return [...sent, { ...sooner, spared: admission?.comeBackAfter(claim, spared) ?? spared }];
    },
    spared: () => admission?.spared() ?? [],
    close: () => {
      admission?.close();
      return sender.close();
    },
  };
}

/** It had no turn yet, and nothing speaks against its host. */
function isOnlyLate({ spared, isDead }: DeliveryAttempt): boolean {
  return spared !== undefined && isDead !== true;
}
