import { catapultsPartOf } from '../catapult/field-uses.ts';
import type { CatapultRouteName } from '../catapult/routes.ts';
import type { Handlers } from '../catapult/server/handlers.ts';
import type { Calls } from './calls.ts';
import { shownMember } from './conference.ts';
import type { Conferences } from './conferences.ts';
import { play } from './playing.ts';
import type { Reception } from './reception.ts';
import type { World } from './world.ts';

/** The wire as Catapult documents it, answered by an Asterisk. */
export function createApi(
  world: World,
  { conferences, calls, reception }: { conferences: Conferences; calls: Calls; reception: Reception },
): Handlers<CatapultRouteName> {
  return {
    createConference: async ({ request, caller }) => {
      const conferenceId = await conferences.create(request, caller);
      if (request.dialIn !== undefined) {
        const noted = (error: unknown) =>
          world.logger.warn({ err: error }, 'who waits for a conference was not taken in');
        void reception.goOn().catch(noted);
      }
      return { status: 201, made: { conferenceId } };
    },
    getConference: async ({ place }) => ({ status: 200, body: (await conferences.find(place.conferenceId)).resource }),
    updateConference: async ({ place: { conferenceId }, request }) => {
      const change = catapultsPartOf.update(request);
      await conferences.change(conferenceId, (conference) => conference.update(change));
      return { status: 200 };
    },
    playAudio: async ({ place: { conferenceId }, request }) => {
      await conferences.change(conferenceId, (conference) => play(world, conference, request));
      return { status: 200 };
    },
    addMember: async ({ place: { conferenceId }, request }) => {
      const { id } = await conferences.addMember(conferenceId, request);
      reception.gone(request.callId);
      return { status: 201, made: { memberId: id } };
    },
    listMembers: async ({ place }) => {
      const { members } = await conferences.find(place.conferenceId);
      return { status: 200, body: members.map(shownMember) };
    },
    getMember: async ({ place }) => {
      const conference = await conferences.find(place.conferenceId);
      return { status: 200, body: shownMember(conference.member(place.memberId)) };
    },
    updateMember: async ({ place: { conferenceId, memberId }, request: { state, ...change } }) => {
      await conferences.change(conferenceId, async (conference) => {
        const member = conference.activeMember(memberId);
        await conference.change(member, change);
        if (state === 'completed') await conference.remove(member);
      });
      return { status: 200 };
    },
    playAudioToMember: async ({ place: { conferenceId, memberId }, request }) => {
      await conferences.change(conferenceId, (conference) =>
        play(world, conference, request, conference.activeMember(memberId)),
      );
      return { status: 200 };
    },
    dial: async ({ request, caller }) => ({ status: 201, made: { callId: await calls.dial(request, caller) } }),
  };
}
