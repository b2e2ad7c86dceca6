import { catapultError, type CatapultError } from '../../catapult/errors.ts';
import { outsideText } from '../../catapult/outside-text.ts';
import type { CreateScheduleRequest } from '../../catapult/schedule-requests.ts';
import type { ScheduleIds } from '../../conference/state/ids.ts';
import { GRPC, grpcStatusOf } from '../grpc.ts';

/* What cannot be done with a schedule, as the errors of the wire. */

export function noSchedule({ scheduleId }: ScheduleIds): CatapultError {
  const shown = outsideText(scheduleId, 100);
  const details = [{ name: 'scheduleId', value: shown }];
  return catapultError('schedule-not-found', `There is no schedule ${shown} of this user.`, { details });
}

/** A field of a request that cannot be: what it got, and what it wants. */
export function wrongField(name: string, got: string, wanted: string): CatapultError {
  return catapultError('validation-error', `${name}: got ${got}, wants ${wanted}.`, {
    details: [{ name, value: got }],
  });
}

export function refusedSpec({ cron, calendar }: CreateScheduleRequest, wanted: string): CatapultError {
  const [name, value] = cron === undefined ? ['calendar', JSON.stringify(calendar)] : ['cron', `"${cron}"`];
  return wrongField(name, outsideText(value, 200), wanted);
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
