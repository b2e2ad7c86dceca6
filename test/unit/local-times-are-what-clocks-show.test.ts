import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parseRequest } from '../../src/catapult/parse.ts';
import { createConferenceRequest, updateConferenceRequest } from '../../src/catapult/requests.ts';
import { create, errorOf, FROM } from './wire-requests-world.ts';

beforeAll(() => {
  jest.useFakeTimers({ now: Date.parse('2026-02-01T12:00:00Z') });
});
afterAll(() => {
  jest.useRealTimers();
});

describe('a startAt without Z or an offset is a local time of its timeZone', () => {
  test.each([
    ['2026-12-01T09:00', 'Europe/Berlin', '2026-12-01T08:00:00Z'],
    ['2026-07-01T09:00:30', 'Europe/Berlin', '2026-07-01T07:00:30Z'],
    ['2026-07-01T09:00', 'america/new_york', '2026-07-01T13:00:00Z'],
    ['2026-07-01T09:00:00.250', 'Asia/Kathmandu', '2026-07-01T03:15:00.250Z'],
    ['2026-07-01T09:00', 'UTC', '2026-07-01T09:00:00Z'],
    ['2025-07-01T09:00', 'UTC', '2025-07-01T09:00:00Z'],
  ])('%s in %s is %s', (startAt, timeZone, instant) => {
    const conference = create({ startAt, timeZone });
    expect(conference.startAt).toBe(instant);
    expect(conference).not.toHaveProperty('timeZone');
    expect(parseRequest(updateConferenceRequest, { startAt, timeZone })).toEqual({ startAt: instant });
  });

  test('beside an instant a timeZone changes nothing', () => {
    expect(create({ startAt: '2026-07-01T09:00:00+02:00', timeZone: 'Asia/Tokyo' })).toEqual(
      create({ startAt: '2026-07-01T07:00:00Z' }),
    );
  });

  test.each([
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T01:30:00Z'],
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T06:30:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T15:15:00Z'],
  ])('of a time that comes twice in %s it is the second', (timeZone, startAt, instant) => {
    expect(create({ startAt, timeZone }).startAt).toBe(instant);
  });
});

describe('a startAt is refused, with what to write instead,', () => {
  test.each([
    ['where the clocks leave it out', { startAt: '2026-03-29T02:30', timeZone: 'Europe/Berlin' }, '2026-03-29T03:30'],
    ['where half an hour is left out', { startAt: '2026-10-04T02:15', timeZone: 'Australia/Lord_Howe' }, 'T02:45'],
    ['without a timeZone', { startAt: '2026-07-01T09:00' }, 'a timeZone beside it such as "Europe/Berlin"'],
    ['on a day that there is not', { startAt: '2026-02-30T09:00', timeZone: 'UTC' }, '"2026-01-31T12:00"'],
    ['at an hour that there is not', { startAt: '2026-02-20T24:00', timeZone: 'UTC' }, '"2026-01-31T12:00"'],
    ['more than a year ahead', { startAt: '2028-01-01T09:00', timeZone: 'UTC' }, 'not after 2027-02-02T12:00:00Z'],
  ])('%s', (_when, fields, says) => {
    for (const [body, schema] of [
      [{ from: FROM, ...fields }, createConferenceRequest],
      [fields, updateConferenceRequest],
    ] as const) {
      const { status, message, details } = errorOf(body, schema);
      expect({ status, details }).toMatchObject({ status: 400, details: [{ name: 'startAt' }] });
      expect(message).toContain(says);
    }
  });

  test.each(['Europe/Nowhere', '+01:00', 'Local', '../etc/passwd', '', ' UTC', 7, {}])(
    'the timeZone %j',
    (timeZone) => {
      const { details, message } = errorOf({ from: FROM, startAt: '2026-07-01T09:00', timeZone });
      expect(details?.map(({ name }) => name)).toContain('timeZone');
      expect(message).toContain('a time zone such as "Europe/Berlin"');
    },
  );

  test('a timeZone without a startAt', () => {
    expect(errorOf({ from: FROM, timeZone: 'Europe/Berlin' }).message).toContain(
      'timeZone: got "Europe/Berlin", wants nothing without a startAt',
    );
  });
});
