import { catapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { ANSWER_WITHIN_MS } from './budget.ts';

/** How long whoever calls waits. What was sent when the waiting ends may be done all the same. */
export interface CallOptions {
  /** Ends the waiting: the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long the call waits for an answer (ms; 10,000 unless given, and at most). */
  timeoutMs?: number | undefined;
}

/** How something is asked for that is to be done. */
export interface RequestOptions extends CallOptions {
  /**
   * Makes the request safe to repeat: the same key with the same request gives the first answer, with another one a 409. It belongs to
   * the conference; when one is created, to the account. 1 to 255 visible ASCII characters.
   */
  idempotencyKey?: string | undefined;
}

/** @throws CatapultError 400 for options that cannot be. */
export function checkOptions({ timeoutMs, idempotencyKey }: RequestOptions): void {
  if (timeoutMs !== undefined) requireWhole('timeoutMs', timeoutMs, 1, ANSWER_WITHIN_MS);
  if (idempotencyKey === undefined) return;
  const wanted = '1 to 255 visible ASCII characters';
  requireText('idempotencyKey', idempotencyKey, wanted);
  if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) throw wrong('idempotencyKey', idempotencyKey, wanted);
}

/** Whoever calls from JavaScript may give anything. @throws CatapultError 400 unless it is such a number. */
export function requireWhole(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return;
  const bounds = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
  throw wrong(name, value, `a whole number, ${bounds}`);
}

/** @throws CatapultError 400 unless it is a text. */
export function requireText(name: string, value: unknown, wanted: string): asserts value is string {
  if (typeof value !== 'string') throw wrong(name, value, wanted);
}

/** @throws CatapultError 400 unless it is an object. */
export function requireObject(name: string, value: unknown, wanted: string): asserts value is object {
  if (typeof value !== 'object' || value === null) throw wrong(name, value, wanted);
}

/** @throws CatapultError 400 unless it is one of these words. */
export function requireOneOf(name: string, value: unknown, words: readonly string[]): void {
  if (words.some((word) => word === value)) return;
  throw wrong(name, value, words.map((word) => `"${word}"`).join(' or '));
}

function wrong(name: string, got: unknown, wanted: string) {
  const value = outsideText(String(got), 100);
  return catapultError('validation-error', `${name}: got ${value}, wants ${wanted}.`, { details: [{ name, value }] });
}

/** Waits for work until the signal ends the waiting. @throws the signal's reason. */
export async function unlessAborted<Value>(signal: AbortSignal | undefined, work: Promise<Value>): Promise<Value> {
  if (signal === undefined) return await work;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

/** Goes through work until the signal ends that, between two of its values. @throws the signal's reason. */
export async function* untilAborted<Value>(signal: AbortSignal | undefined, work: AsyncIterable<Value>) {
  for await (const one of work) {
    signal?.throwIfAborted();
    yield one;
  }
}
