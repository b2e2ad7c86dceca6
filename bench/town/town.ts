import { setTimeout as sleep } from 'node:timers/promises';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { conferencesPath, idFromLocation } from '../../src/catapult/paths.ts';
import { Failure, reasonOf } from '../../src/failure.ts';
import { send, serve, type Serving } from '../http.ts';
import { Lifecycle, type Arrival } from './lifecycle.ts';
import { Meter } from './meter.ts';
import { Platform } from './platform.ts';
import { event, type Step } from './story.ts';

/** Longer than any answer of the wire takes. */
const CREATE_WITHIN_MS = 30_000;

/** The account that the systems under test have. */
export const ACCOUNT = { userId: 'u-local', token: 't-local', secret: 's-local' };

export interface Ports {
  platform: number;
  customer: number;
}

/**
 * Everybody around the system under test, in this one process and so by one clock: the platform, the customer, and whoever asks for
 * conferences.
 */
export class Town {
  readonly lifecycles = new Map<number, Lifecycle>();
  readonly platform: Platform;
  meter = new Meter();
  /** Create calls that were answered neither 201 nor 202, and why. */
  readonly failures = new Map<string, number>();
  /** Called at each event that comes for the first time. */
  onArrival: (lifecycle: Lifecycle, arrival: Arrival) => void = () => undefined;
  private customer: Serving | undefined;
  private count = 0;
  /** When something last came of what was asked for. */
  private movedAt = performance.now();
  /** Events of earlier conferences, and of earlier benches, are told from ours by it: four digits. */
  private readonly run = String(Math.floor(Date.now() / 1_000) % 10_000).padStart(4, '0');
  private readonly ports: Ports;
  private readonly giveUpAfterMs: number;

  /** When nothing has come from the system for `giveUpAfterMs`, nothing more is waited for; what is missing then is lost. */
  constructor(ports: Ports, giveUpAfterMs = 60_000) {
    this.ports = ports;
    this.giveUpAfterMs = giveUpAfterMs;
    this.platform = new Platform(
      ports.platform,
      () => this.meter,
      (from) => (from.startsWith(`+1${this.run}`) ? this.lifecycles.get(Number(from.slice(-7))) : undefined),
    );
  }

  async open(): Promise<void> {
    await this.platform.open();
    this.customer = await serve(this.ports.customer, ({ url = '' }, text, response) => {
      response.writeHead(200, { 'content-length': 0 }).end();
      this.receive(url, text);
    });
  }

  close(): void {
    this.platform.close();
    this.customer?.close();
  }

  /** Begins anew: nothing is expected of what was before. */
  clear(): void {
    for (const lifecycle of this.lifecycles.values()) lifecycle.isAbandoned = true;
    this.lifecycles.clear();
    this.failures.clear();
    this.platform.forget();
    this.meter = new Meter();
    this.onArrival = () => undefined;
    this.movedAt = performance.now();
  }

  /** Asks for a conference, and answers it once it is promised (201 or 202); undefined when that failed. */
  async create(baseUrl: string, story: readonly Step[], fields: object = {}): Promise<Lifecycle | undefined> {
    const lifecycle = new Lifecycle(++this.count, story);
    const { number } = lifecycle;
    this.lifecycles.set(number, lifecycle);
    const callbackUrl = `http://127.0.0.1:${this.customer?.port ?? this.ports.customer}/${this.run}/${number}`;
    const from = `+1${this.run}${String(number).padStart(7, '0')}`;
    const begun = performance.now();
    try {
      const { status, location, text } = await send(
        'POST',
        new URL(conferencesPath(ACCOUNT.userId), baseUrl),
        { from, callbackUrl, callbackTimeout: '10000', tag: `bench-${number}`, ...fields },
        { headers: { authorization: basicAuth(ACCOUNT) }, timeoutMs: CREATE_WITHIN_MS },
      );
      lifecycle.conferenceId = idFromLocation(location);
      if ((status !== 201 && status !== 202) || lifecycle.conferenceId === undefined)
        throw new Error(`a create call was answered ${status}: ${text.slice(0, 200)}`);
      this.movedAt = performance.now();
      this.meter.created(this.movedAt - begun, status);
      return lifecycle;
    } catch (error) {
      const why = reasonOf(error);
      this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
      lifecycle.isAbandoned = true;
      this.lifecycles.delete(number);
      return undefined;
    }
  }

  /** A conference that is created and has told the customer so. @throws Failure when it is not. */
  async createAndBegin(baseUrl: string, story: readonly Step[]): Promise<Lifecycle> {
    this.platform.whenCreated = (created) => void this.platform.tell(created, 0);
    const lifecycle = await this.create(baseUrl, story);
    if (lifecycle !== undefined && (await this.untilReceived(lifecycle, 1))) return lifecycle;
    throw new Failure(
      `A conference could not be begun: ${[...this.failures.keys()].join('; ') || 'its event did not come'}.`,
    );
  }

  /** Waits until the customer has so many events, or all. Answers whether it does; false once nothing comes from the system any more. */
  async untilReceived(lifecycle: Lifecycle, count = lifecycle.story.length): Promise<boolean> {
    const reached = lifecycle.reached(count);
    while (lifecycle.count < count) {
      const leftMs = this.movedAt + this.giveUpAfterMs - performance.now();
      if (leftMs <= 0) return false;
      await Promise.race([reached, sleep(leftMs, undefined, { ref: false })]);
    }
    return true;
  }

  private receive(path: string, text: string): void {
    const at = performance.now();
    const [, run, number] = path.split('/');
    const lifecycle = run === this.run ? this.lifecycles.get(Number(number)) : undefined;
    const parsed = event.safeParse(JSON.parse(text));
    if (lifecycle === undefined || !parsed.success) return;
    this.movedAt = at;
    const arrival = lifecycle.take(parsed.data, at);
    if (arrival === undefined) return;
    this.meter.relayed(at - arrival.sentAt);
    this.onArrival(lifecycle, arrival);
  }
}
