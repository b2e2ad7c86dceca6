import { randomUUID } from 'node:crypto';
import { MAX_MEMBERS } from '../catapult/budget.ts';
import { catapultsPartOf } from '../catapult/field-uses.ts';
import { audioEvent, digitEvent, memberEvent, statusEvent } from '../catapult/platform-events.ts';
import { refusals } from '../catapult/platform-refusals.ts';
import type {
  AddMemberRequest,
  AudioRequest,
  CreateConferenceRequest,
  UpdateConferenceRequest,
  UpdateMemberRequest,
} from '../catapult/requests.ts';
import { wireTime, type Conference, type Member } from '../catapult/resources.ts';
import type { Caller } from '../catapult/server/handlers.ts';
import { Player } from './audio.ts';
import type { Seat, Call } from './call.ts';
import type { CallbackQueue } from './callbacks.ts';
import type { KeptConference } from './kept.ts';
import type { World } from './world.ts';

type MemberSettings = Omit<AddMemberRequest, 'callId'>;

/** A conference and the platform's rules for it: who may join, when it completes, and what its callbacks tell. */
export class SandboxConference {
  readonly resource: Conference;
  readonly queue: CallbackQueue;
  /** All members in the order in which they were added, those that left included. */
  readonly seats: Seat[] = [];
  /** The calls that were dialled into it. */
  readonly dialled: Call[] = [];
  private readonly settings: CreateConferenceRequest;
  private readonly caller: Caller;
  private readonly world: World;
  private readonly player: Player;

  constructor(settings: CreateConferenceRequest, caller: Caller, world: World, kept?: KeptConference) {
    this.settings = settings;
    this.caller = caller;
    this.world = world;
    this.resource = kept?.resource ?? {
      ...catapultsPartOf.create(settings),
      id: `conf-${randomUUID()}`,
      state: 'created',
      createdTime: wireTime(world.clock.now()),
      activeMembers: 0,
      hold: false,
      mute: false,
    };
    this.queue = world.callbacks.queue(settings, kept?.lane);
    this.player = this.newPlayer();
    if (kept === undefined) this.emitStatus('created');
  }

  /** For after a restart; what plays is over then. */
  keep(): KeptConference {
    const { settings, caller, resource, seats, dialled, queue } = this;
    return {
      ...{ settings, caller, resource, lane: queue.keep() },
      seats: seats.map(({ member, call }) => ({ member, callId: call.id })),
      dialled: dialled.map(({ id }) => id),
    };
  }

  /** Has the calls take their seats again, which knew the conference first. */
  seatAgain({ seats, dialled }: KeptConference, calls: ReadonlyMap<string, Call>): void {
    for (const { member, callId } of seats) {
      const call = calls.get(callId);
      if (call === undefined) continue;
      const seat = this.seatOf(member, call);
      this.seats.push(seat);
      if (member.state === 'active') call.seat = seat;
    }
    this.dialled.push(...dialled.map((id) => calls.get(id)).filter((call) => call !== undefined));
  }

  get id(): string {
    return this.resource.id;
  }

  get from(): string {
    return this.resource.from;
  }

  get dialIn(): CreateConferenceRequest['dialIn'] {
    return this.settings.dialIn;
  }

  get isFull(): boolean {
    return this.resource.activeMembers >= MAX_MEMBERS;
  }

  private get activeSeats(): Seat[] {
    return this.seats.filter(({ member }) => member.state === 'active');
  }

  /** @throws CatapultError if it is completed: nothing about it changes any more. */
  assertOpen(): void {
    if (this.resource.state === 'completed') throw refusals.isCompleted();
  }

  /** @throws CatapultError if nobody else may join. */
  assertRoom(): void {
    if (this.isFull) throw refusals.isFull();
  }

  update(request: UpdateConferenceRequest): void {
    const { state, hold, mute, ...settings } = catapultsPartOf.update(request);
    const given = named(settings);
    Object.assign(this.settings, given);
    Object.assign(this.resource, given, named({ hold, mute }));
    for (const seat of this.activeSeats) this.change(seat, { hold, mute });
    if (state === 'completed') this.end();
  }

  /** Adds a call that is up. @throws CatapultError if it may not join. */
  add(call: Call, settings: MemberSettings): Seat {
    if (call.seat?.conference === this) throw refusals.isMember(call.id);
    if (call.seat !== undefined || (call.destination ?? this) !== this) throw refusals.isElsewhere(call.id);
    this.assertRoom();
    return this.join(call, settings);
  }

  join(call: Call, { joinTone = false, leavingTone = false, mute = false, hold = false }: MemberSettings = {}): Seat {
    const member: Member = {
      id: `member-${randomUUID()}`,
      callId: call.id,
      state: 'active',
      // What holds for all holds for those that come later.
      mute: mute || this.resource.mute,
      hold: hold || this.resource.hold,
      joinTone,
      leavingTone,
      addedTime: wireTime(this.world.clock.now()),
    };
    const seat = this.seatOf(member, call);
    this.seats.push(seat);
    call.seat = seat;
    call.notAsked();
    this.resource.state = 'active';
    this.resource.activeMembers += 1;
    this.emitMember(member);
    return seat;
  }

  change({ member }: Seat, { mute, hold, joinTone, leavingTone }: Omit<UpdateMemberRequest, 'state'>): void {
    const isHeard = mute !== undefined && mute !== member.mute;
    const isHeld = hold !== undefined && hold !== member.hold;
    Object.assign(member, named({ mute, hold, joinTone, leavingTone }));
    if (isHeard || isHeld) this.emitMember(member);
  }

  /** A member leaves; its call may go on. With the last one the conference completes. */
  leave(seat: Seat): void {
    this.clear(seat);
    if (this.resource.activeMembers === 0) this.complete();
  }

  /** All leave, the conference completes, and the calls of its members end. */
  end(): void {
    const seats = this.activeSeats;
    for (const seat of seats) this.clear(seat);
    this.complete();
    for (const { call } of seats) call.hangUp();
  }

  /** Plays to all, or to one. */
  play(audio: AudioRequest, seat?: Seat): void {
    (seat?.player ?? this.player).play(audio);
  }

  /** What a key of a member's phone does (Catapult v1, "profile"); 1 to 9 change volumes, which nobody is told. */
  keyPressed(seat: Seat, digit: string): void {
    if (this.settings.profile === 'passthru_digits') return this.emitDigit(seat, digit);
    if (digit === '0') this.change(seat, { mute: !seat.member.mute });
    if (digit === '*') this.change(seat, { hold: !seat.member.hold });
    if (digit === '#') seat.call.hangUp();
  }

  private seatOf(member: Member, call: Call): Seat {
    return { conference: this, member, call, player: this.newPlayer(member.id) };
  }

  private clear({ member, call, player }: Seat): void {
    player.stop();
    call.seat = undefined;
    member.state = 'completed';
    member.removedTime = wireTime(this.world.clock.now());
    this.resource.activeMembers -= 1;
    this.emitMember(member);
  }

  private complete(): void {
    this.player.stop();
    this.resource.state = 'completed';
    this.resource.completedTime = wireTime(this.world.clock.now());
    this.emitStatus('completed');
    for (const call of this.dialled) if (call.state === 'ringing') call.hangUp('ORIGINATOR_CANCEL');
  }

  private newPlayer(memberId?: string): Player {
    const { clock, settings } = this.world;
    return new Player(clock, settings, (kind, status, tag = this.resource.tag) => {
      const whom = { conferenceId: this.id, memberId };
      this.queue.send(audioEvent(this.caller, whom, { kind, status, time: this.time, tag }));
    });
  }

  private emitStatus(status: 'created' | 'completed'): void {
    this.queue.send(statusEvent(this.caller, this.resource, status));
  }

  private emitMember(member: Member): void {
    const { activeMembers, tag } = this.resource;
    this.queue.send(memberEvent(this.caller, this.id, member, { activeMembers, time: this.time, tag }));
  }

  private emitDigit({ call }: Seat, dtmfDigit: string): void {
    const { time } = this;
    (call.queue ?? this.queue).send(digitEvent(this.caller, call.id, { dtmfDigit, time, tag: call.tag }));
  }

  private get time(): string {
    return new Date(this.world.clock.now()).toISOString();
  }
}

/** The fields that an update names: it leaves the others alone. */
function named(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
