import { getClient } from '@temporalio/activity';
import { present } from '../catapult/present.ts';
import type { Member } from '../catapult/resources.ts';
import { Conferences } from '../client/index.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { Standing } from '../conference/state/watchers.ts';
import type { ConferenceError } from './service/index.ts';

/** How a conference stands, who is or was in it, and the error that it has failed with. */
export interface Seen {
  standing: Standing;
  members: Member[];
  error?: ConferenceError;
}

/** What a `watch` workflow asks; by the client of the worker that runs it. */
export const nexusActivities = {
  /** Null where there is no such conference. */
  async lookUpConference(ids: ConferenceIds): Promise<Seen | null> {
    const conferences = new Conferences(getClient());
    const view = await conferences.view(ids);
    const members = await conferences.members(ids);
    if (view === undefined || members === undefined) return null;
    return present({ standing: view.standing, members, error: view.conference.error });
  },
};

export type NexusActivities = typeof nexusActivities;
