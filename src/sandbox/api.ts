import type { CatapultRouteName } from '../catapult/routes.ts';
import type { Handlers } from '../catapult/server/handlers.ts';
import type { SandboxPlatform } from './platform.ts';

/** The wire as Catapult documents it, answered by the sandbox's platform. */
export function createApi(platform: SandboxPlatform): Handlers<CatapultRouteName> {
  return {
    createConference: async ({ request, caller }) => {
      const { id } = platform.create(request, caller);
      return { status: 201, made: { conferenceId: id } };
    },
    getConference: async ({ place }) => ({ status: 200, body: platform.conferenceAt(place).resource }),
    updateConference: async ({ place, request }) => {
      platform.openConferenceAt(place).update(request);
      return { status: 200 };
    },
    playAudio: async ({ place, request }) => {
      platform.play(place, request);
      return { status: 200 };
    },
    addMember: async ({ place, request }) => {
      const { member } = platform.addMember(place, request);
      return { status: 201, made: { memberId: member.id } };
    },
    listMembers: async ({ place }) => {
      const { seats } = platform.conferenceAt(place);
      return { status: 200, body: seats.map(({ member }) => member) };
    },
    getMember: async ({ place }) => ({ status: 200, body: platform.seatAt(place).member }),
    updateMember: async ({ place, request }) => {
      platform.updateMember(place, request);
      return { status: 200 };
    },
    playAudioToMember: async ({ place, request }) => {
      platform.play(place, request);
      return { status: 200 };
    },
    dial: async ({ request, caller }) => {
      const { id } = platform.dial(request, caller);
      return { status: 201, made: { callId: id } };
    },
  };
}
