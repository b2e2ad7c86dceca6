/* What a conference waits for, and until when. */

/** What the conference waits for; the workflow's one alarm rings at the earliest. */
export type DeadlineName = keyof typeof deadlineSummaries;

/** What each deadline is for, as the Temporal UI shows it on the timer. */
export const deadlineSummaries = {
  start: 'it is scheduled for then',
  reminder: 'who is to come is reminded',
  'no-show': 'if nobody has joined by then, it ends',
  alone: 'if nobody has come to the one who is left, it ends',
  'max-duration-warning': 'those in it are told that it will end',
  'max-duration': 'it ends, as it has lasted as long as it may',
  participants: 'somebody is dialled, again perhaps',
  'late-created': 'an unanswered attempt may still show its "created" event',
  'late-completed': 'the platform has completed the conference; its "completed" event is due',
  'late-hangups': 'the conference is over; the "hangup" events of its calls are due',
  reconcile: 'something is missing or contradicts; if it stays so, the platform is asked',
  silence: 'if nothing is heard, the platform is asked',
  lease: 'a gateway has not given back what it was lent; then it has run out',
} as const;

/** Until when it waits for each (epoch milliseconds). */
export type Deadlines = Partial<Record<DeadlineName, number>>;

/** The deadlines that are set, earliest first. */
export function deadlinesOf(deadlines: Deadlines): [DeadlineName, number][] {
  const names = Object.keys(deadlineSummaries) as DeadlineName[];
  return names
    .flatMap((name): [DeadlineName, number][] => (deadlines[name] === undefined ? [] : [[name, deadlines[name]]]))
    .sort(([, a], [, b]) => a - b);
}

/** The deadlines that a customer has asked for. */
export const CUSTOMER_DEADLINES = [
  ...(['start', 'reminder', 'participants', 'no-show', 'alone'] as const),
  ...(['max-duration-warning', 'max-duration'] as const),
] as const;

export type CustomerDeadline = (typeof CUSTOMER_DEADLINES)[number];
