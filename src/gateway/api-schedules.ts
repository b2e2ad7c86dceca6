import type { CreateConferenceRequest } from '../catapult/requests.ts';
import type { Caller, Handlers } from '../catapult/server/handlers.ts';
import type { ScheduleAsked, ScheduleClient } from '../client/index.ts';
import type { ApiOptions } from './api-options.ts';
import { atAddressOf, optionsOf } from './callers.ts';

type ScheduleRoute = Extract<keyof Handlers, `${string}Schedule${string}` | 'skipDate'>;
type ByHand = 'pauseSchedule' | 'resumeSchedule' | 'triggerSchedule' | 'skipDate' | 'backfillSchedule';

/** The wire's schedules, answered by Temporal's. */
export function handlersOfSchedules(schedules: ScheduleClient, options: ApiOptions): Pick<Handlers, ScheduleRoute> {
  return { ...handlersOfWholes(schedules, options), ...handlersByHand(schedules, options) };
}

function handlersOfWholes(
  schedules: ScheduleClient,
  { limits, refuseUses }: ApiOptions,
): Pick<Handlers, Exclude<ScheduleRoute, ByHand>> {
  const admitting = ({ userId }: Caller) => ({
    admit: async (asked: ScheduleAsked) => limits?.schedule(userId, asked),
  });
  return {
    async createSchedule({ request, caller }) {
      refuseUses?.(caller.userId, request.conference);
      const made = schedules.create(caller.userId, request, { ...optionsOf(caller), ...admitting(caller) });
      const { scheduleId } = await made.catch(atAddressOf(caller));
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
      refuseUses?.(caller.userId, request.conference ?? {});
      const ids = { userId: caller.userId, ...place };
      await schedules.change(ids, request, { ...optionsOf(caller), ...admitting(caller) });
      return { status: 200 };
    },

    async deleteSchedule({ place, caller: { userId } }) {
      await schedules.delete({ userId, ...place });
      return { status: 200 };
    },
  };
}

/** What is done with one by hand. */
function handlersByHand(schedules: ScheduleClient, { creator, limits }: ApiOptions): Pick<Handlers, ByHand> {
  const starting = ({ userId }: Caller) => ({
    admit: async (request: CreateConferenceRequest, count: number) => limits?.start(userId, request, count),
  });
  return {
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
      const made = schedules.trigger(ids, { ...optionsOf(caller), ...starting(caller), creator });
      const { conferenceId, outcome } = await made.catch(atAddressOf(caller));
      return { status: outcome === 'created' ? 201 : 202, made: { conferenceId } };
    },

    async skipDate({ place, request, caller }) {
      await schedules.skip({ userId: caller.userId, ...place }, request, optionsOf(caller));
      return { status: 200 };
    },

    async backfillSchedule({ place, request, caller }) {
      const ids = { userId: caller.userId, ...place };
      return {
        status: 200,
        body: await schedules.backfill(ids, request, { ...optionsOf(caller), ...starting(caller) }),
      };
    },
  };
}
