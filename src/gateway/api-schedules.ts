import type { Handlers } from '../catapult/server/handlers.ts';
import type { ScheduleClient } from '../client/index.ts';
import type { ApiOptions } from './api-options.ts';
import { atAddressOf, optionsOf } from './callers.ts';
import { refuseTargets } from './targets.ts';

type ScheduleRoute = Extract<keyof Handlers, `${string}Schedule${string}` | 'skipDate'>;

/** The wire's schedules, answered by Temporal's. */
export function handlersOfSchedules(
  schedules: ScheduleClient,
  { creator, limits, refusalOf }: ApiOptions,
): Pick<Handlers, ScheduleRoute> {
  return {
    async createSchedule({ request, caller }) {
      refuseTargets(request.conference, caller, refusalOf);
      const { scheduleId } = await schedules.create(caller.userId, request, optionsOf(caller));
      return { status: 201, made: { scheduleId } };
    },

    async listSchedules({ request, caller }) {
      return { status: 200, body: await schedules.page(caller.userId, request) };
    },

    async getSchedule({ place, caller: { userId } }) {
      return { status: 200, body: await schedules.get({ userId, ...place }) };
    },

    async getScheduleAsCalendar({ place, caller: { userId } }) {
      return { status: 200, calendar: await schedules.calendar({ userId, ...place }) };
    },

    async updateSchedule({ place, request, caller }) {
      refuseTargets(request.conference ?? {}, caller, refusalOf);
      await schedules.change({ userId: caller.userId, ...place }, request, optionsOf(caller));
      return { status: 200 };
    },

    async deleteSchedule({ place, caller: { userId } }) {
      await schedules.delete({ userId, ...place });
      return { status: 200 };
    },

    async pauseSchedule({ place, request, caller }) {
      await schedules.pause({ userId: caller.userId, ...place }, request, optionsOf(caller));
      return { status: 200 };
    },

    async resumeSchedule({ place, request, caller }) {
      await schedules.resume({ userId: caller.userId, ...place }, request, optionsOf(caller));
      return { status: 200 };
    },

    async triggerSchedule({ place, caller }) {
      const ids = { userId: caller.userId, ...place };
      const made = schedules.trigger(ids, {
        ...optionsOf(caller),
        creator,
        admit: async (request) => limits?.create(caller.userId, request),
      });
      const { conferenceId, outcome } = await made.catch(atAddressOf(caller));
      return { status: outcome === 'created' ? 201 : 202, made: { conferenceId } };
    },

    async skipDate({ place, request, caller }) {
      await schedules.skip({ userId: caller.userId, ...place }, request, optionsOf(caller));
      return { status: 200 };
    },

    async backfillSchedule({ place, request, caller }) {
      const ids = { userId: caller.userId, ...place };
      return { status: 200, body: await schedules.backfill(ids, request, optionsOf(caller)) };
    },
  };
}
