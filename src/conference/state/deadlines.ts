/* What a conference waits for, and until when. */

/** What a conference waits for; the workflow's one alarm rings at the earliest. */
export type DeadlineName = keyof typeof deadlineSummaries;

/** What happens at each deadline, as the Temporal UI shows it. */
export const deadlineSummaries = {
  start: 'the conference starts',
  reminder: 'the next reminder is sent',
  'no-show': 'the conference ends, unless somebody has joined',
  alone: 'the conference ends, unless a second member has joined',
  'max-duration-warning': 'a voice tells the members when the conference ends',
  'max-duration': 'the conference ends: maxDuration is over',
  participants: 'the next participant is dialled, or a call that nobody answers is over',
  'first-attempt': 'Convoke asks the gateway that has started the conference what came of its attempt to create it',
  'late-created': 'creating has failed, unless the "created" event of an unanswered attempt comes',
  'late-completed': 'Convoke sends the "completed" event, unless the platform has sent it',
  'late-hangups': 'Convoke no longer waits for the "hangup" events of the calls',
  reconcile: 'Convoke compares with the platform, unless its events have come by then',
  silence: 'Convoke compares with the platform, if it stays quiet until then',
  lease: 'the worker delivers events, unless the gateway has handed that back before',
} as const;

/** Until when it waits for each (epoch milliseconds). */
export type Deadlines = Partial<Record<DeadlineName, number>>;

/** Sets a deadline, or takes it back. What is as it was is left alone, so that a step which changes nothing leaves the state as it is. */
export function setDeadline({ deadlines }: { deadlines: Deadlines }, name: DeadlineName, at: number | undefined): void {
  if (at === undefined) delete deadlines[name];
  else if (deadlines[name] !== at) deadlines[name] = at;
}

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
