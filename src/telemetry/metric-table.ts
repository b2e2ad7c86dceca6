/*
 * Every metric of ours: what it counts, by which labels, and in which process. The labels have few values each, whoever calls and however
 * many conferences there are: no ids, hosts, numbers or tags.
 */

/** Upper ends of the buckets of what somebody waits for (seconds). */
const WAITED_FOR = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** And of what may take a day. */
const UP_TO_A_DAY = [...WAITED_FOR, 30, 60, 300, 1_800, 7_200, 21_600, 86_400];

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'] as const;
const urls = ['callbackUrl', 'fallbackUrl'] as const;

/** A label whose values are a table's: the routes, or the statuses of HTTP. */
type Labels = Record<string, readonly string[] | 'routes' | 'statuses'>;

interface Metric {
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  /** Which processes have it. */
  parts: readonly ('gateway' | 'worker')[];
  labels: Labels;
  buckets?: readonly number[];
}

export const metrics = {
  http_server_request_duration_seconds: {
    type: 'histogram',
    help: 'how long requests took, but for streams of events',
    parts: ['gateway'],
    labels: { method: methods, route: 'routes', status: 'statuses' },
    buckets: WAITED_FOR,
  },
  convoke_create_duration_seconds: {
    type: 'histogram',
    help: 'how long create calls took: `created` (201), `pending` (202), `refused` (4xx), `failed` (5xx)',
    parts: ['gateway'],
    labels: { outcome: ['created', 'pending', 'refused', 'failed'] },
    buckets: WAITED_FOR,
  },
  convoke_callbacks_total: {
    type: 'counter',
    help: 'callbacks of the platform: `taken` (200), `refused` (503: the platform turns to the fallback), `not-ours` (404), `unreadable` (other 4xx)',
    parts: ['gateway'],
    labels: {
      channel: ['primary', 'fallback', 'other'],
      answer: ['taken', 'refused', 'not-ours', 'unreadable'],
    },
  },
  convoke_callback_relay_duration_seconds: {
    type: 'histogram',
    help: 'from the arrival of a callback until Temporal has it. Under a lease it is sent to the customer first, and reported 0.2 s later',
    parts: ['gateway'],
    labels: {},
    buckets: UP_TO_A_DAY,
  },
  convoke_journal_entries: {
    type: 'gauge',
    help: 'callbacks in the journal that their conferences have not heard of',
    parts: ['gateway'],
    labels: {},
  },
  convoke_journal_bytes: { type: 'gauge', help: 'what the journal holds', parts: ['gateway'], labels: {} },
  convoke_journal_oldest_entry_timestamp_seconds: {
    type: 'gauge',
    help: 'when the oldest entry of the journal came; absent while it is empty',
    parts: ['gateway'],
    labels: {},
  },
  convoke_journal_damaged: {
    type: 'gauge',
    help: 'damaged places found in the journal since the gateway began',
    parts: ['gateway'],
    labels: {},
  },
  convoke_conferences: {
    type: 'gauge',
    help: 'open workflows of conferences by phase, as Temporal’s index counts them: 15 s old at most, the same at every gateway. One that is `completed`, `failed` or `cancelled` still delivers events',
    parts: ['gateway'],
    labels: {
      phase: ['scheduled', 'creating', 'created', 'active', 'ending', 'completed', 'failed', 'cancelled'],
    },
  },
  convoke_conferences_ended_total: {
    type: 'counter',
    help: 'conferences that have ended',
    parts: ['worker'],
    labels: {
      reason: [
        ...(['last-member-left', 'ended-via-api', 'no-show', 'alone'] as const),
        ...(['max-duration', 'cancelled', 'creation-failed', 'platform-lost'] as const),
      ],
    },
  },
  convoke_events_accepted_total: {
    type: 'counter',
    help: 'events that were numbered: from the platform, found by reconciling, or Convoke’s own',
    parts: ['worker'],
    labels: {
      source: ['platform', 'reconciled', 'convoke'],
      kind: [
        ...(['conference', 'conference-member', 'conference-participant', 'conference-playback'] as const),
        ...(['conference-speak', 'dtmf', 'answer', 'hangup', 'timeout', 'other'] as const),
      ],
    },
  },
  convoke_delivery_attempt_duration_seconds: {
    type: 'histogram',
    help: 'requests to customers: the class of the status, `timeout` without an answer in time, `unreachable` without a connection, `refused` where the URL leads where nothing may go, `failed` for all else',
    parts: ['gateway', 'worker'],
    labels: {
      url: urls,
      result: ['2xx', '3xx', '4xx', '5xx', 'timeout', 'unreachable', 'refused', 'failed'],
    },
    buckets: WAITED_FOR,
  },
  convoke_event_delivery_age_seconds: {
    type: 'histogram',
    help: 'how old events were when their customer had them',
    parts: ['gateway', 'worker'],
    labels: {},
    buckets: UP_TO_A_DAY,
  },
  convoke_dead_letters_total: {
    type: 'counter',
    help: 'events given up: the retry window was over (`expired`), no URL was left (`no-url`), the next run had no room for them (`no-room`)',
    parts: ['worker'],
    labels: { reason: ['expired', 'no-url', 'no-room'] },
  },
  convoke_delivery_hosts: {
    type: 'gauge',
    help: 'customers’ hosts, by account, that were sent to within 5 min: `answering`, `silent` (a request got no answer), `spared` (dead until a probe is answered)',
    parts: ['gateway', 'worker'],
    labels: { state: ['answering', 'silent', 'spared'] },
  },
  convoke_platform_request_duration_seconds: {
    type: 'histogram',
    help: 'requests to the platform',
    parts: ['gateway', 'worker'],
    labels: {
      operation: [
        ...(['createConference', 'completeConference', 'updateConference', 'updateMember'] as const),
        ...(['addMember', 'playAudio', 'dial', 'readConference', 'readCallbacks', 'registerCallbacks'] as const),
      ],
      result: ['done', 'refused', 'rate-limited', 'unavailable', 'lost'],
    },
    buckets: WAITED_FOR,
  },
  convoke_reconciles_total: {
    type: 'counter',
    help: 'how often the platform was asked what it knows: somebody wanted it (`requested`), an event is missing (`missing-event`), nothing was heard (`silence`), or an end depends on it (`before-end`); and whether it made events up',
    parts: ['worker'],
    labels: {
      why: ['requested', 'missing-event', 'silence', 'before-end'],
      outcome: ['nothing-new', 'made-up', 'unknown-to-platform', 'unreadable'],
    },
  },
  convoke_timer_lateness_seconds: {
    type: 'histogram',
    help: 'how late a timer was acted on',
    parts: ['worker'],
    labels: {
      timer: [
        ...(['start', 'reminder', 'no-show', 'alone', 'max-duration-warning', 'max-duration', 'participants'] as const),
        ...(['first-attempt', 'late-created', 'late-completed', 'late-hangups', 'reconcile', 'silence'] as const),
        'lease',
      ],
    },
    buckets: UP_TO_A_DAY,
  },
  convoke_dials_total: {
    type: 'counter',
    help: 'calls dialled: what their events show, `refused` where the platform would not, `unknown` where nothing shows it',
    parts: ['worker'],
    labels: { outcome: ['answered', 'busy', 'no-answer', 'rejected', 'failed', 'refused', 'unknown'] },
  },
} as const satisfies Record<string, Metric>;

type Table = typeof metrics;
export type MetricName = keyof Table;

/** The metrics of a type. */
export type NamesOf<Type extends Metric['type']> = {
  [Name in MetricName]: Table[Name] extends { type: Type } ? Name : never;
}[MetricName];

type ValueOf<Label> = Label extends readonly (infer Value)[] ? Value : string;

/** What a metric is counted by. */
export type LabelsOf<Name extends MetricName> = {
  [Label in keyof Table[Name]['labels']]: ValueOf<Table[Name]['labels'][Label]>;
} & Record<string, string>;
