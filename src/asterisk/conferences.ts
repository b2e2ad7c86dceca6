import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { catapultsPartOf } from '../catapult/field-uses.ts';
import { refusals } from '../catapult/platform-refusals.ts';
import type { AddMemberRequest, CreateConferenceRequest } from '../catapult/requests.ts';
import { present } from '../catapult/present.ts';
import { wireTime } from '../catapult/resources.ts';
import type { Caller } from '../catapult/server/handlers.ts';
import { bridge, channel, type Bridge } from './ari/resources.ts';
import { callOf, conferenceOf } from './channels.ts';
import { AsteriskConference } from './conference.ts';
import { NAMES, type KeptConference, type KeptMember } from './kept.ts';
import { Turns } from './turns.ts';
import { reported, setVariable } from './variables.ts';
import type { World } from './world.ts';

/** How our bridges are called. */
const BRIDGE_NAME = 'convoke';

/** Ids of ours and of Asterisk hold nothing else; with any other one Asterisk is not asked. */
const ID = /^\w[\w.-]{0,99}$/;

/** The conferences of an Asterisk: found there each time, and never remembered. */
export class Conferences {
  private readonly world: World;
  /** Of calls, apart from those of conferences: one who names both alike must not wait for itself. */
  private readonly joining = new Turns();

  constructor(world: World) {
    this.world = world;
  }

  async create(request: CreateConferenceRequest, { userId, baseUrl }: Caller): Promise<string> {
    const id = `conf-${randomUUID()}`;
    const settings: KeptConference = {
      ...{ userId, baseUrl, ...catapultsPartOf.create(request), ...present({ dialIn: request.dialIn }) },
      ...{ createdTime: wireTime(Date.now()), hold: false, mute: false },
    };
    const { ari } = this.world;
    const query = { type: 'mixing,dtmf_events,proxy_media', name: BRIDGE_NAME };
    await this.world.turns.take(id, async () => {
      await ari.ask('POST', `/bridges/${id}`, {
        query,
        body: { variables: { [NAMES.conference]: reported(settings) } },
      });
      // Asterisk shows what a new bridge was given only once something more is set.
      await setVariable(ari, `/bridges/${id}`, NAMES.announced, 'nothing');
      (await this.find(id)).tellStatus('created');
    });
    return id;
  }

  /** @throws CatapultError if there is none. */
  async find(id: string): Promise<AsteriskConference> {
    const found = await this.look(id);
    if (found === undefined) throw refusals.noConference(id);
    return found;
  }

  /** The same, where there may be none. */
  async look(id: string): Promise<AsteriskConference | undefined> {
    if (!ID.test(id)) return undefined;
    const found = await this.world.ari.get(`/bridges/${id}`, bridge);
    return found && AsteriskConference.in(this.world, found);
  }

  /** All that are open, in the order in which they were opened. */
  async open(): Promise<AsteriskConference[]> {
    const bridges = await this.bridges();
    const found = bridges.map((one) => AsteriskConference.in(this.world, one)).filter((one) => one !== undefined);
    return found.filter(({ isCompleted }) => !isCompleted).sort((a, b) => a.openedAt - b.openedAt);
  }

  /** All bridges of ours. */
  async bridges(): Promise<Bridge[]> {
    const all = (await this.world.ari.get('/bridges', z.array(bridge))) ?? [];
    return all.filter(({ name }) => name === BRIDGE_NAME);
  }

  /** Does something in a conference that is open, when its turn has come. @throws CatapultError */
  change<Done>(id: string, work: (conference: AsteriskConference) => Promise<Done>): Promise<Done> {
    return this.world.turns.take(id, async () => {
      const conference = await this.find(id);
      if (conference.isCompleted) throw refusals.isCompleted();
      return await work(conference);
    });
  }

  /** A call that is up becomes a member of a conference, and of one only. @throws CatapultError */
  addMember(id: string, { callId, ...settings }: AddMemberRequest): Promise<KeptMember> {
    const join = (conference: AsteriskConference) => this.join(conference, callId, settings);
    return this.joining.take(callId, () => this.change(id, join));
  }

  private async join(
    conference: AsteriskConference,
    callId: string,
    settings: Omit<AddMemberRequest, 'callId'>,
  ): Promise<KeptMember> {
    const { id } = conference;
    const call = ID.test(callId) ? await this.world.ari.get(`/channels/${callId}`, channel) : undefined;
    if (call?.state !== 'Up') throw refusals.noCall(callId);
    if (conference.active.some((member) => member.callId === callId)) throw refusals.isMember(callId);
    const other = conferenceOf(call) ?? id;
    const isElsewhere = other !== id && (await this.look(other))?.channels.includes(callId) === true;
    if (isElsewhere || (callOf(call)?.conferenceId ?? id) !== id) throw refusals.isElsewhere(callId);
    return await conference.join(callId, settings);
  }
}
