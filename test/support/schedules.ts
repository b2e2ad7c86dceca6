import { CatapultError } from '../../src/catapult/errors.ts';
import type { ListedConference } from '../../src/catapult/resources.ts';
import type { CreateScheduleFields } from '../../src/catapult/schedule-requests.ts';
import type { ScheduleIds } from '../../src/client/index.ts';
import { runTimeOf } from '../../src/conference/state/ids.ts';
import { USER, type House } from './house.ts';
import { until } from './until.ts';

export const from = '+19195551234';
export const EVERY_3_SECONDS = '*/3 * * * * * *';
export const NEVER_SOON = '0 9 1 1 *';

/** An instant as the wire writes it. */
export const second = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** When a conference was to be started, as its id tells. */
export const runTime = (one: { id: string } | undefined) => runTimeOf(one?.id ?? '') ?? NaN;

/** The schedules of a house, each every three seconds unless it says otherwise. */
export function schedulesOf(house: House) {
  const conferencesOf = async ({ scheduleId }: ScheduleIds): Promise<ListedConference[]> => {
    const all: ListedConference[] = [];
    for await (const one of house.service.list(USER, { scheduleId })) all.push(one);
    return all.sort((a, b) => a.id.localeCompare(b.id));
  };
  return {
    conferencesOf,
    made: (fields: Partial<CreateScheduleFields> = {}) =>
      house.service.schedules.create(USER, {
        ...{ cron: EVERY_3_SECONDS, timeZone: 'Europe/Berlin' },
        conference: { from, callbackUrl: house.customer.url('/scheduled') },
        ...fields,
      }),
    haveCome: async (ids: ScheduleIds, count: number) =>
      until(`${count} conferences of a schedule`, async () => {
        const all = await conferencesOf(ids);
        // What it begins at is known once its workflow has begun.
        return all.length >= count && all.every(({ startTime }) => startTime !== undefined) && all;
      }),
  };
}

export async function refusalOf(call: Promise<unknown>): Promise<CatapultError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  if (!(error instanceof CatapultError)) throw new Error(`was answered ${JSON.stringify(error)}`);
  return error;
}
