import { instant, nameOfEvent, stepName, type Event, type Step } from './story.ts';

/** What the customer did not get as it was told, added up over lifecycles. */
export interface Faults {
  /** Events that the customer never got. */
  lost: number;
  /** Requests with an event that had come before. */
  doubled: number;
  /** Events that came, for the first time, after a later one. */
  outOfOrder: number;
  /** Events that belong to no conference of ours, or name another one. */
  misaddressed: number;
}

/** An event that came and had not come before: when, and when the platform first sent it. */
export interface Arrival {
  at: number;
  sentAt: number;
}

const MAX_REMARKS = 5;

/** One conference, from both ends: what the platform has told of it, and what the customer got. Times are those of `performance.now()`. */
export class Lifecycle {
  /** Its id in the system under test, once a create call was answered with it. */
  conferenceId: string | undefined;
  /** Its id on the platform, once it was created there. */
  platformId: string | undefined;
  /** Others that were created there for it, and wait to see whether they live. */
  readonly spareIds: string[] = [];
  createdAtPlatform = NaN;
  /** Nobody looks at it any more, so the platform tells nothing more. */
  isAbandoned = false;
  /** How far the platform has told the story; what it shows of the conference is as far. */
  told = 0;
  /** When each step happened, in the wire's words: an event that is sent again says the same. */
  readonly instants: string[] = [];
  doubled = 0;
  outOfOrder = 0;
  misaddressed = 0;
  /** What went wrong, in words. */
  private readonly remarks: string[] = [];
  readonly number: number;
  readonly story: readonly Step[];
  /** How many of its events the customer has. */
  count = 0;
  private readonly sentAt: number[] = [];
  private readonly received: boolean[] = [];
  private readonly indexes: ReadonlyMap<string, number>;
  private latest = -1;
  private readonly waiting: { count: number; go: () => void }[] = [];

  constructor(number: number, story: readonly Step[]) {
    this.number = number;
    this.story = story;
    this.indexes = indexesOf(story);
  }

  /** What was told and has not come; of a conference that was promised and never created, all. */
  get lost(): number {
    const told = this.platformId === undefined ? this.story.length : Object.keys(this.sentAt).length;
    return told - this.count;
  }

  private nameAt(index: number): string {
    const step = this.story[index];
    return step === undefined ? '' : stepName(step);
  }

  /** What went wrong in it, in words; empty if nothing did. */
  faultsInWords(): string {
    const lost = this.story.filter((_, index) => this.sentAt[index] !== undefined && !this.received[index]);
    const remarks = [...this.remarks, ...lost.map((step) => `${stepName(step)} lost`)];
    return remarks.length > MAX_REMARKS ? `${remarks.slice(0, MAX_REMARKS).join(', ')}, …` : remarks.join(', ');
  }

  /** Resolves when the customer has so many of its events. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.count >= count) resolve();
      else this.waiting.push({ count, go: resolve });
    });
  }

  /** One of its conferences on the platform is completed. Answers the one in which its story begins anew, if that was told in this one. */
  giveUp(platformId: string): string | undefined {
    const place = this.spareIds.indexOf(platformId);
    if (place >= 0) this.spareIds.splice(place, 1);
    const spare = platformId === this.platformId ? this.spareIds.shift() : undefined;
    if (spare !== undefined) this.told = this.instants.length = this.sentAt.length = 0;
    return spare;
  }

  /** The platform sends an event; only the first time counts. */
  sent(index: number): void {
    this.sentAt[index] ??= performance.now();
    this.instants[index] ??= instant();
    this.told = Math.max(this.told, index + 1);
  }

  /** The customer gets an event; undefined is answered if it counts for nothing. */
  take(event: Event, at = performance.now()): Arrival | undefined {
    const index = this.indexes.get(nameOfEvent(event));
    const isOther = this.conferenceId !== undefined && event.conferenceId !== this.conferenceId;
    if (index === undefined || isOther) {
      this.remarks.push(`${nameOfEvent(event)} of ${event.conferenceId}`);
      this.misaddressed += 1;
      return undefined;
    }
    if (this.received[index]) {
      this.remarks.push(`${nameOfEvent(event)} again`);
      this.doubled += 1;
      return undefined;
    }
    this.received[index] = true;
    this.count += 1;
    if (index < this.latest) {
      this.remarks.push(`${nameOfEvent(event)} after ${this.nameAt(this.latest)}`);
      this.outOfOrder += 1;
    }
    this.latest = Math.max(this.latest, index);
    for (const { count, go } of this.waiting) if (this.count >= count) go();
    return { at, sentAt: this.sentAt[index] ?? NaN };
  }
}

/** The faults of all of them. */
export function faultsOf(lifecycles: Iterable<Lifecycle>): Faults {
  const faults = { lost: 0, doubled: 0, outOfOrder: 0, misaddressed: 0 };
  for (const lifecycle of lifecycles)
    for (const fault of ['lost', 'doubled', 'outOfOrder', 'misaddressed'] as const) faults[fault] += lifecycle[fault];
  return faults;
}

const known = new Map<readonly Step[], ReadonlyMap<string, number>>();

/** Every lifecycle of a story shares one. */
function indexesOf(story: readonly Step[]): ReadonlyMap<string, number> {
  const indexes = known.get(story) ?? new Map(story.map((step, index) => [stepName(step), index]));
  known.set(story, indexes);
  return indexes;
}
