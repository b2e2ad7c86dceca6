import type { Client } from '@temporalio/client';
import { catapultError, type CatapultError } from '../../catapult/errors.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import { pathTo } from '../../catapult/paths.ts';
import type { ScheduleSettings } from '../../catapult/schedule-requests.ts';
import type { ScheduleIds } from '../../conference/state/ids.ts';
import type { SchedulePlan } from '../../workflows/messages.ts';
import { MAX_STARTED_AT_ONCE, STARTED_BEFORE_SECONDS } from '../budget.ts';
import { GRPC, grpcStatusOf } from '../grpc.ts';
import { isRefusal, unavailable } from '../unavailable.ts';

/* What cannot be done with a schedule, as the errors of the wire. */

export function noSchedule({ scheduleId }: ScheduleIds): CatapultError {
  const shown = outsideText(scheduleId, 100);
  const details = [{ name: 'scheduleId', value: shown }];
  return catapultError('schedule-not-found', `There is no schedule ${shown} of this user.`, { details });
}

export function otherSchedule(): CatapultError {
  const message = 'Idempotency-Key: was used for another schedule; wants a new key for a new schedule.';
  return catapultError('duplicate-schedule', message);
}

/** A field of a request that cannot be: what it got, and what it wants. */
export function wrongField(name: string, got: string, wanted: string): CatapultError {
  return catapultError('validation-error', `${name}: got ${got}, wants ${wanted}.`, {
    details: [{ name, value: got }],
  });
}

/** What makes no conference any more. */
function neverComes({ cron, calendar, endAt }: ScheduleSettings): CatapultError {
  const wanted = 'a time that is still to come: it makes no conference';
  if (endAt !== undefined && Date.parse(endAt) <= Date.now()) return wrongField('endAt', endAt, wanted);
  const [name, value] = cron === undefined ? ['calendar', JSON.stringify(calendar)] : ['cron', `"${cron}"`];
  return wrongField(name, outsideText(value, 200), wanted);
}

/**
 * What is asked for must make conferences, and all of them: where one is made before the one ahead of it begins, for its reminders, that one is
 * always there, and every `overlap` but allow-all would lose some.
 * @throws CatapultError 400
 */
export function mustMakeAll(plan: SchedulePlan, begins: readonly number[], overdue: readonly number[]): void {
  const { asked, leadSeconds } = plan;
  if (begins.length === 0) throw neverComes(asked);
  mustBeFew(overdue, plan);
  const { overlap = 'allow-all' } = asked;
  if (overlap === 'allow-all' || leadSeconds === 0) return;
  const isEarly = begins.some((at, index) => at - leadSeconds * 1_000 <= (begins[index - 1] ?? -Infinity));
  if (!isEarly) return;
  const wanted =
    `"allow-all", or ${leadSeconds + 1} s between two conferences: for its reminders one is made ${leadSeconds} s earlier, ` +
    'when the one before has not begun';
  throw wrongField('overlap', `"${overlap}"`, wanted);
}

/** @throws CatapultError 400 for more conferences than are started by one request. */
export function mustBeFew(starts: readonly number[], { leadSeconds }: SchedulePlan): void {
  if (starts.length <= MAX_STARTED_AT_ONCE) return;
  const longest = String(leadSeconds - STARTED_BEFORE_SECONDS);
  const wanted = `a longest one within which at most ${MAX_STARTED_AT_ONCE} conferences begin`;
  throw wrongField('conference.reminders', `one of ${longest} s`, wanted);
}

/** For a call that makes one, and has failed: it may be there all the same. */
export function scheduleUnavailable(client: Client, ids: ScheduleIds): (error: unknown) => Promise<never> {
  return async (error) => {
    if (isRefusal(error)) throw error;
    const words = 'The schedule may be there all the same: Location says where it is then.';
    const { message } = await unavailable(client, words, error, 'Temporal');
    // Whoever has an address puts it before.
    const headers = { location: pathTo('/conference-schedules/:scheduleId', ids) };
    throw catapultError('gateway-unavailable', message, { headers, cause: error });
  };
}

/** Temporal's word on a cron string or a time zone that it does not know, as far as the request's own check has let them through. */
export function refusedByTemporal(error: unknown): CatapultError | undefined {
  const { code, details = '' } = grpcStatusOf(error) ?? {};
  const [, word] = /Invalid schedule spec: (.+)/i.exec(details) ?? [];
  if (code !== GRPC.invalidArgument || word === undefined) return undefined;
  const name = /time ?zone/i.test(word) ? 'timeZone' : 'cron';
  const message = `${name}: Temporal does not take it (${outsideText(word, 200)}); wants one such as ${name === 'cron' ? '"0 9 * * 1-5"' : '"Europe/Berlin"'}.`;
  return catapultError('validation-error', message, { details: [{ name, value: outsideText(word, 200) }] });
}
