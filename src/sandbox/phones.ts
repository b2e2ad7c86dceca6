import { z } from 'zod';
import { RINGS_FOR_MS } from './budget.ts';
import { count, milliseconds, only } from './settings.ts';

/** What happens at a number that is dialled. */
export interface PhoneBehaviour {
  answers: 'yes' | 'busy' | 'no' | 'rejects';
  /** How long it rings until the phone answers, is found busy or rejects (ms). */
  after: number;
  /** How long an answered call lasts until the phone hangs up (ms); without it, the phone stays. */
  hangsUpAfter?: number | undefined;
}

/** A behaviour that was set, for so many calls; without `times` for all. */
export interface PhoneSetting extends PhoneBehaviour {
  times?: number | undefined;
}

const answersAndStays: PhoneBehaviour = { answers: 'yes', after: RINGS_FOR_MS };

/** PUT /sandbox/phones/{number} */
export const phoneRequest = only({
  answers: z.enum(['yes', 'busy', 'no', 'rejects'], { error: '"yes", "busy", "no" or "rejects"' }).default('yes'),
  after: milliseconds.default(RINGS_FOR_MS),
  hangsUpAfter: milliseconds.optional(),
  times: count.optional(),
});

interface BuiltInPhone {
  does: string;
  /** Its behaviour on each call from the same conference; the last one goes on. */
  calls: [PhoneBehaviour, ...PhoneBehaviour[]];
}

/** Numbers that need no set-up. */
export const builtInPhones: Readonly<Record<string, BuiltInPhone>> = {
  '+15550001001': { does: 'is busy', calls: [{ answers: 'busy', after: RINGS_FOR_MS }] },
  '+15550001002': { does: 'does not answer', calls: [{ answers: 'no', after: RINGS_FOR_MS }] },
  '+15550001003': { does: 'rejects the call', calls: [{ answers: 'rejects', after: RINGS_FOR_MS }] },
  '+15550001004': { does: 'answers after 5 s and stays', calls: [{ answers: 'yes', after: 5_000 }] },
  '+15550001005': {
    does: 'answers, and hangs up 3 s later',
    calls: [{ answers: 'yes', after: RINGS_FOR_MS, hangsUpAfter: 3_000 }],
  },
  '+15550001006': {
    does: 'is busy the first time a conference dials it, then answers and stays',
    calls: [{ answers: 'busy', after: RINGS_FOR_MS }, answersAndStays],
  },
};

/** Lets a test say in words what a phone does. */
export interface Phone {
  answers(how?: { after?: number; hangsUpAfter?: number; times?: number }): void;
  soundsBusy(how?: { after?: number; times?: number }): void;
  doesNotAnswer(how?: { times?: number }): void;
  rejects(how?: { after?: number; times?: number }): void;
  /** Undoes what was set. */
  behavesAsUsual(): void;
}

/** All telephones of the world, by their numbers. */
export class Phones {
  private readonly settings = new Map<string, PhoneSetting>();

  set(number: string, setting: PhoneSetting): void {
    this.settings.set(number, setting);
  }

  reset(number: string): void {
    this.settings.delete(number);
  }

  /** All that was set, by the numbers. */
  keep(): [string, PhoneSetting][] {
    return [...this.settings];
  }

  /** What a call meets that begins now; `earlierCalls` is how often the same conference has dialled the number before. */
  take(number: string, earlierCalls: number): PhoneBehaviour {
    const setting = this.settings.get(number);
    if (setting === undefined) return usual(number, earlierCalls);
    if (setting.times === 1) this.reset(number);
    else if (setting.times !== undefined) this.set(number, { ...setting, times: setting.times - 1 });
    return setting;
  }

  /** What was set, and the numbers that need no set-up, each with what its next call meets. */
  list(): (PhoneSetting & { number: string; does?: string })[] {
    const set = [...this.settings].map(([number, setting]) => ({ number, ...setting }));
    const builtIn = Object.entries(builtInPhones)
      .filter(([number]) => !this.settings.has(number))
      .map(([number, { does, calls }]) => ({ number, does, ...calls[0] }));
    return [...set, ...builtIn];
  }

  phone(number: string): Phone {
    const set = (answers: PhoneBehaviour['answers'], how: Partial<PhoneSetting> = {}) =>
      this.set(number, { after: RINGS_FOR_MS, ...how, answers });
    return {
      answers: (how) => set('yes', how),
      soundsBusy: (how) => set('busy', how),
      doesNotAnswer: (how) => set('no', how),
      rejects: (how) => set('rejects', how),
      behavesAsUsual: () => this.reset(number),
    };
  }
}

function usual(number: string, earlierCalls: number): PhoneBehaviour {
  const phone = builtInPhones[number];
  if (phone === undefined) return answersAndStays;
  return phone.calls[Math.min(earlierCalls, phone.calls.length - 1)] ?? phone.calls[0];
}
