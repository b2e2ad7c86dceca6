import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createConferenceRequest, redeliverRequest } from '../../src/catapult/requests.ts';

beforeAll(() => {
  jest.useFakeTimers({ now: Date.parse('2028-01-31T12:00:00Z') });
});
afterAll(() => {
  jest.useRealTimers();
});

const parse = (fields: object) => createConferenceRequest.safeParse({ from: '+19195551234', ...fields });

describe('startAt', () => {
  test.each([
    ['2028-02-29T08:30:00Z', '2028-02-29T08:30:00Z'],
    ['2028-06-01T10:00:00+02:00', '2028-06-01T08:00:00Z'],
    ['2029-01-31T11:59:59.5Z', '2029-01-31T11:59:59.500Z'],
    ['2028-06-01T10:00:00.25+02:00', '2028-06-01T08:00:00.250Z'],
    ['2028-02-28T23:59:59.9990001Z', '2028-02-29T00:00:00Z'],
    ['2028-06-01T10:00:00.100000Z', '2028-06-01T10:00:00.100Z'],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
  ])('%s is %s, in UTC', (startAt, normal) => {
    expect(parse({ startAt })).toMatchObject({ success: true, data: { startAt: normal } });
  });

  test.each([
    '2029-02-29T00:00:00Z',
    '2030-01-01T00:00:00Z',
    '2028-02-29',
    '2028-02-29T08:30:00',
    'soon',
    '',
    1_700_000_000,
    {},
  ])('%j is none', (startAt) => {
    expect(parse({ startAt }).success).toBe(false);
  });
});

describe('the period of a redelivery', () => {
  const period = (from: unknown) => redeliverRequest.safeParse({ from, to: '2028-06-01T10:00:00+02:00' });

  test('is between two instants', () => {
    const [from, to] = [Date.UTC(2028, 1, 29), Date.UTC(2028, 5, 1, 8)];
    expect(period('2028-02-29T00:00:00Z')).toMatchObject({ success: true, data: { from, to } });
  });

  test.each(['2026-02-30T00:00:00Z', '2028-01-31T12:00:00', '2028-01-31', '2028-01-31T25:00:00Z', '', 0, null])(
    '%j is none',
    (from) => {
      expect(period(from).success).toBe(false);
    },
  );
});

test.each([
  [{ reminders: [{ before: 60 }] }, 'reminders'],
  [{ startAt: '2028-02-29T08:30:00Z', reminders: Array.from({ length: 11 }, () => ({ before: 60 })) }, 'reminders'],
  [{ maxDurationWarning: 60 }, 'maxDurationWarning'],
  [{ maxDuration: 60, maxDurationWarning: 60 }, 'maxDurationWarning'],
  [{ noShowTimeout: 0 }, 'noShowTimeout'],
  [{ aloneTimeout: 1.5 }, 'aloneTimeout'],
  [{ participants: [{}] }, 'participants'],
  [{ participants: Array.from({ length: 21 }, () => ({ to: '+19195550000' })) }, 'participants'],
  [{ participants: [{ to: '+19195550000', maxAttempts: 0 }] }, 'participants'],
])('%j is refused by the name of the field', (fields, name) => {
  const { error } = parse(fields);
  expect(error?.issues[0]?.path[0]).toBe(name);
});
