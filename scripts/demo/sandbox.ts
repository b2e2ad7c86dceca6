import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { answered, ask, bodyOf } from './http.ts';

const sent = z.object({
  number: z.number(),
  event: z.looseObject({ eventType: z.string(), state: z.string().optional(), memberId: z.string().optional() }),
  attempts: z.array(z.object({ url: z.string(), ok: z.boolean(), result: z.string() })),
});
const member = z.object({ id: z.string(), callId: z.string(), state: z.string(), mute: z.boolean() });
const conference = z.object({
  id: z.string(),
  state: z.string(),
  callbackUrl: z.string().default(''),
  activeMembers: z.number(),
  members: z.array(member),
  callbacks: z.array(sent),
});
const call = z.object({
  callId: z.string(),
  conferenceId: z.string().optional(),
  state: z.string(),
  callbacks: z.array(sent),
});
const fault = z.looseObject({ seed: z.number(), hits: z.number(), times: z.number().optional() });

/** A conference as it really exists on the platform. */
export type PlatformConference = z.output<typeof conference>;

/** The sandbox's own controls: what exists on the platform, people outside, faults. */
export class Sandbox {
  readonly url: string;
  private readonly ourFaults = new Set<number>();

  constructor(url: string) {
    this.url = url;
  }

  /** All that the platform made for one of our conferences; our id is part of the callback URL that it got. */
  async madeFor(conferenceId: string): Promise<PlatformConference[]> {
    const all = bodyOf(z.array(conference), await this.get('conferences'));
    return all.filter(({ callbackUrl }) => callbackUrl.includes(`/${conferenceId}/`));
  }

  async calls(): Promise<z.output<typeof call>[]> {
    return bodyOf(z.array(call), await this.get('calls'));
  }

  /** Somebody calls from outside; answers the call's id. */
  async callIn(from: string): Promise<string> {
    const made = answered(201, await this.post('calls', { from }));
    return bodyOf(z.object({ callId: z.string() }), made).callId;
  }

  async hangUp(callId: string): Promise<void> {
    answered(200, await this.post(`calls/${callId}`, { state: 'completed' }));
  }

  /** Lets the platform do the next create call, and lose its answer. Answers whether that has happened. */
  async loseAnswerOfNextCreate(): Promise<() => Promise<boolean>> {
    // The seed is how our fault is known among others: the sandbox gives faults no name.
    const seed = randomInt(2 ** 32);
    this.ourFaults.add(seed);
    const on = { method: 'POST', route: '/conferences' };
    answered(201, await this.post('faults', { on, drop: 'after', times: 1, seed }));
    return async () => !(await this.faults()).some((running) => running.seed === seed);
  }

  /** The faults that others have set. */
  async faultsOfOthers(): Promise<object[]> {
    return (await this.faults()).filter(({ seed }) => !this.ourFaults.has(seed));
  }

  /** Ends our faults and leaves those of others, each with as many strikes as it had left. */
  async removeOurFaults(): Promise<void> {
    const running = await this.faults();
    if (!running.some(({ seed }) => this.ourFaults.has(seed))) return;
    // The sandbox can end all faults only.
    await ask(`${this.url}/sandbox/faults`, { method: 'DELETE' });
    for (const { hits, times, ...fault } of running) {
      if (this.ourFaults.has(fault.seed)) continue;
      await this.post('faults', times === undefined ? fault : { ...fault, times: times - hits });
    }
  }

  private async faults(): Promise<z.output<typeof fault>[]> {
    return bodyOf(z.array(fault), await this.get('faults'));
  }

  private get(what: string) {
    return ask(`${this.url}/sandbox/${what}`);
  }

  private post(what: string, body: object) {
    return ask(`${this.url}/sandbox/${what}`, { method: 'POST', body });
  }
}
