import type { Credentials } from '../catapult/credentials.ts';
import { MAX_KEPT_CONFERENCES } from './budget.ts';
import { refusals } from '../catapult/platform-refusals.ts';
import type {
  AddMemberRequest,
  AudioRequest,
  CallRequest,
  CreateConferenceRequest,
  UpdateMemberRequest,
} from '../catapult/requests.ts';
import type { Conference, Member } from '../catapult/resources.ts';
import type { Caller } from '../catapult/server/handlers.ts';
import type { Deliverer } from '../delivery/deliver.ts';
import { Call, type Seat } from './call.ts';
import { Callbacks } from './callbacks.ts';
import { timersOn, type Clock, type Timers } from './clock.ts';
import { SandboxConference } from './conference.ts';
import type { Faults } from './faults.ts';
import type { SentCallback } from './happening.ts';
import type { Kept } from './kept.ts';
import { Limits } from './limits.ts';
import { Phones, type Phone } from './phones.ts';
import { Reception } from './reception.ts';
import { defaultSettings } from './settings.ts';
import type { World } from './world.ts';

/** The numbers of a call from outside, unless it says otherwise. */
const OUTSIDE = '+15550002001';
const INSIDE = '+15550002000';

/** What is asked for, by its ids. */
interface ConferencePlace {
  conferenceId: string;
}
interface MemberPlace extends ConferencePlace {
  memberId: string;
}

/** A conference as it really is, with all that belongs to it. */
export type ShownConference = Conference & { members: Member[]; callbacks: SentCallback[] };

/** All that the platform remembers. */
interface Memory extends World {
  clock: Timers;
  reception: Reception;
  conferences: Map<string, SandboxConference>;
  calls: Map<string, Call>;
}

/** A Catapult platform in memory, with simulated telephones around it. */
export class SandboxPlatform {
  readonly settings = defaultSettings();
  readonly phones = new Phones();
  private readonly account: Credentials & { userId: string };
  private readonly limits: Limits;
  private readonly remembering: () => Memory;
  private memory: Memory;

  /** `changed` hears of what happens by itself: a callback is through, a phone answers. */
  constructor(
    account: Credentials & { userId: string },
    deliverer: Deliverer,
    clock: Clock,
    faults: Faults,
    changed?: () => void,
  ) {
    this.account = account;
    this.limits = new Limits(clock, this.settings);
    this.remembering = () => {
      const timers = timersOn(clock);
      const conferences = new Map<string, SandboxConference>();
      const calls = new Map<string, Call>();
      return {
        clock: timers,
        settings: this.settings,
        callbacks: new Callbacks(deliverer, timers, faults, changed),
        reception: new Reception(conferences, calls),
        conferences,
        calls,
      };
    };
    this.memory = this.remembering();
  }

  authenticate(userId: string, { token, secret }: Credentials): boolean {
    return userId === this.account.userId && token === this.account.token && secret === this.account.secret;
  }

  /** Makes a conference; like all that is asked of the platform it throws a CatapultError where that may not be. */
  create(settings: CreateConferenceRequest, caller: Caller): SandboxConference {
    this.limits.takeConference();
    const conference = new SandboxConference(settings, caller, this.memory);
    this.memory.conferences.set(conference.id, conference);
    if (settings.dialIn !== undefined) this.receiveWhoWaits();
    return conference;
  }

  /** Plays to all, or to one. */
  play({ conferenceId, memberId }: ConferencePlace & Partial<MemberPlace>, audio: AudioRequest): void {
    const conference = this.openConferenceAt({ conferenceId });
    conference.play(audio, memberId === undefined ? undefined : this.activeSeatAt({ conferenceId, memberId }));
  }

  addMember(place: ConferencePlace, { callId, ...settings }: AddMemberRequest): Seat {
    const conference = this.openConferenceAt(place);
    const call = this.call(callId);
    if (call?.state !== 'active') throw refusals.noCall(callId);
    return conference.add(call, settings);
  }

  updateMember(place: MemberPlace, { state, ...change }: UpdateMemberRequest): void {
    const conference = this.openConferenceAt(place);
    const seat = this.activeSeatAt(place);
    conference.change(seat, change);
    if (state === 'completed') conference.leave(seat);
  }

  dial(request: CallRequest, caller: Caller): Call {
    const conference = this.openConferenceAt(request);
    conference.assertRoom();
    this.limits.takeCall();
    const earlierCalls = conference.dialled.filter(({ to }) => to === request.to).length;
    const call = new Call(request, this.memory, { request, conference, caller });
    this.memory.calls.set(call.id, call);
    conference.dialled.push(call);
    call.ring(this.phones.take(request.to, earlierCalls), request.callTimeout);
    return call;
  }

  /** Somebody calls from outside: the call is up at once, and in the conference that is open to it, if there is one. */
  callIn({ from = OUTSIDE, to = INSIDE }: { from?: string | undefined; to?: string | undefined } = {}): Call {
    const call = new Call({ from, to }, this.memory);
    this.memory.calls.set(call.id, call);
    this.memory.reception.receive(call);
    return call;
  }

  /** What the telephone with this number is to do. */
  phone(number: string): Phone {
    return this.phones.phone(number);
  }

  call(callId: string): Call | undefined {
    return this.memory.calls.get(callId);
  }

  /** All calls there were, in the order in which they began. */
  calls(): Call[] {
    return [...this.memory.calls.values()];
  }

  /** All that exists on the platform, completed conferences too, with the callbacks sent. */
  list(): ShownConference[] {
    return [...this.memory.conferences.values()].map(({ resource, seats, queue }) => ({
      ...resource,
      members: seats.map(({ member }) => member),
      callbacks: queue.sent,
    }));
  }

  /** How many callbacks are still to be sent, or have not been answered yet. */
  callbacksWaiting(): number {
    return this.memory.callbacks.waiting;
  }

  /** Resolves when no callback is under way any more. */
  quiet(): Promise<void> {
    return this.memory.callbacks.quiet();
  }

  /** Forgets all conferences and calls; what was not sent yet is lost with them. */
  forget(): void {
    this.memory.clock.cancelAll();
    this.memory.callbacks.stop();
    this.memory = this.remembering();
  }

  /** Sends nothing any more; what is under way comes to its end. */
  stop(): void {
    this.memory.clock.cancelAll();
    this.memory.callbacks.stop();
  }

  /** All that a restart must not lose. */
  keep(): Kept {
    const all = [...this.memory.conferences.values()];
    const completed = all.filter(({ resource }) => resource.state === 'completed');
    const old = new Set(completed.slice(0, -MAX_KEPT_CONFERENCES));
    const conferences = all.filter((conference) => !old.has(conference));
    const needed = new Set(conferences.flatMap(({ seats, dialled }) => [...seats.map(({ call }) => call), ...dialled]));
    const calls = this.calls().filter((call) => call.state !== 'completed' || needed.has(call));
    return {
      settings: this.settings,
      phones: this.phones.keep(),
      conferences: conferences.map((conference) => conference.keep()),
      calls: calls.map((call) => call.keep()),
    };
  }

  /** Goes on where another left off. */
  goOn({ settings, phones, conferences, calls }: Kept): void {
    Object.assign(this.settings, settings);
    for (const [number, setting] of phones) this.phones.set(number, setting);
    const { memory } = this;
    for (const kept of conferences) {
      memory.conferences.set(kept.resource.id, new SandboxConference(kept.settings, kept.caller, memory, kept));
    }
    for (const kept of calls) {
      const conference = memory.conferences.get(kept.dialled?.conferenceId ?? '');
      const dialled = kept.dialled && conference && { ...kept.dialled, conference };
      memory.calls.set(kept.id, new Call(kept, memory, dialled, kept));
    }
    for (const kept of conferences) memory.conferences.get(kept.resource.id)?.seatAgain(kept, memory.calls);
    for (const call of this.calls()) {
      if (call.asked !== undefined && call.state === 'active') memory.reception.ask(call);
    }
  }

  conferenceAt({ conferenceId }: ConferencePlace): SandboxConference {
    const found = this.memory.conferences.get(conferenceId);
    if (found === undefined) throw refusals.noConference(conferenceId);
    return found;
  }

  openConferenceAt(place: ConferencePlace): SandboxConference {
    const conference = this.conferenceAt(place);
    conference.assertOpen();
    return conference;
  }

  seatAt({ conferenceId, memberId }: MemberPlace): Seat {
    const found = this.conferenceAt({ conferenceId }).seats.find(({ member }) => member.id === memberId);
    if (found !== undefined) return found;
    throw refusals.noMember(memberId);
  }

  /** Those who called before the conference was open, and were in none. */
  private receiveWhoWaits(): void {
    const seated = new Set([...this.memory.conferences.values()].flatMap(({ seats }) => seats.map(({ call }) => call)));
    for (const call of this.calls()) {
      const isWaiting = call.destination === undefined && call.asked === undefined && !seated.has(call);
      if (isWaiting) this.memory.reception.receive(call);
    }
  }

  private activeSeatAt(place: MemberPlace): Seat {
    const seat = this.seatAt(place);
    if (seat.member.state === 'active') return seat;
    throw refusals.hasLeft();
  }
}
