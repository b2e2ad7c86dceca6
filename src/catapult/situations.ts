import type { ErrorCode } from './errors.ts';
import type { RouteName } from './routes.ts';

/*
 * What is answered when, as data: the table of errors of docs/wire.md, and the texts of the errors in the description of the wire.
 */

/**
 * What a request may meet, and how it is answered: by statuses without an error, or by an error, which may be the platform's word. `at` are
 * the only routes where it can be met.
 */
export type Situation = { when: string; platforms?: true; at?: readonly RouteName[] } & (
  { statuses: readonly number[] } | { code: ErrorCode }
);

/** What changes a conference, or something in it. */
const changes = [
  ...(['updateConference', 'playAudio', 'addMember', 'updateMember', 'playAudioToMember', 'dial'] as const),
] as const satisfies readonly RouteName[];

/** The situations by what they are about, in the order in which they are listed; `when` goes on from there. */
export const situations = {
  'The request': [
    {
      when: 'a field is wrong or missing, the body is not UTF-8, is malformed JSON, or nests deeper than 20 levels',
      code: 'validation-error',
    },
    {
      when: '`callbackUrl` or `fallbackUrl` is not a URL that [the fields](#fields) allow, or shows by itself that it leads to no public address, or has a port that is not allowed',
      code: 'callback-invalid-url',
    },
    { when: 'a field is not in the table of fields, under `Prefer: handling=strict`', code: 'validation-error' },
    { when: '`POST /calls` without `conferenceId`, or with `bridgeId`', at: ['dial'], code: 'validation-error' },
    {
      when: 'credentials are missing or wrong, or belong to another user; with `WWW-Authenticate: Basic`',
      code: 'user-access-denied',
    },
    { when: 'there is no such path (there is none below `/calls/`)', code: 'resource-not-found' },
    {
      when: 'the path does not support this method (of `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`, `OPTIONS`); `Allow` says which it has',
      code: 'method-not-allowed',
    },
    { when: 'the body is over 64 KiB', code: 'body-too-large' },
    {
      when: 'the body is not `application/json`, says that it is not UTF-8, or is compressed (`Content-Encoding`)',
      code: 'unsupported-media-type',
    },
    { when: 'something went wrong on our side; it has been logged', code: 'backend-protocol-support-failure' },
    {
      when: 'it could not be done now, or nobody knows yet whether it was done: the message says which',
      code: 'gateway-unavailable',
    },
  ],
  'A conference': [
    { when: "is unknown, or another user's; in the path or as `conferenceId`", code: 'conference-not-found' },
    { when: 'is scheduled for later: hold, mute, audio, members, calls', at: changes, code: 'conference-error' },
    {
      when: 'is ended while its create is under way: the answer to the create',
      at: ['createConference', 'triggerSchedule'],
      code: 'conference-error',
    },
    { when: 'has begun: `startAt`', at: ['updateConference'], code: 'conference-error' },
    { when: 'is being created: hold, mute, audio, members, calls', at: changes, code: 'gateway-unavailable' },
    { when: 'is not on the platform yet: callback fields, `tag`', statuses: [200] },
    { when: 'is not on the platform yet: `state: completed`', statuses: [200, 202] },
    { when: 'is being ended: callback fields, `tag`, removing a member', statuses: [200] },
    { when: 'is being ended: `state: completed`', statuses: [200, 202] },
    { when: 'is being ended: everything else', at: changes, code: 'conference-error' },
    { when: 'is completed: `state: completed` alone, `{}`', statuses: [200] },
    { when: 'is completed: everything else', at: changes, code: 'conference-error' },
    {
      when: 'has more than 20 runs, or its first one is no longer kept: what other settings had led to',
      at: ['whatIf'],
      code: 'conference-error',
    },
  ],
  'A member': [
    { when: 'was never in this conference', code: 'conference-member-not-found' },
    { when: 'has left: `state: completed` alone, `{}`', statuses: [200] },
    {
      when: 'has left: everything else, audio too',
      at: ['updateMember', 'playAudioToMember'],
      code: 'conference-error',
    },
    {
      when: 'would be the 21st, added or dialled (a call that is answered when the conference is full is hung up)',
      code: 'conference-max-members',
      platforms: true,
    },
  ],
  'A call that is to be added': [
    { when: 'does not exist, or is over', at: ['addMember'], code: 'call-id-not-found', platforms: true },
    {
      when: 'is in another conference, or was dialled into another',
      at: ['addMember'],
      code: 'invalid-call-conference-id',
      platforms: true,
    },
    { when: 'is a member of this conference already', at: ['addMember'], code: 'conference-error', platforms: true },
  ],
  'A schedule': [
    { when: "is unknown, or another user's, or has been forgotten after its last run", code: 'schedule-not-found' },
    {
      when: 'would make no conference at all, or more than 100 at once for its reminders; or has jitter beside reminders',
      at: ['createSchedule', 'updateSchedule'],
      code: 'validation-error',
    },
    {
      when: 'would make two conferences within 60 s, for an account with [limits](#limits)',
      at: ['createSchedule', 'updateSchedule'],
      code: 'validation-error',
    },
    { when: 'begins nothing on that date, or has made it already', at: ['skipDate'], code: 'validation-error' },
    {
      when: 'was to begin more than 100 conferences in that time, or it has not passed, or began more than 30 days ago',
      at: ['backfillSchedule'],
      code: 'validation-error',
    },
  ],
  Limits: [
    { when: "the platform's limit on calls is reached", code: 'call-rate-limit', platforms: true },
    {
      when: 'the platform puts a change off (429); `X-RateLimit-Reset` says until when, in epoch milliseconds',
      at: changes,
      code: 'rate-limit-reached',
    },
    {
      when: 'the account has reached [one of its own](#limits); nothing was done',
      code: 'rate-limit-reached',
    },
    {
      when: 'credentials did not fit ten times within a minute, for this user from this address; these were not looked at',
      code: 'rate-limit-reached',
    },
    {
      when: 'the platform puts a create off: it waits for its turn, first come, first served',
      statuses: [201, 202],
    },
  ],
  'An `Idempotency-Key`': [
    { when: 'is not 1 to 255 visible ASCII characters', code: 'validation-error' },
    { when: 'was used for another conference', code: 'duplicate-conference' },
    { when: 'was used for another schedule', at: ['createSchedule'], code: 'duplicate-schedule' },
    { when: 'was used for another change of this schedule', code: 'schedule-update-conflict' },
    {
      when: 'was used for another change or redelivery of this conference, or for another time of dead letters',
      code: 'conference-update-conflict',
    },
  ],
  'A redelivery': [
    { when: 'of an event that this conference does not have', at: ['redeliverEvent'], code: 'resource-not-found' },
    {
      when: 'between times of which one does not exist (`2026-02-30T…`), or has neither `Z` nor an offset',
      at: ['redeliverDeadLetters'],
      code: 'validation-error',
    },
    {
      when: 'of a conference whose workflow was terminated: nothing follows it any more',
      at: ['redeliverEvent'],
      code: 'conference-error',
    },
  ],
} as const satisfies Record<string, readonly Situation[]>;

/** In which situations a route answers with an error, each as a whole sentence without its full stop. */
export function situationsOf(code: ErrorCode, route: RouteName): string[] {
  return Object.entries<readonly Situation[]>(situations).flatMap(([subject, all]) =>
    all.flatMap((situation) => {
      const isMet = 'code' in situation && situation.code === code && (situation.at?.includes(route) ?? true);
      return isMet ? [sentence(subject, situation.when)] : [];
    }),
  );
}

/** What is said of the request, or of a limit, is a sentence by itself. */
function sentence(subject: string, when: string): string {
  const plain = withoutLinks(when);
  const whole = ['The request', 'Limits'].includes(subject) ? plain : `${subject} ${plain}`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

/** The docs' own words, for whoever has not the docs around them. */
export function withoutLinks(text: string): string {
  return text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
}
