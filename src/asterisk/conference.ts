import { randomUUID } from 'node:crypto';
import { MAX_MEMBERS } from '../catapult/budget.ts';
import { digitEvent, memberEvent, statusEvent } from '../catapult/platform-events.ts';
import { refusals } from '../catapult/platform-refusals.ts';
import { present } from '../catapult/present.ts';
import type { AddMemberRequest, UpdateConferenceRequest, UpdateMemberRequest } from '../catapult/requests.ts';
import { instantOf, wireTime, type Conference, type Member } from '../catapult/resources.ts';
import type { Bridge } from './ari/resources.ts';
import { hangUp } from './channels.ts';
import { keptGuesses, type Guesses } from './guesses.ts';
import * as kept from './kept.ts';
import { NAMES, type KeptCall, type KeptConference, type KeptMember, type KeptPlay } from './kept.ts';
import { stop } from './playing.ts';
import { setVariable } from './variables.ts';
import type { World } from './world.ts';

type Switches = Omit<AddMemberRequest, 'callId'>;

/** A conference as Asterisk has it at this moment; whoever changes something has its turn, and reads it anew. */
export class AsteriskConference {
  readonly id: string;
  readonly settings: KeptConference;
  /** Those that have left included, in the order in which they came. */
  readonly members: KeptMember[];
  readonly plays: KeptPlay[];
  /** The calls that were dialled for it and are not gone. */
  readonly dialled: KeptCall[];
  /** The calls that are really in the bridge. */
  readonly channels: readonly string[];
  /** The PINs that were wrong of late. */
  readonly guesses: Guesses;
  /** When it was opened (epoch milliseconds). */
  readonly openedAt: number;
  /** The event of its status that has reached its target. */
  readonly announced: string | undefined;
  private readonly world: World;

  private constructor(world: World, { id, channels, bridgevars, creationtime }: Bridge, settings: KeptConference) {
    this.world = world;
    this.id = id;
    this.channels = channels;
    this.settings = settings;
    this.openedAt = instantOf(creationtime);
    this.announced = bridgevars[NAMES.announced];
    this.guesses = kept.read(keptGuesses, bridgevars[NAMES.guesses]) ?? [];
    this.members = kept.readAll(kept.keptMember, NAMES.member, bridgevars).sort((a, b) => a.number - b.number);
    this.plays = kept.readAll(kept.keptPlay, NAMES.play, bridgevars);
    this.dialled = kept.readAll(kept.keptCall, NAMES.dialled, bridgevars);
  }

  /** Undefined for a bridge that is none of ours. */
  static in(world: World, bridge: Bridge): AsteriskConference | undefined {
    const settings = kept.read(kept.keptConference, bridge.bridgevars[NAMES.conference]);
    return settings && new AsteriskConference(world, bridge, settings);
  }

  get from(): string {
    return this.settings.from;
  }

  get dialIn(): KeptConference['dialIn'] {
    return this.settings.dialIn;
  }

  get path(): string {
    return `/bridges/${this.id}`;
  }

  get active(): KeptMember[] {
    return this.members.filter(({ state }) => state === 'active');
  }

  get isCompleted(): boolean {
    return this.settings.completedTime !== undefined;
  }

  get resource(): Conference {
    const { userId: _userId, baseUrl: _baseUrl, dialIn: _dialIn, ...settings } = this.settings;
    const begun = this.members.length > 0 ? 'active' : 'created';
    const state: Conference['state'] = this.isCompleted ? 'completed' : begun;
    return present({ id: this.id, state, activeMembers: this.active.length, ...settings });
  }

  /** @throws CatapultError */
  member(id: string): KeptMember {
    const found = this.members.find((member) => member.id === id);
    if (found === undefined) throw refusals.noMember(id);
    return found;
  }

  /** @throws CatapultError */
  activeMember(id: string): KeptMember {
    const member = this.member(id);
    if (member.state === 'completed') throw refusals.hasLeft();
    return member;
  }

  /** @throws CatapultError if nobody else may join. */
  assertRoom(): void {
    if (this.active.length >= MAX_MEMBERS) throw refusals.isFull();
  }

  async update({ state, hold, mute, ...settings }: Omit<UpdateConferenceRequest, 'startAt'>): Promise<void> {
    Object.assign(this.settings, present({ hold, mute, ...settings }));
    await this.keep();
    for (const member of this.active) await this.change(member, { hold, mute });
    if (state === 'completed') await this.complete();
  }

  /** A call that is up becomes a member. @throws CatapultError */
  async join(callId: string, switches: Switches): Promise<KeptMember> {
    this.assertRoom();
    const { ari } = this.world;
    const member = this.newMember(callId, switches);
    // Before it is there, so that nobody hears it for a moment.
    await this.silence(member);
    await setVariable(ari, `/channels/${callId}`, NAMES.isIn, this.id);
    const query = { channel: callId, absorbDTMF: true };
    const { isDone } = await ari.ask('POST', `${this.path}/addChannel`, { query });
    if (!isDone) throw refusals.noCall(callId);
    return await this.admit(callId, switches, member);
  }

  /** A call that is in the bridge is a member from now on. */
  async admit(callId: string, switches: Switches, member = this.newMember(callId, switches)): Promise<KeptMember> {
    this.members.push(member);
    await this.keepMember(member);
    this.tellMember(member);
    if (member.joinTone) await this.playTone('join');
    return member;
  }

  /** What holds for all holds for those that come later. */
  private newMember(
    callId: string,
    { mute = false, hold = false, joinTone = false, leavingTone = false }: Switches,
  ): KeptMember {
    return {
      ...{ id: `member-${randomUUID()}`, number: this.members.length, callId, state: 'active' },
      ...{ mute: mute || this.settings.mute, hold: hold || this.settings.hold, joinTone, leavingTone },
      addedTime: wireTime(Date.now()),
    };
  }

  async change(
    member: KeptMember,
    { mute, hold, joinTone, leavingTone }: Omit<UpdateMemberRequest, 'state'>,
  ): Promise<void> {
    const before = { ...member };
    Object.assign(member, present({ mute, hold, joinTone, leavingTone }));
    await this.keepMember(member);
    if (member.mute === before.mute && member.hold === before.hold) return;
    await this.silence(member);
    this.tellMember(member);
  }

  /** Muted, nobody hears it; held, it hears nobody either. */
  async silence({ callId, mute, hold }: KeptMember): Promise<void> {
    const path = `/channels/${callId}/mute`;
    await this.world.ari.ask(mute || hold ? 'POST' : 'DELETE', path, { query: { direction: 'in' } });
    await this.world.ari.ask(hold ? 'POST' : 'DELETE', path, { query: { direction: 'out' } });
  }

  /** A member leaves; its call may go on. With the last one the conference completes. */
  async leave(member: KeptMember): Promise<void> {
    await this.clear(member);
    if (this.isCompleted) return;
    if (this.active.length === 0) await this.complete();
    else if (member.leavingTone) await this.playTone('leave');
  }

  /** A member is removed from a conference that goes on. */
  async remove(member: KeptMember): Promise<void> {
    await this.leave(member);
    await this.world.ari.ask('POST', `${this.path}/removeChannel`, { query: { channel: member.callId } });
  }

  /** All leave, the conference completes, and the calls of its members end, and those that still ring. */
  async complete(): Promise<void> {
    this.settings.completedTime ??= wireTime(Date.now());
    await this.keep();
    const { active } = this;
    for (const member of active) await this.clear(member);
    for (const play of [...this.plays]) await stop(this.world, this, play);
    this.tellStatus('completed');
    const over = new Set([...active.map(({ callId }) => callId), ...this.ringing().map(({ id }) => id)]);
    for (const callId of over) await hangUp(this.world.ari, callId);
  }

  /** It is on record once it has reached its target: who finds that it is not, and is not on its way, tells it again. */
  tellStatus(status: 'created' | 'completed'): void {
    const { id, settings, world } = this;
    const underWay = `${id} ${status}`;
    if (world.telling.has(underWay)) return;
    world.telling.add(underWay);
    const event = statusEvent(settings, { ...settings, id }, status);
    void world.callbacks.tell(id, event, settings).then(async (isTaken) => {
      // They go in order: the later one is kept last.
      if (isTaken) await setVariable(world.ari, this.path, NAMES.announced, status).catch(() => undefined);
      world.telling.delete(underWay);
    });
  }

  tellMember(member: KeptMember): void {
    const { id, settings, active } = this;
    const about = { activeMembers: active.length, time: new Date().toISOString(), tag: settings.tag };
    void this.world.callbacks.tell(id, memberEvent(settings, id, member, about), settings);
  }

  /** A dialled call's own URL comes first. */
  tellDigit(callId: string, call: KeptCall | undefined, dtmfDigit: string): void {
    const event = digitEvent(this.settings, callId, { dtmfDigit, time: new Date().toISOString(), tag: call?.tag });
    const [lane, target] = call?.callbackUrl === undefined ? [this.id, this.settings] : [callId, call];
    void this.world.callbacks.tell(lane, event, target);
  }

  async playTone(name: 'join' | 'leave'): Promise<void> {
    const media = `sound:${this.world.sounds.tone(name)}`;
    await this.world.ari.ask('POST', `${this.path}/play/tone~${randomUUID()}`, { body: { media } });
  }

  async keepMember(member: KeptMember): Promise<void> {
    await setVariable(this.world.ari, this.path, NAMES.member + member.id, member);
  }

  private async keep(): Promise<void> {
    await setVariable(this.world.ari, this.path, NAMES.conference, this.settings);
  }

  /** Those that were dialled and have not been members yet. */
  private ringing(): KeptCall[] {
    return this.dialled.filter(({ id }) => !this.members.some(({ callId }) => callId === id));
  }

  private async clear(member: KeptMember): Promise<void> {
    for (const play of this.plays.filter(({ memberId }) => memberId === member.id)) await stop(this.world, this, play);
    Object.assign(member, { state: 'completed', removedTime: wireTime(Date.now()) });
    await this.keepMember(member);
    this.tellMember(member);
  }
}

/** When a conference was completed (epoch milliseconds); NaN if it was not. */
export function completedAt({ settings }: AsteriskConference): number {
  return instantOf(settings.completedTime);
}

/** A member as the wire shows it. */
export function shownMember({ number: _number, ...member }: KeptMember): Member {
  return member;
}
