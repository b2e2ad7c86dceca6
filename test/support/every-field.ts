import type { CreateConferenceRequest, ParticipantRequest } from '../../src/catapult/requests.ts';

/*
 * Requests that name every field there is. One that is added to a schema and is missing here does not compile.
 */

type Whole<Request> = { [Field in keyof Request]-?: NonNullable<Request[Field]> };

const participant: Whole<ParticipantRequest> = {
  ...{ to: '+19195550001', from: '+19195551234', tag: 'host', callTimeout: 60 },
  ...{ mute: true, hold: true, joinTone: true, leavingTone: true },
  ...{ maxAttempts: 3, retryInterval: 5 },
};

export const everyCreateField: Whole<CreateConferenceRequest> = {
  ...{ from: '+19195551234', profile: 'passthru_digits', tag: 'x' },
  ...{ callbackUrl: 'http://127.0.0.1/a', fallbackUrl: 'http://127.0.0.1/b' },
  ...{ callbackHttpMethod: 'GET', callbackTimeout: 5_000 },
  ...{
    startAt: '2026-01-31T12:00:00Z',
    timeZone: 'Europe/Berlin',
    reminders: [{ before: 60 }],
    participants: [participant],
  },
  dialIn: { pin: '246810' },
  ...{ creationTimeout: 60, noShowTimeout: 60, aloneTimeout: 60, maxDuration: 600, maxDurationWarning: 60 },
};
