import { outsideText } from '../catapult/outside-text.ts';
import type { ConferenceFilters } from '../catapult/queries.ts';
import { ALL_ACCOUNTS } from '../catapult/paths.ts';
import type { Counts } from '../catapult/watching-resources.ts';
import type { states } from '../catapult/words.ts';
import type { Phase } from '../conference/state/state.ts';
import { CONFERENCE_WORKFLOW, conferenceWorkflowId, searchableTag, searchAttributes } from '../workflows/messages.ts';
import { MAX_SEARCHED_CHARACTERS } from './budget.ts';

/*
 * How conferences are looked for in Temporal's visibility. Only what all its stores know is used: comparisons, AND and IN; ORDER BY is
 * refused by SQL databases and by Temporal Cloud.
 */

/** Which of the wire's states a phase belongs to. A terminated conference has none of its own: it is shown as it was. */
export const stateOf: Record<Phase, (typeof states)[number]> = {
  scheduled: 'created',
  creating: 'created',
  created: 'created',
  active: 'active',
  ending: 'active',
  completed: 'completed',
  failed: 'completed',
  cancelled: 'completed',
};

/** All that may stand in the index for a text: itself, or its digests where texts are sealed. */
export type ValuesOf = (field: 'from' | 'tag', text: string) => readonly string[];

function oneOf(name: string, values: readonly string[]): string {
  const [first = '', ...others] = values.map(literal);
  return others.length === 0 ? `${name} = ${first}` : `${name} IN (${[first, ...others].join(', ')})`;
}

/** What is looked for: conferences of an account, or of all (`-`), that fit these filters. */
export interface Looked {
  userId: string;
  filters: ConferenceFilters;
  /** Whose a conference with the `id` may be; the account's own, unless it is one of all. */
  owners?: readonly string[] | undefined;
}

/** The query that finds these conferences of one account, and none of another. */
export function listQuery(
  { userId, filters, owners = [userId] }: Looked,
  taskQueue: string,
  valuesOf: ValuesOf = (_, text) => [text],
): string {
  const { state, phase, from, tag, reason, deadLetters, startAfter, startBefore, scheduleId, callId, id, failing } =
    filters;
  const { name: stateName } = searchAttributes.state;
  const ofState = Object.entries(stateOf).flatMap(([one, its]) => (its === state ? [literal(one)] : []));
  return [
    `WorkflowType = ${literal(CONFERENCE_WORKFLOW)}`,
    `TaskQueue = ${literal(taskQueue)}`,
    // Where a conference went on in another run it is that one.
    `ExecutionStatus != 'ContinuedAsNew'`,
    ofUser(userId),
    state === undefined ? [] : `${stateName} IN (${ofState.join(', ')})`,
    phase === undefined ? [] : `ExecutionStatus ${phase === 'terminated' ? '=' : '!='} 'Terminated'`,
    phase === undefined || phase === 'terminated' ? [] : `${stateName} = ${literal(phase)}`,
    from === undefined ? [] : oneOf(searchAttributes.from.name, valuesOf('from', from)),
    tag === undefined ? [] : oneOf(searchAttributes.tag.name, valuesOf('tag', searchableTag(tag))),
    reason === undefined ? [] : `${searchAttributes.reason.name} = ${literal(reason)}`,
    deadLetters === undefined ? [] : `${searchAttributes.deadLetters.name} ${deadLetters ? '>' : '='} 0`,
    startAfter === undefined ? [] : `${searchAttributes.startAt.name} >= ${literal(startAfter)}`,
    startBefore === undefined ? [] : `${searchAttributes.startAt.name} <= ${literal(startBefore)}`,
    scheduleId === undefined ? [] : `${searchAttributes.schedule.name} = ${literal(scheduleId)}`,
    callId === undefined ? [] : `${searchAttributes.calls.name} = ${literal(callId)}`,
    id === undefined ? [] : `WorkflowId IN (${owners.map((owner) => ofConference(owner, id)).join(', ')})`,
    failing === undefined ? [] : isFailing(failing),
  ]
    .flat()
    .join(' AND ');
}

/** One that was never written was never true. */
function isFailing(wanted: boolean): string {
  const { name } = searchAttributes.failing;
  return wanted ? `${name} = true` : `(${name} = false OR ${name} IS NULL)`;
}

function ofConference(userId: string, conferenceId: string): string {
  return literal(conferenceWorkflowId({ userId, conferenceId }));
}

function ofUser(userId: string): string | [] {
  return userId === ALL_ACCOUNTS ? [] : `${searchAttributes.user.name} = ${literal(userId)}`;
}

/** The queries behind the counts that are shown: each is that of a list with these filters. */
export const counted: Record<keyof Counts, ConferenceFilters> = {
  scheduled: { phase: 'scheduled' },
  active: { phase: 'active' },
  ending: { phase: 'ending' },
  failing: { failing: true },
  deadLetters: { deadLetters: true },
};

/** The query that finds all that has dead letters, conferences and what looks after closed ones. */
export function deadLettersQuery(userId: string, taskQueue: string): string {
  return [
    ofUser(userId),
    `${searchAttributes.deadLetters.name} > 0`,
    // When a run began says nothing: earlier ones, or the conference of an aftercare, may have accepted what is dead.
    `ExecutionStatus != 'ContinuedAsNew'`,
    `TaskQueue = ${literal(taskQueue)}`,
  ]
    .flat()
    .join(' AND ');
}

/** The query that counts an account's conferences that wait for their time, or those that go on; not those that only have events to deliver. */
export function countQuery(userId: string, taskQueue: string, which: 'open' | 'scheduled'): string {
  const phases: Phase[] = which === 'scheduled' ? ['scheduled'] : ['creating', 'created', 'active', 'ending'];
  return [
    `WorkflowType = ${literal(CONFERENCE_WORKFLOW)}`,
    `TaskQueue = ${literal(taskQueue)}`,
    `ExecutionStatus = 'Running'`,
    `${searchAttributes.user.name} = ${literal(userId)}`,
    `${searchAttributes.state.name} IN (${phases.map(literal).join(', ')})`,
  ].join(' AND ');
}

/** The query that counts the conferences of all accounts whose workflows are open in a phase. */
export function openInPhase(taskQueue: string, phase: Phase): string {
  return [
    `WorkflowType = ${literal(CONFERENCE_WORKFLOW)}`,
    `TaskQueue = ${literal(taskQueue)}`,
    `ExecutionStatus = 'Running'`,
    `${searchAttributes.state.name} = ${literal(phase)}`,
  ].join(' AND ');
}

/** A text as a value in a query: it ends where it is to end, whether the reader takes backslashes for escapes or not. */
export function literal(text: string): string {
  const doubled = outsideText(text, MAX_SEARCHED_CHARACTERS).replace(/['\\]/g, '$&$&');
  return `'${doubled}'`;
}
