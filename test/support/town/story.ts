import { randomUUID } from 'node:crypto';
import { callsPath, conferencePath, conferencesPath, idFromLocation, memberPath } from '../../../src/catapult/paths.ts';
import type { PlatformConference } from '../controls.ts';
import type { Received } from '../customer.ts';
import { USER, type Answered, type Town } from './town.ts';
import { until } from '../until.ts';

const FROM = '+19195551234';

/** A customer repeats what was not answered for so long; then something is wrong (ms). */
const PATIENCE = 180_000;

const ASKS_EVERY_MS = 200;

/** How long the people of a story are waited for: a dial-out whose outcome is unknown may never have been done (ms). */
const FOR_PEOPLE = 20_000;

let told = 0;

/**
 * A customer's conference: two people are dialled, one is muted, one presses keys, one hangs up, and it ends. The customer does
 * as the documentation says: it repeats a request under its Idempotency-Key until it is answered.
 */
export class Story {
  readonly number = (told += 1);
  readonly path = `/story-${this.number}`;
  conferenceId = '';
  protected readonly town: Town;
  private readonly keys = randomUUID();
  private asked = 0;

  constructor(town: Town) {
    this.town = town;
  }

  /** The conference is created, and two people join it. */
  async open(people = 2): Promise<this> {
    await this.create();
    await Promise.all(Array.from({ length: people }, (_, index) => this.dial(index + 1)));
    await this.untilThere(people);
    return this;
  }

  async create(fields: object = {}): Promise<void> {
    const callbackUrl = this.town.customer.url(this.path);
    const answer = await this.ask(conferencesPath(USER), { from: FROM, callbackUrl, ...fields });
    this.conferenceId = idFromLocation(answer.location) ?? '';
  }

  /** All that its customer got, in order. */
  received(): Received[] {
    const { path, town } = this;
    return town.customer.received.filter((one) => one.path === path || one.path.startsWith(`${path}/`));
  }

  /** The call's own events come to a path of its own. */
  async dial(person: number): Promise<Answered> {
    const to = `+1919${String(this.number * 100 + person).padStart(7, '0')}`;
    const callbackUrl = this.town.customer.url(`${this.path}/call-${person}`);
    return await this.ask(callsPath(USER), { from: FROM, to, conferenceId: this.conferenceId, callbackUrl });
  }

  /** The first member is muted, what is said goes to all, the last one mutes itself by its keypad, and the first hangs up. */
  async middle(): Promise<void> {
    const people = await this.present();
    const [first] = people;
    const last = people.at(-1);
    if (first === undefined || last === undefined) return;
    await this.ask(memberPath(USER, this.conferenceId, first.id), { mute: true });
    await this.ask(`${conferencePath(USER, this.conferenceId)}/audio`, { sentence: 'Hi', tag: 'greeting' });
    if (last === first) return;
    await this.town.controls.press(last.callId, '0');
    await this.town.controls.hangUp(first.callId);
  }

  async somebodyHangsUp(): Promise<void> {
    const [first] = await this.present();
    if (first !== undefined) await this.town.controls.hangUp(first.callId);
  }

  /** Each of them mutes themselves by their keypad. */
  async allMute(): Promise<void> {
    for (const { callId } of await this.present()) await this.town.controls.press(callId, '0');
  }

  /** How many people the customer knows to be muted. */
  get knownAsMuted(): number {
    const muted = this.town.customer.at(this.path).filter(({ body }) => body['mute'] === true);
    return new Set(muted.map(({ body }) => body['memberId'])).size;
  }

  /** Every second one is ended by its customer, the others by the last person who hangs up. */
  async end(): Promise<void> {
    const left = await this.present();
    if (this.number % 2 === 0 && left.length > 0) {
      for (const { callId } of left) await this.town.controls.hangUp(callId);
    } else {
      await this.ask(conferencePath(USER, this.conferenceId), { state: 'completed' });
    }
  }

  /** Asks once, and tells what was answered. */
  async askToEnd(): Promise<number> {
    return (await this.once(conferencePath(USER, this.conferenceId), { state: 'completed' })).status;
  }

  async whole(): Promise<void> {
    await this.open();
    await this.middle();
    await this.end();
  }

  private async present(): Promise<PlatformConference['members']> {
    return (await this.there())?.members.filter(({ state }) => state === 'active') ?? [];
  }

  /** The platform's conference with people in it, or the one there is. */
  async there(): Promise<PlatformConference | undefined> {
    const made = await this.town.madeFor(this.conferenceId);
    return made.toSorted((a, b) => b.members.length - a.members.length)[0];
  }

  /** Asks as {@link ask} does, once. */
  once(path: string, body: object, key = this.key()): Promise<Answered> {
    return this.town.ask('POST', path, body, key);
  }

  /** Asks until the answer is final: not 429 and not 5xx, unless that says that the outcome will stay unknown. */
  protected async ask(path: string, body: object): Promise<Answered> {
    const key = this.key();
    const what = `${this.conferenceId || this.path}: an answer to ${path} ${JSON.stringify(body)}`;
    let unknown = 0;
    return await until(
      what,
      async () => {
        const answer = await this.once(path, body, key);
        if (answer.body.includes('outcome is unknown')) unknown += 1;
        const isFinal = (answer.status < 500 && answer.status !== 429) || unknown > 2;
        if (!isFinal) throw new Error(`${answer.status} ${answer.body}`);
        return answer;
      },
      PATIENCE,
      ASKS_EVERY_MS,
    );
  }

  private key(): string {
    this.asked += 1;
    return `${this.keys}-${this.asked}`;
  }

  private async untilThere(people: number): Promise<void> {
    const enough = async () => ((await this.there())?.members.length ?? 0) >= people || undefined;
    await until(`${people} people`, enough, FOR_PEOPLE).catch(() => undefined);
  }
}

/** So many stories at once, each with its conference opened. */
export async function openStories(town: Town, number: number): Promise<Story[]> {
  return await Promise.all(Array.from({ length: number }, () => new Story(town).open()));
}

export async function each(stories: Story[], part: 'open' | 'middle' | 'end' | 'whole'): Promise<void> {
  await Promise.all(stories.map((story) => story[part]()));
}
