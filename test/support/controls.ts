import { z } from 'zod';
import { callbackEvent } from '../../src/catapult/from-platform.ts';
import { until } from './until.ts';

const sent = z.object({
  event: callbackEvent,
  number: z.number(),
  at: z.string(),
  attempts: z.array(z.object({ url: z.enum(['callbackUrl', 'fallbackUrl']), ok: z.boolean(), result: z.string() })),
  fault: z.string().optional(),
});
const member = z.object({
  id: z.string(),
  callId: z.string(),
  state: z.string(),
  mute: z.boolean(),
  hold: z.boolean(),
});
const conference = z.object({
  id: z.string(),
  state: z.string(),
  callbackUrl: z.string().default(''),
  tag: z.string().optional(),
  mute: z.boolean(),
  members: z.array(member),
  callbacks: z.array(sent),
});
const call = z.object({
  callId: z.string(),
  to: z.string(),
  state: z.string(),
  conferenceId: z.string().optional(),
  callbacks: z.array(sent),
});
const faults = z.array(z.looseObject({ seed: z.number(), hits: z.number(), times: z.number().optional() }));

export type Sent = z.output<typeof sent>;
export type PlatformConference = z.output<typeof conference>;
export type PlatformCall = z.output<typeof call>;
export type Fault = z.output<typeof faults>[number];

/** How long it is asked until it answers: while it refuses connections it refuses those of its controls too. */
const ANSWERS_WITHIN_MS = 90_000;

/** The controls of a sandbox in a process of its own, over HTTP. */
export class SandboxControls {
  readonly url: string;
  private readonly answersWithinMs: number;

  /** With 0 ms it is asked once. */
  constructor(url: string, answersWithinMs = ANSWERS_WITHIN_MS) {
    this.url = url;
    this.answersWithinMs = answersWithinMs;
  }

  async conferences(): Promise<PlatformConference[]> {
    return z.array(conference).parse(await this.ask('conferences'));
  }

  async calls(): Promise<PlatformCall[]> {
    return z.array(call).parse(await this.ask('calls'));
  }

  /** How many callbacks are still to be sent, or have not been answered yet. */
  async callbacksWaiting(): Promise<number> {
    return z.object({ waiting: z.number() }).parse(await this.ask('callbacks')).waiting;
  }

  async callbacksAreSent(): Promise<void> {
    await until('every callback is sent', async () => (await this.callbacksWaiting()) === 0);
  }

  /** All that the platform made for one of our conferences. */
  async madeFor(conferenceId: string): Promise<PlatformConference[]> {
    return madeFor(conferenceId, await this.conferences());
  }

  async fault(fault: object): Promise<void> {
    await this.ask('faults', fault);
  }

  async endFaults(): Promise<void> {
    await this.ask('faults', undefined, 'DELETE');
  }

  /** The faults that are on. */
  async faults(): Promise<Fault[]> {
    return faults.parse(await this.ask('faults'));
  }

  /** How often the faults that are on have struck; one that struck for the last time is not on any more. */
  async hits(): Promise<number[]> {
    return (await this.faults()).map(({ hits }) => hits);
  }

  /** Somebody calls from outside; answers the call's id. */
  async callIn(call: { from?: string; to?: string } = {}): Promise<string> {
    return z.object({ callId: z.string() }).parse(await this.ask('calls', call)).callId;
  }

  async press(callId: string, digits: string): Promise<void> {
    await this.ask(`calls/${callId}`, { digits });
  }

  async hangUp(callId: string): Promise<void> {
    await this.ask(`calls/${callId}`, { state: 'completed' });
  }

  async settings(settings: object): Promise<void> {
    await this.ask('settings', settings);
  }

  async phone(number: string, behaviour: object): Promise<void> {
    await this.ask(`phones/${number}`, behaviour, 'PUT');
  }

  private async ask(what: string, body?: object, method = body === undefined ? 'GET' : 'POST'): Promise<unknown> {
    const answer = await until(
      `the sandbox answers ${method} ${what}`,
      () => this.send(what, method, body),
      this.answersWithinMs,
    );
    if (answer.status >= 400) throw new Error(`${method} ${what} was answered ${answer.status}: ${answer.text}`);
    return answer.text === '' ? undefined : JSON.parse(answer.text);
  }

  private async send(what: string, method: string, body?: object): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.url}/sandbox/${what}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  }
}

/** Those that the platform made for one of our conferences: our id is part of the callback URL that it got. */
export function madeFor(conferenceId: string, conferences: PlatformConference[]): PlatformConference[] {
  return conferences.filter(({ callbackUrl }) => callbackUrl.includes(`/${conferenceId}/`));
}
