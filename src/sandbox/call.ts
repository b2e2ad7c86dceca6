import { randomUUID } from 'node:crypto';
import { catapultError } from '../catapult/errors.ts';
import { callEvent } from '../catapult/platform-events.ts';
import type { CallRequest } from '../catapult/requests.ts';
import type { Member } from '../catapult/resources.ts';
import type { Caller } from '../catapult/server/handlers.ts';
import type { Player } from './audio.ts';
import type { CallbackQueue } from './callbacks.ts';
import type { SentCallback } from './happening.ts';
import type { KeptCall } from './kept.ts';
import type { PhoneBehaviour } from './phones.ts';
import type { World } from './world.ts';

/** A call as `GET /sandbox/calls` shows it. */
export interface ShownCall {
  callId: string;
  direction: 'in' | 'out';
  from: string;
  to: string;
  state: 'ringing' | 'active' | 'completed';
  cause?: string | undefined;
  conferenceId?: string | undefined;
  memberId?: string | undefined;
  callbacks: SentCallback[];
}

/** A call that is dialled: the request, and the conference it is for. */
interface Dialled {
  request: CallRequest;
  conference: Joinable;
  caller: Caller;
}

/** What a call knows of the conference that it is in, or was dialled for. */
export interface Joinable {
  readonly id: string;
  readonly isFull: boolean;
  join(call: Call): Seat;
  leave(seat: Seat): void;
  keyPressed(seat: Seat, digit: string): void;
}

/** A member's place in a conference: what the wire shows of it, and the call that sits there. */
export interface Seat {
  readonly conference: Joinable;
  readonly member: Member;
  readonly call: Call;
  readonly player: Player;
}

/** A telephone call: in from outside and active at once, or dialled out, and then ringing until the phone reacts. */
export class Call {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  state: ShownCall['state'];
  /** Why it ended. */
  cause: string | undefined;
  /** Its place in a conference, as long as it is an active member. */
  seat: Seat | undefined;
  /** Set while its caller is asked for a PIN: what has been entered, and how often that was wrong. */
  asked: { entered: string; wrong: number } | undefined;
  /** Where its own events go, if it was dialled with a callbackUrl. */
  readonly queue: CallbackQueue | undefined;
  private readonly dialled: Dialled | undefined;
  private readonly world: World;
  private phone: PhoneBehaviour | undefined;
  private cancelNext: () => void = () => undefined;

  constructor({ from, to }: { from: string; to: string }, world: World, dialled?: Dialled, kept?: KeptCall) {
    this.id = kept?.id ?? `c-${randomUUID()}`;
    this.from = from;
    this.to = to;
    this.world = world;
    this.dialled = dialled;
    this.state = dialled === undefined ? 'active' : 'ringing';
    if (dialled?.request.callbackUrl !== undefined) this.queue = world.callbacks.queue(dialled.request, kept?.lane);
    if (kept !== undefined) this.goOn(kept);
  }

  /** The conference that it was dialled into; it may join no other. */
  get destination(): Joinable | undefined {
    return this.dialled?.conference;
  }

  get tag(): string | undefined {
    return this.dialled?.request.tag;
  }

  /** Presses keys, one after the other. @throws CatapultError if the call is not active. */
  press(digits: string): void {
    if (this.state !== 'active') throw catapultError('call-id-not-found', `The call ${this.id} is ${this.state}.`);
    for (const digit of digits) {
      if (this.seat === undefined) this.world.reception.pressed(this.id, digit);
      else this.seat.conference.keyPressed(this.seat, digit);
    }
  }

  /** Ends the call, and with it its place in a conference. Ends nothing twice. */
  hangUp(cause = this.state === 'ringing' ? 'CALL_REJECTED' : 'NORMAL_CLEARING'): void {
    if (this.state === 'completed') return;
    this.cancelNext();
    this.state = 'completed';
    this.cause = cause;
    this.seat?.conference.leave(this.seat);
    this.emit('hangup', { cause });
  }

  /** Rings until the phone does what it does, or for callTimeout seconds. */
  ring(phone: PhoneBehaviour, callTimeout: number): void {
    this.phone = phone;
    const patience = callTimeout * 1_000;
    if (phone.answers === 'no' || phone.after >= patience) {
      this.next(patience, () => {
        this.emit('timeout');
        this.hangUp('NO_ANSWER');
      });
    } else if (phone.answers === 'yes') {
      this.next(phone.after, () => this.answer(phone));
    } else {
      this.next(phone.after, () => this.hangUp(phone.answers === 'busy' ? 'USER_BUSY' : 'CALL_REJECTED'));
    }
  }

  /** For after a restart, when its phone rings anew, or stays as long as it would have from the answer on. */
  keep(): KeptCall {
    const { id, from, to, state, cause, phone, asked, dialled, queue } = this;
    return {
      ...{ id, from, to, state, cause, phone, asked, lane: queue?.keep() },
      dialled: dialled && {
        request: dialled.request,
        caller: dialled.caller,
        conferenceId: dialled.conference.id,
      },
    };
  }

  private goOn({ state, cause, phone, asked }: KeptCall): void {
    this.state = state;
    this.cause = cause;
    this.phone = phone;
    this.asked = asked;
    if (phone === undefined) return;
    if (state === 'ringing') this.ring(phone, this.dialled?.request.callTimeout ?? 0);
    if (state === 'active' && phone.hangsUpAfter !== undefined) this.next(phone.hangsUpAfter, () => this.hangUp());
  }

  shown(): ShownCall {
    const conference = this.seat?.conference ?? this.destination;
    return {
      callId: this.id,
      direction: this.dialled === undefined ? 'in' : 'out',
      from: this.from,
      to: this.to,
      state: this.state,
      cause: this.cause,
      conferenceId: conference?.id,
      memberId: this.seat?.member.id,
      callbacks: this.queue?.sent ?? [],
    };
  }

  private answer({ hangsUpAfter }: PhoneBehaviour): void {
    this.state = 'active';
    this.emit('answer');
    if (hangsUpAfter !== undefined) this.next(hangsUpAfter, () => this.hangUp());
    if (this.destination?.isFull === true) this.hangUp();
    else this.destination?.join(this);
  }

  /** Nobody waits for its keys any more. */
  notAsked(): void {
    if (this.asked !== undefined) this.cancelNext();
    this.asked = undefined;
  }

  /** A call waits for one thing at a time. */
  next(milliseconds: number, work: () => void): void {
    this.cancelNext();
    this.cancelNext = this.world.clock.after(milliseconds, work);
  }

  private emit(eventType: 'answer' | 'hangup' | 'timeout', fields: { cause?: string } = {}): void {
    if (this.dialled === undefined || this.queue === undefined) return;
    const time = new Date(this.world.clock.now()).toISOString();
    this.queue.send(callEvent(this.dialled.caller, this, { eventType, ...fields, time, tag: this.tag }));
  }
}
