import type { ErrorCode } from '../errors.ts';
import type { RouteName } from '../routes.ts';

/* From a real run, with names in place of what is random. `npm run record-examples` writes this file: do not edit it. */

export const routeExamples: Partial<Record<RouteName, { request?: unknown; answer?: unknown; location?: string }>> = {
  createConference: {
    request: {
      from: '+19195551234',
      callbackUrl: 'https://customer.example/events',
      tag: 'weekly',
      profile: 'passthru_digits',
      dialIn: { pin: '246810' },
      aloneTimeout: 600,
    },
    location: 'https://convoke.example/v1/users/u-123/conferences/conf-weekly',
  },
  addMember: {
    request: { callId: 'call-1', joinTone: true },
    location: 'https://convoke.example/v1/users/u-123/conferences/conf-weekly/members/member-1',
  },
  dial: {
    request: {
      from: '+19195551234',
      to: '+19195550001',
      conferenceId: 'conf-weekly',
      callbackUrl: 'https://customer.example/calls',
      tag: 'host',
    },
    location: 'https://convoke.example/v1/users/u-123/calls/call-2',
  },
  playAudio: { request: { sentence: 'Welcome.' } },
  playAudioToMember: { request: { fileUrl: 'https://customer.example/welcome.mp3' } },
  updateMember: { request: { mute: true } },
  listMembers: {
    answer: [
      {
        id: 'member-1',
        state: 'active',
        mute: true,
        hold: false,
        joinTone: true,
        leavingTone: false,
        addedTime: '2026-01-31T12:00:20Z',
        call: 'https://convoke.example/v1/users/u-123/calls/call-1',
      },
      {
        id: 'member-2',
        state: 'active',
        mute: false,
        hold: false,
        joinTone: false,
        leavingTone: false,
        addedTime: '2026-01-31T12:00:20Z',
        call: 'https://convoke.example/v1/users/u-123/calls/call-2',
      },
    ],
  },
  getMember: {
    answer: {
      id: 'member-1',
      state: 'active',
      mute: true,
      hold: false,
      joinTone: true,
      leavingTone: false,
      addedTime: '2026-01-31T12:00:20Z',
      call: 'https://convoke.example/v1/users/u-123/calls/call-1',
    },
  },
  getConference: {
    answer: {
      id: 'conf-weekly',
      state: 'active',
      from: '+19195551234',
      callbackHttpMethod: 'POST',
      callbackTimeout: 10000,
      profile: 'passthru_digits',
      tag: 'weekly',
      aloneTimeout: 600,
      callbackUrl: 'https://customer.example/events',
      createdTime: '2026-01-31T12:00:00Z',
      activeMembers: 2,
      hold: false,
      mute: false,
      phase: 'active',
      dialIn: { asksForPin: true },
    },
  },
  listConferences: {
    answer: {
      conferences: [
        {
          id: 'conf-weekly',
          state: 'active',
          phase: 'active',
          from: '+19195551234',
          tag: 'weekly',
          activeMembers: 2,
          deadLetters: 0,
          startTime: '2026-01-31T12:00:00.104Z',
        },
      ],
    },
  },
  countConferences: { answer: { scheduled: 0, active: 1, ending: 0, failing: 0, deadLetters: 0 } },
  diagnose: {
    answer: {
      time: '2026-01-31T12:00:00.104Z',
      findings: [{ check: 'workers', level: 'ok', found: 'A worker does its work.' }],
    },
  },
  getHealth: {
    answer: {
      temporal: 'reachable',
      workers: 'working',
      platform: 'answers',
      journal: { state: 'ok', waiting: 0, damaged: 0 },
      spared: [],
    },
  },
  updateConference: { request: { state: 'completed' } },
  listEvents: {
    answer: {
      events: [
        {
          id: 'evt-weekly-1',
          sequence: 1,
          state: 'delivered',
          source: 'platform',
          acceptedTime: '2026-01-31T12:00:00.104Z',
          body: {
            eventType: 'conference',
            conferenceId: 'conf-weekly',
            status: 'created',
            createdTime: '2026-01-31T12:00:00Z',
            conferenceUri: 'https://convoke.example/v1/users/u-123/conferences/conf-weekly',
            tag: 'weekly',
          },
          attempts: [
            { time: '2026-01-31T12:00:00.104Z', url: 'callbackUrl', ok: true, result: '200', milliseconds: 12 },
          ],
        },
      ],
      nextPageToken: '1',
    },
  },
  redeliverEvent: { location: 'https://convoke.example/v1/users/u-123/conferences/conf-weekly/events' },
  redeliverDeadLetters: {
    request: { from: '2026-01-30T00:00:00Z', to: '2026-01-31T12:00:00Z' },
    answer: '{"conferences":0,"events":0,"refused":0,"done":true}\n',
  },
  listSteps: {
    answer: {
      steps: [
        {
          id: '0f8fad5b-d9cb-469f-a165-70867728950e-1-1',
          kind: 'change',
          does: 'add call call-1 as a member',
          time: '2026-01-31T12:00:00.104Z',
          state: 'done',
        },
        {
          id: '0f8fad5b-d9cb-469f-a165-70867728950e-2-1',
          kind: 'delivery',
          does: 'deliver event 14: conference completed',
          time: '2026-01-31T12:00:00.104Z',
          state: 'done',
          attempts: 1,
          endTime: '2026-01-31T12:00:00.104Z',
        },
        {
          id: '0f8fad5b-d9cb-469f-a165-70867728950e-3-1',
          kind: 'phase',
          does: 'active',
          time: '2026-01-31T12:00:00.104Z',
          state: 'done',
        },
        {
          id: '0f8fad5b-d9cb-469f-a165-70867728950e-4-1',
          kind: 'platform',
          does: 'add call call-1 as a member',
          time: '2026-01-31T12:00:00.104Z',
          state: 'done',
          attempts: 1,
          endTime: '2026-01-31T12:00:00.104Z',
        },
        {
          id: '0f8fad5b-d9cb-469f-a165-70867728950e-5-1',
          kind: 'run',
          does: 'begins',
          time: '2026-01-31T12:00:00.104Z',
          state: 'done',
        },
      ],
    },
  },
  explainConference: {
    answer: {
      promises: [{ promise: 'end', state: 'kept', says: 'completed (ended-via-api) at 2026-01-31T12:00:00Z' }],
      conferences: [
        {
          platformId: 'conf-1',
          is: 'adopted',
          time: '2026-01-31T12:00:00.104Z',
          completedTime: '2026-01-31T12:30:00.104Z',
        },
      ],
      events: [
        {
          sequence: 2,
          id: 'evt-weekly-2',
          event: 'conference-member active',
          source: 'platform',
          acceptedTime: '2026-01-31T12:00:00.104Z',
          state: 'delivered',
          requests: 1,
          deliveredTime: '2026-01-31T12:00:00.104Z',
          result: '200',
        },
      ],
      timers: [],
      decisions: [
        {
          time: '2026-01-31T12:00:00.104Z',
          input: 'change-settled',
          took: "the platform's answer to change 1: done",
          decided: ['add call call-1 as a member: done'],
        },
      ],
    },
  },
  whatIf: {
    answer: {
      was: { phase: 'completed', reason: 'ended-via-api', endTime: '2026-01-31T12:00:00.104Z' },
      would: { phase: 'completed', reason: 'ended-via-api', endTime: '2026-01-31T12:00:00.104Z' },
      onlyWas: [],
      onlyWould: [],
      assumed: [],
    },
  },
  listDeadLetters: { answer: { deadLetters: [] } },
  createSchedule: {
    request: {
      calendar: { weekdays: ['monday'], at: ['09:00'] },
      timeZone: 'Europe/Berlin',
      maxRuns: 2,
      note: 'the team',
      conference: { from: '+19195551234', tag: 'mondays', participants: [{ to: '+19195550001', tag: 'host' }] },
    },
    location: 'https://convoke.example/v1/users/u-123/conference-schedules/sched-mondays',
  },
  triggerSchedule: { location: 'https://convoke.example/v1/users/u-123/conferences/conf-mondays-now-once' },
  getScheduleAsCalendar: {
    answer:
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Convoke//schedules//EN\r\nMETHOD:PUBLISH\r\nNAME:mondays\r\nX-WR-CALNAME:mondays\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\nBEGIN:VEVENT\r\nUID:conf-mondays-2026-01-31T12:00:00Z\r\nSEQUENCE:0\r\nDTSTAMP:20260202T080000Z\r\nDTSTART:20260202T080000Z\r\nDTEND:20260202T080000Z\r\nSUMMARY:mondays\r\nDESCRIPTION:the team\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:conf-mondays-2026-01-31T12:00:00Z\r\nSEQUENCE:0\r\nDTSTAMP:20260202T080000Z\r\nDTSTART:20260202T080000Z\r\nDTEND:20260202T080000Z\r\nSUMMARY:mondays\r\nDESCRIPTION:the team\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
  },
  getSchedule: {
    answer: {
      id: 'sched-mondays',
      state: 'active',
      note: 'the team',
      calendar: { at: ['09:00'], weekdays: ['monday'] },
      timeZone: 'Europe/Berlin',
      maxRuns: 2,
      runsLeft: 2,
      overlap: 'allow-all',
      catchupWindow: 300,
      conference: {
        from: '+19195551234',
        callbackHttpMethod: 'POST',
        callbackTimeout: 10000,
        profile: 'interpret_digits',
        tag: 'mondays',
        participants: [{ to: '+19195550001', tag: 'host', callTimeout: 60, maxAttempts: 1, retryInterval: 60 }],
      },
      nextRuns: ['2026-02-02T08:00:00Z', '2026-02-09T08:00:00Z'],
      createdTime: '2026-01-31T12:00:00Z',
      conferences: [
        {
          id: 'conf-mondays-now-once',
          state: 'created',
          phase: 'created',
          from: '+19195551234',
          tag: 'mondays',
          activeMembers: 0,
          deadLetters: 0,
          startTime: '2026-01-31T12:00:00.104Z',
        },
      ],
    },
  },
  listSchedules: {
    answer: {
      schedules: [
        {
          id: 'sched-mondays',
          state: 'active',
          note: 'the team',
          calendar: { at: ['09:00'], weekdays: ['monday'] },
          timeZone: 'Europe/Berlin',
          maxRuns: 2,
          runsLeft: 2,
          overlap: 'allow-all',
          catchupWindow: 300,
          conference: {
            from: '+19195551234',
            callbackHttpMethod: 'POST',
            callbackTimeout: 10000,
            profile: 'interpret_digits',
            tag: 'mondays',
            participants: [{ to: '+19195550001', tag: 'host', callTimeout: 60, maxAttempts: 1, retryInterval: 60 }],
          },
          nextRuns: ['2026-02-02T08:00:00Z', '2026-02-09T08:00:00Z'],
          createdTime: '2026-01-31T12:00:00Z',
        },
      ],
    },
  },
  pauseSchedule: { request: { note: 'holidays' } },
  resumeSchedule: { request: { note: 'the team' } },
  skipDate: { request: { date: '2026-02-02' } },
  backfillSchedule: {
    request: { from: '2026-01-31T12:00:00.104Z', to: '2026-01-31T12:00:00.104Z' },
    answer: {
      conferences: [{ id: 'conf-mondays-2026-01-31T12:00:00Z', startTime: '2026-01-31T12:00:00Z', outcome: 'made' }],
    },
  },
  updateSchedule: { request: { cron: '30 9 * * 1', overlap: 'skip' } },
  deleteSchedule: {},
};
export const errorExamples: Partial<Record<ErrorCode, unknown>> = {
  'conference-update-conflict': {
    category: 'conflict',
    code: 'conference-update-conflict',
    message: 'Idempotency-Key: was used for dead letters of another time; wants a new key for a new request.',
    details: [{ name: 'userId', value: 'u-123' }],
  },
  'duplicate-schedule': {
    category: 'conflict',
    code: 'duplicate-schedule',
    message: 'Idempotency-Key: was used for another schedule; wants a new key for a new schedule.',
    details: [{ name: 'userId', value: 'u-123' }],
  },
  'schedule-update-conflict': {
    category: 'conflict',
    code: 'schedule-update-conflict',
    message: 'Idempotency-Key: was used for another change of this schedule; wants a new key for a new change.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'scheduleId', value: 'sched-mondays' },
    ],
  },
  'schedule-not-found': {
    category: 'not-found',
    code: 'schedule-not-found',
    message: 'There is no schedule sched-aaaaaaaaaaaaaaaaaaaaaaaaaa of this user.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'scheduleId', value: 'sched-aaaaaaaaaaaaaaaaaaaaaaaaaa' },
    ],
  },
  'validation-error': {
    category: 'bad-request',
    code: 'validation-error',
    message: 'from: got "9195551234", wants an E.164 telephone number such as "+19195551234".',
    details: [{ name: 'from', value: '"9195551234"' }],
  },
  'callback-invalid-url': {
    category: 'bad-request',
    code: 'callback-invalid-url',
    message: 'callbackUrl: got "ftp://customer.example", wants an http:// or https:// URL of at most 2048 characters.',
    details: [{ name: 'callbackUrl', value: '"ftp://customer.example"' }],
  },
  'user-access-denied': {
    category: 'authentication',
    code: 'user-access-denied',
    message:
      'Authorization: the credentials do not fit, wants HTTP Basic auth with the token and secret of the user in the path.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-weekly' },
    ],
  },
  'conference-not-found': {
    category: 'not-found',
    code: 'conference-not-found',
    message: 'There is no conference conf-unknown of this user.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-unknown' },
    ],
  },
  'conference-member-not-found': {
    category: 'not-found',
    code: 'conference-member-not-found',
    message: 'There is no member member-unknown in this conference.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-weekly' },
      { name: 'memberId', value: 'member-unknown' },
    ],
  },
  'resource-not-found': {
    category: 'not-found',
    code: 'resource-not-found',
    message: 'There is no event evt-unknown of this conference.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-weekly' },
      { name: 'eventId', value: 'evt-unknown' },
    ],
  },
  'body-too-large': {
    category: 'bad-request',
    code: 'body-too-large',
    message: 'The body: wants at most 65536 bytes.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-weekly' },
      { name: 'maxBytes', value: '65536' },
    ],
  },
  'unsupported-media-type': {
    category: 'bad-request',
    code: 'unsupported-media-type',
    message: 'Content-Type: got "application/x-www-form-urlencoded", wants application/json for a request with a body.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'Content-Type', value: 'application/x-www-form-urlencoded' },
    ],
  },
  'duplicate-conference': {
    category: 'conflict',
    code: 'duplicate-conference',
    message:
      'Idempotency-Key: got "weekly-1", which was used for another request; wants a new key for a new conference.',
    details: [{ name: 'userId', value: 'u-123' }],
  },
  'conference-error': {
    category: 'forbidden',
    code: 'conference-error',
    message: 'The conference is completed: it cannot be changed any more.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-weekly' },
    ],
  },
  'method-not-allowed': {
    category: 'bad-request',
    code: 'method-not-allowed',
    message: 'POST is not possible here, only GET.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-weekly' },
      { name: 'Allow', value: 'GET, HEAD' },
    ],
  },
  'invalid-call-conference-id': {
    category: 'forbidden',
    code: 'invalid-call-conference-id',
    message: 'The call call-3 belongs to another conference.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-yearly' },
    ],
  },
  'call-id-not-found': {
    category: 'forbidden',
    code: 'call-id-not-found',
    message: 'There is no call call-unknown, or it is not up.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-yearly' },
    ],
  },
  'conference-max-members': {
    category: 'limit',
    code: 'conference-max-members',
    message: 'The conference has 20 members, the most it may have.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-monthly' },
      { name: 'maxMembers', value: '20' },
    ],
  },
  'call-rate-limit': {
    category: 'limit',
    code: 'call-rate-limit',
    message: 'There were more calls than 1 per second, averaged over 10 s.',
    details: [{ name: 'userId', value: 'u-123' }],
  },
  'rate-limit-reached': {
    category: 'too-many-requests',
    code: 'rate-limit-reached',
    message: 'There were more requests than the limit allows.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-yearly' },
      { name: 'X-RateLimit-Reset', value: '1769860805000' },
    ],
  },
  'gateway-unavailable': {
    category: 'unavailable',
    code: 'gateway-unavailable',
    message:
      'The outcome is unknown: no answer came in time, of the platform or of Temporal and its workers. It is safe to send it again.',
    details: [
      { name: 'userId', value: 'u-123' },
      { name: 'conferenceId', value: 'conf-yearly' },
    ],
  },
};
export const eventExamples: Record<string, unknown> = {
  conference: {
    eventType: 'conference',
    conferenceId: 'conf-weekly',
    status: 'created',
    createdTime: '2026-01-31T12:00:00Z',
    conferenceUri: 'https://convoke.example/v1/users/u-123/conferences/conf-weekly',
    tag: 'weekly',
  },
  member: {
    eventType: 'conference-member',
    conferenceId: 'conf-weekly',
    state: 'active',
    memberId: 'member-1',
    callId: 'call-1',
    activeMembers: 1,
    time: '2026-01-31T12:00:00.104Z',
    memberUri: 'https://convoke.example/v1/users/u-123/conferences/conf-weekly/members/member-1',
    hold: false,
    mute: false,
    tag: 'weekly',
  },
  call: {
    eventType: 'answer',
    callId: 'call-2',
    time: '2026-01-31T12:00:00.104Z',
    callUri: 'https://convoke.example/v1/users/u-123/calls/call-2',
    from: '+19195551234',
    to: '+19195550001',
    tag: 'host',
  },
  audio: {
    eventType: 'conference-speak',
    conferenceId: 'conf-weekly',
    status: 'started',
    time: '2026-01-31T12:00:00.104Z',
    conferenceUri: 'https://convoke.example/v1/users/u-123/conferences/conf-weekly',
    tag: 'weekly',
  },
  key: {
    eventType: 'dtmf',
    callId: 'call-1',
    time: '2026-01-31T12:00:00.104Z',
    callUri: 'https://convoke.example/v1/users/u-123/calls/call-1',
    dtmfDigit: '5',
  },
  conferenceReminder: {
    eventType: 'conference',
    conferenceId: 'conf-with-people',
    conferenceUri: 'https://convoke.example/v1/users/u-123/conferences/conf-with-people',
    status: 'reminder',
    startAt: '2026-01-31T13:00:00Z',
    before: 1,
  },
  participant: {
    eventType: 'conference-participant',
    conferenceId: 'conf-with-people',
    to: '+19195550002',
    status: 'joined',
    attempts: 1,
    memberId: 'member-3',
    tag: 'guest',
  },
  other: { eventType: 'recording', conferenceId: 'conf-with-people', state: 'complete', recordingId: 'rec-1' },
  conferenceFailed: {
    eventType: 'conference',
    conferenceId: 'conf-failed',
    conferenceUri: 'https://convoke.example/v1/users/u-123/conferences/conf-failed',
    status: 'failed',
    completedTime: '2026-01-31T12:30:00Z',
    error: {
      category: 'forbidden',
      code: 'conference-error',
      message: 'This number hosts no conferences.',
      details: [],
    },
  },
};
