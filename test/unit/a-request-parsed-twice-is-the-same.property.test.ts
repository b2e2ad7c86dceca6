import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { CatapultError } from '../../src/catapult/errors.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { routes, type Route } from '../../src/catapult/routes.ts';
import { everyCreateField } from '../support/every-field.ts';

/*
 * The gateway parses what comes in, to answer it in its own words; the client that it asks parses what it is given, as it does for a
 * backend service. So what is parsed must mean itself.
 */

const values = {
  ...everyCreateField,
  ...{
    state: 'completed',
    hold: 'TRUE',
    mute: false,
    callId: 'c-1',
    joinTone: 'false',
    leavingTone: true,
    memberId: 'm-1',
  },
  ...{
    to: 'sip:x@example.com',
    conferenceId: 'conf-1',
    sentence: 'Hello',
    gender: 'FEMALE',
    voice: 'kate',
    locale: 'EN_us',
  },
  ...{ callTimeout: '30', recordingEnabled: 'true', sipHeaders: { 'X-a': 'b' }, callbackHttpMethod: 'get' },
  ...{
    phase: 'active',
    reason: 'alone',
    deadLetters: 'true',
    startAfter: '2026-01-31T12:00:00.5 02:00',
    tag: 'a "tag" \ud800',
  },
};

const asked = Object.entries<Route>(routes).flatMap(([name, { body }]) =>
  body === undefined || name === 'redeliverDeadLetters' ? [] : [[name, body] as const],
);

function parsedOrNot(schema: z.ZodType, given: object): unknown {
  try {
    return parseRequest(schema, given);
  } catch (error) {
    if (error instanceof CatapultError) return undefined;
    throw error;
  }
}

const conference = { from: '+19195551234', callbackHttpMethod: 'get', callTimeout: '5', maxDuration: '60' };
const times = { startAt: '2026-12-01T09:00', endAt: '2027-12-01T10:00:00+01:00', timeZone: 'europe/berlin' };
const calendar = { weekdays: ['monday'], everyWeeks: '2', at: ['09:00'] };
const ofSchedules: Partial<Record<string, object>> = {
  createSchedule: { ...times, calendar, conference, maxRuns: '5', reminders: undefined },
  updateSchedule: { ...times, cron: '0 9 * * 1-5', jitter: '60', skippedDates: ['2026-12-07'] },
  skipDate: { date: '2026-12-07' },
  backfillSchedule: { from: '2026-01-31T12:00:00.5+02:00', to: '2026-01-31T12:00:00Z' },
};

test.each(asked)('%s', (name, schema) => {
  let parsed = 0;
  fc.assert(
    fc.property(fc.subarray(Object.entries(values)), (some) => {
      const required = { from: '+19195551234', callId: 'c-1', to: '+15551234567', conferenceId: 'conf-1', fileUrl: '' };
      const given = { ...required, ...Object.fromEntries(some), ...ofSchedules[name] };
      const once = parsedOrNot(schema, given);
      if (once === undefined) return;
      parsed += 1;
      expect(parseRequest(schema, once)).toEqual(once);
    }),
  );
  expect(parsed).toBeGreaterThan(0);
});

test('the filters of a list', () => {
  const { query } = routes.listConferences;
  const given = {
    phase: 'active',
    from: ' 15551234567',
    startAfter: '2026-01-31T12:00:00.5 02:00',
    deadLetters: 'true',
  };
  const { size: _size, ...filters } = parseRequest(query, given);
  expect(parseRequest(query, filters)).toMatchObject(filters);
  expect(filters.startAfter).toBe('2026-01-31T10:00:00.500Z');
});
