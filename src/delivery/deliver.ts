import { lookup } from 'node:dns/promises';
import { Admission } from './admission.ts';
import type { AllowedNetworks } from './guard.ts';
import { CustomersNames, type Names } from './names.ts';
import type { Message } from './request.ts';
import { Sender } from './send.ts';

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

/** Whose event it is; the signal says that it need not wait for its turn any longer. */
export interface Delivery {
  account: string;
  signal?: AbortSignal;
  /** Told of each request as soon as it is over: the next one may take long. */
  onSent?: (attempt: Attempt) => void;
}

export interface Deliverer {
  /** Sends to callbackUrl; if that fails, once to fallbackUrl. The last attempt is the one that counts. Never throws. */
  deliver(message: Message, target: Target, delivery?: Delivery): Promise<Attempt[]>;
  close(): Promise<void>;
}

/** The system's look-up, for whoever has no other names beside its own. */
const systemsNames: Names = {
  addressesOf: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
};

interface DelivererOptions {
  /** Whether many accounts share it: what hangs must not take what others need. If not, all is sent at once. */
  isShared?: boolean;
  names?: Names;
}

/** A sender of callback events that reaches the public internet and `allowedNetworks` only. */
export function createDeliverer(
  allowedNetworks: AllowedNetworks,
  { isShared = true, names = isShared ? new CustomersNames() : systemsNames }: DelivererOptions = {},
): Deliverer {
  const sender = new Sender(allowedNetworks, names);
  const admission = isShared ? new Admission() : undefined;

  async function attempt(
    { url, address }: { url: Attempt['url']; address: string },
    message: Message,
    target: Target,
    { account, signal }: Delivery,
  ): Promise<Attempt> {
    const admitted = await admission?.enter({ account, origin: new URL(address).origin }, signal);
    const at = Date.now();
    if (admitted !== undefined && 'sparedMs' in admitted)
      return { url, at, ok: false, spared: admitted.sparedMs, result: 'not sent', milliseconds: 0 };
    const startedAt = performance.now();
    const { callbackHttpMethod: method, callbackTimeout: timeoutMs } = target;
    const { answered, ...told } = await sender.send({ address, method, message, timeoutMs, account });
    admitted?.over(answered);
    return { url, at, ...told, milliseconds: Math.round(performance.now() - startedAt) };
  }

  return {
    async deliver(message, target, delivery = { account: '' }) {
      const attempts: Attempt[] = [];
      for (const url of ['callbackUrl', 'fallbackUrl'] as const) {
        const address = target[url];
        if (address === undefined) continue;
        const made = await attempt({ url, address }, message, target, delivery);
        attempts.push(made);
        if (made.spared === undefined) delivery.onSent?.(made);
        if (made.ok) break;
      }
      // What was sent and failed counts; if nothing was sent, the sooner of the two.
      const sent = attempts.filter(({ spared }) => spared === undefined);
      const [sooner] = attempts.toSorted((a, b) => (a.spared ?? 0) - (b.spared ?? 0));
      if (sent.length > 0 || sooner === undefined) return sent;
      const spared = sooner.spared ?? 0;
      return [{ ...sooner, spared: admission?.comeBackAfter(delivery.account, spared) ?? spared }];
    },
    close: () => sender.close(),
  };
}
