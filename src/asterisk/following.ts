import type { AriEvent, Channel } from './ari/resources.ts';
import type { Calls } from './calls.ts';
import { callOf, conferenceOf, hangUp } from './channels.ts';
import type { AsteriskConference } from './conference.ts';
import type { Conferences } from './conferences.ts';
import { finished, placeOf, started } from './playing.ts';
import type { Reception } from './reception.ts';
import type { World } from './world.ts';

/** What follows from what happens in Asterisk. */
export class Following {
  private readonly world: World;
  private readonly conferences: Conferences;
  private readonly calls: Calls;
  private readonly reception: Reception;

  constructor(world: World, conferences: Conferences, calls: Calls, reception: Reception) {
    this.world = world;
    this.conferences = conferences;
    this.calls = calls;
    this.reception = reception;
  }

  async follow(event: AriEvent): Promise<void> {
    switch (event.type) {
      case 'StasisStart':
        return await this.begun(event.channel, event.args);
      case 'ChannelLeftBridge':
        return await this.left(event.bridge.id, event.channel.id);
      case 'ChannelDestroyed': {
        this.reception.gone(event.channel.id);
        const call = callOf(event.channel);
        if (call !== undefined)
          await this.calls.gone(call, { cause: event.cause, wasUp: event.channel.state === 'Up' });
        return;
      }
      case 'ChannelDtmfReceived':
        return await this.pressed(event.channel, event.digit);
      case 'PlaybackStarted':
      case 'PlaybackFinished':
        return await this.played(event.type, event.playback);
      case 'ApplicationReplaced':
        return undefined;
    }
  }

  /** A dialled call is answered when it gets here; one from outside is to be. */
  private async begun(channel: Channel, [kind]: string[]): Promise<void> {
    const call = callOf(channel);
    if (kind === 'inbound') await this.reception.called(channel);
    else if (call !== undefined) await this.calls.answered(call);
  }

  /** Who was removed is no active member any more by then, and who came again is there. */
  private async left(conferenceId: string, callId: string): Promise<void> {
    await this.inTurn(conferenceId, async (conference) => {
      const member = conference.active.find((one) => one.callId === callId);
      if (member !== undefined && !conference.channels.includes(callId)) await conference.leave(member);
    });
  }

  private async pressed(channel: Channel, digit: string): Promise<void> {
    if (this.reception.pressed(channel.id, digit)) return;
    const conferenceId = conferenceOf(channel);
    if (conferenceId === undefined) return;
    await this.inTurn(conferenceId, async (conference) => {
      const member = conference.active.find(({ callId }) => callId === channel.id);
      if (member === undefined) return;
      if (conference.settings.profile === 'passthru_digits') {
        return conference.tellDigit(channel.id, callOf(channel), digit);
      }
      if (digit === '0') await conference.change(member, { mute: !member.mute });
      else if (digit === '*') await conference.change(member, { hold: !member.hold });
      else if (digit === '#') await hangUp(this.world.ari, channel.id);
      else await this.setVolume(channel.id, digit);
    });
  }

  /** 1 to 3 and 7 to 9 set how loud others hear the member, 4 to 6 how loud it hears them: half, as it is, double. */
  private async setVolume(callId: string, digit: string): Promise<void> {
    const place = '123456789'.indexOf(digit);
    const factor = ['-2', '0', '2'][place % 3];
    if (place < 0 || factor === undefined) return;
    const variable = Math.floor(place / 3) === 1 ? 'VOLUME(TX)' : 'VOLUME(RX)';
    await this.world.ari.ask('POST', `/channels/${callId}/variable`, { body: { variable, value: factor } });
  }

  private async played(
    type: 'PlaybackStarted' | 'PlaybackFinished',
    playback: { id: string; state: string },
  ): Promise<void> {
    if (type === 'PlaybackFinished') await this.reception.played(playback.id);
    const place = placeOf(playback.id);
    if (place === undefined) return;
    await this.inTurn(place.conferenceId, async (conference) => {
      const play = conference.plays.find(({ id }) => id === place.playId);
      if (play === undefined) return;
      if (type === 'PlaybackStarted') await started(this.world, conference, play);
      else await finished(this.world, conference, play, playback.state === 'done');
    });
  }

  /** Of a conference that is completed there is nothing to follow any more. */
  private async inTurn(conferenceId: string, work: (conference: AsteriskConference) => Promise<void>): Promise<void> {
    await this.world.turns.take(conferenceId, async () => {
      const conference = await this.conferences.look(conferenceId);
      if (conference !== undefined && !conference.isCompleted) await work(conference);
    });
  }
}
