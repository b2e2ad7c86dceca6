import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { ConferenceState } from '../conference/state/state.ts';
import { storyOf } from '../conference/view.ts';
import { MAX_SEARCHABLE_CALLS } from './budget.ts';
import { searchableTag, searchAttributes } from './messages.ts';

/** What is seen of a conference without asking it: search attributes in lists, and its story in the Temporal UI. */
export class Display {
  private shown: SearchAttributeUpdatePair[];

  /** The state with which the run begins: its attributes are there already. */
  constructor(state: ConferenceState) {
    this.shown = attributesOf(state);
  }

  /** Search attributes cost an event each time, so they are written when they change; the story costs nothing. */
  show(state: ConferenceState): void {
    const attributes = attributesOf(state);
    const changed = attributes.filter(({ value }, index) => !isSame(value, this.shown[index]?.value));
    if (changed.length > 0) upsertSearchAttributes(changed);
    this.shown = attributes;
    setCurrentDetails(storyOf(state));
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, index) => one === b[index]);
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}

function attributesOf({
  phase,
  settings,
  reason,
  activeMembers,
  members,
  outbox,
}: ConferenceState): SearchAttributeUpdatePair[] {
  return [
    { key: searchAttributes.state, value: phase },
    { key: searchAttributes.tag, value: settings.tag === undefined ? null : searchableTag(settings.tag) },
    { key: searchAttributes.reason, value: reason ?? null },
    { key: searchAttributes.members, value: activeMembers },
    { key: searchAttributes.deadLetters, value: outbox.deadLetters.length },
    { key: searchAttributes.startAt, value: settings.startAt === undefined ? null : new Date(settings.startAt) },
    { key: searchAttributes.calls, value: callsIn(members) },
    { key: searchAttributes.failing, value: isFailing(outbox) },
  ];
}

/** The calls of the members that came last, by which the conference is found: each time they are written they lie in the history. */
function callsIn(members: ConferenceState['members']): string[] {
  return Object.values(members)
    .slice(-MAX_SEARCHABLE_CALLS)
    .flatMap(({ callId }) => callId ?? []);
}

/** Whether events wait because one could not be delivered. */
function isFailing({ lanes }: ConferenceState['outbox']): boolean {
  return Object.values(lanes).some(({ waiting, lastError }) => waiting.length > 0 && lastError !== undefined);
}
