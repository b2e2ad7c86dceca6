import { activityInfo } from '@temporalio/activity';
import { catapultError, type WireError } from '../../src/catapult/errors.ts';
import { saidBy, type CallbackEvent } from '../../src/catapult/events.ts';
import type { DeliveryAttempt, Deliverer, Delivery, Target } from '../../src/delivery/deliver.ts';
import type { Message } from '../../src/delivery/request.ts';
import type {
  CallbacksOutcome,
  PlatformAccount,
  PlatformClient,
  PlatformConferenceRequest,
  PlatformOutcome,
  PlatformReadingOutcome,
} from '../../src/platform/client.ts';

/*
 * The platform and the customer, played where the HTTP clients of the two stand: a server whose clock leaps would leave real
 * sockets behind.
 */

/** What the platform does with one create attempt. */
export type Turn =
  | 'works'
  /** Has the conference, but its answer never arrives. */
  | 'loses its answer'
  /** Has done nothing, and says so with a 503. */
  | 'is unavailable'
  | 'refuses'
  /** Wants to be asked again after so many seconds. */
  | { retryAfter: number };

export const REFUSAL = {
  status: 403,
  category: 'forbidden',
  code: 'conference-error',
  message: 'not from this number',
} satisfies WireError;

export const UNAVAILABLE = catapultError('gateway-unavailable', 'The platform is played by a test.').wire;

const refuses = async (): Promise<PlatformOutcome> => ({ outcome: 'refused', error: REFUSAL });

/** A platform as its HTTP client shows it; its conferences are `platform-1` for the first attempt, and so on. */
export class FakePlatform implements PlatformClient {
  /** When each create attempt arrived (server time, ms). */
  readonly attempts: number[] = [];
  /** What it was told to complete, in order. */
  readonly completed: string[] = [];
  /** What it does with the attempt of this number; a promise keeps the attempt running. */
  turn: (attempt: number) => Turn | Promise<Turn> = () => 'works';
  /** What it does when it is told to complete a conference. */
  completing: () => 'works' | 'is unavailable' = () => 'works';
  private readonly callbackUrls = new Map<string, string>();
  private readonly now: () => Promise<number>;
  private readonly closing = gate<Turn>();

  constructor(now: () => Promise<number>) {
    this.now = now;
  }

  async createConference(
    _account: PlatformAccount,
    { callbackUrl }: PlatformConferenceRequest,
  ): Promise<PlatformOutcome> {
    const { attempt } = activityInfo();
    this.callbackUrls.set(platformId(attempt), callbackUrl);
    this.attempts.push(await this.now());
    const turn = await Promise.race([this.turn(attempt), this.closing.opened]);
    if (turn === 'works') return { outcome: 'done', id: platformId(attempt) };
    if (turn === 'refuses') return { outcome: 'refused', error: REFUSAL };
    if (typeof turn === 'string') return { outcome: 'unavailable', error: UNAVAILABLE };
    const { wire: error } = catapultError('rate-limit-reached', 'Too many conferences.');
    return { outcome: 'rate-limited', error, retryAt: Date.now() + turn.retryAfter * 1000 };
  }

  async completeConference(_account: PlatformAccount, id: string): Promise<PlatformOutcome> {
    if (this.completing() !== 'works') return { outcome: 'unavailable', error: UNAVAILABLE };
    this.completed.push(id);
    return { outcome: 'done' };
  }

  // What most tests do not ask for.
  updateConference = refuses;
  updateMember = refuses;
  addMember = refuses;
  playAudio = refuses;
  registerCallbacks = refuses;
  dial = refuses;

  /** What it answers when it is asked for a conference; with nothing said it shows one that nobody has joined. */
  reading: (id: string) => PlatformReadingOutcome = (id) => ({
    outcome: 'read',
    conference: { state: this.completed.includes(id) ? 'completed' : 'created', createdTime: '2026-01-01T00:00:00Z' },
    members: [],
  });
  /** The conferences that it was asked for, and when (server time, ms). */
  readonly asked: number[] = [];

  async readConference(_account: PlatformAccount, id: string): Promise<PlatformReadingOutcome> {
    this.asked.push(await this.now());
    return this.reading(id);
  }

  async readCallbacks(_account: PlatformAccount, id: string): Promise<CallbacksOutcome> {
    return { outcome: 'read', state: 'created', callbackUrl: this.callbackUrls.get(id) };
  }

  /** Ends what still waits for a gate, so that the worker can stop. */
  async close(): Promise<void> {
    this.closing.open('is unavailable');
  }
}

/** The platform's id of the conference that this create attempt made. */
export function platformId(attempt: number): string {
  return `platform-${attempt}`;
}

/** The event with which the platform tells that it has this conference, or that it is over. */
export function statusEvent(id: string, status: 'created' | 'completed'): CallbackEvent {
  return { eventType: 'conference', conferenceId: id, status, createdTime: '2026-01-01T00:00:00Z' };
}

export function digitEvent(id: string, digits: number): CallbackEvent {
  return { eventType: 'dtmf', conferenceId: id, digits: String(digits) };
}

/** Something that happens when the test says so. */
export interface Gate<Value> {
  opened: Promise<Value>;
  open: (value: Value) => void;
}

export function gate<Value>(): Gate<Value> {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => (open = resolve));
  return { opened, open };
}

export interface Try {
  /** The event's number in the order of acceptance. */
  sequence: number;
  event: CallbackEvent;
  url: string | undefined;
  ok: boolean;
  /** Server time, ms. */
  at: number;
}

/** A customer as the deliverer sees it: up or down, at any URL. Every try is kept. */
export class FakeCustomer implements Deliverer {
  readonly tries: Try[] = [];
  /** Whether it takes the event; a promise keeps the try running. */
  takes: (event: CallbackEvent, url: string | undefined) => boolean | Promise<boolean> = () => true;
  private readonly now: () => Promise<number>;
  private readonly closing = gate<boolean>();

  constructor(now: () => Promise<number>) {
    this.now = now;
  }

  async deliver(
    { event: told, signing }: Message,
    { callbackUrl }: Target,
    { onSent }: Partial<Delivery> = {},
  ): Promise<DeliveryAttempt[]> {
    const event = saidBy(told);
    const at = await this.now();
    const made: Try = { sequence: signing?.sequence ?? 0, event, url: callbackUrl, ok: false, at };
    this.tries.push(made);
    made.ok = await Promise.race([this.takes(event, callbackUrl), this.closing.opened]);
    const attempt: DeliveryAttempt = {
      url: 'callbackUrl',
      at,
      ok: made.ok,
      result: made.ok ? '200' : '503',
      milliseconds: 0,
    };
    onSent?.(attempt);
    return [attempt];
  }

  /** What it took, in order: `status`, or the event's type and what tells it apart. */
  get told(): string[] {
    return this.taken.map(({ status, eventType, digits }) => status ?? `${eventType} ${String(digits)}`);
  }

  get taken(): CallbackEvent[] {
    return this.tries.filter(({ ok }) => ok).map(({ event }) => event);
  }

  /** Ends what still waits for a gate, so that the worker can stop. */
  async close(): Promise<void> {
    this.closing.open(false);
  }
}
