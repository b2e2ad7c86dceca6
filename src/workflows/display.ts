import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { present } from '../catapult/present.ts';
import type { ConferenceState } from '../conference/state/state.ts';
import { storyOf } from '../conference/story.ts';
import { MAX_SEARCHABLE_CALLS } from './budget.ts';
import { searchableTag, searchAttributes, SHOWN_MEMO, type ShownTexts } from './messages.ts';

/** What is seen of a conference without asking it: search attributes in lists, and its story in the Temporal UI. */
export class Display {
  private shown: SearchAttributeUpdatePair[];
  private shownTag: string | undefined;

  /** The state with which the run begins: its attributes are there already. */
  constructor(state: ConferenceState) {
    this.shown = attributesOf(state);
    this.shownTag = state.settings.tag;
  }

  /** Search attributes cost an event each time, so they are written when they change; the story costs nothing. */
  show(state: ConferenceState): void {
    const attributes = attributesOf(state);
    const changed = attributes.filter(({ value }, index) => !isSame(value, this.shown[index]?.value));
    if (changed.length > 0) upsertSearchAttributes(changed);
    this.shown = attributes;
    this.showTexts(state);
    setCurrentDetails(storyOf(state));
  }

  /** What the index has sealed is read from the memo. */
  private showTexts({ settings: { from, tag }, indexed }: ConferenceState): void {
    if (indexed === undefined || tag === this.shownTag) return;
    upsertMemo({ [SHOWN_MEMO]: present({ from, tag }) satisfies ShownTexts });
    this.shownTag = tag;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, index) => one === b[index]);
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}

function attributesOf(state: ConferenceState): SearchAttributeUpdatePair[] {
  const { phase, settings, reason, activeMembers, members, outbox } = state;
  return [
    { key: searchAttributes.state, value: phase },
    { key: searchAttributes.tag, value: indexedTag(state) ?? null },
    { key: searchAttributes.reason, value: reason ?? null },
    { key: searchAttributes.members, value: activeMembers },
    { key: searchAttributes.deadLetters, value: outbox.deadLetters.length },
    { key: searchAttributes.startAt, value: settings.startAt === undefined ? null : new Date(settings.startAt) },
    { key: searchAttributes.calls, value: callsIn(members) },
    { key: searchAttributes.failing, value: isFailing(outbox) },
  ];
}

function indexedTag({ settings: { tag }, indexed }: ConferenceState): string | undefined {
  if (indexed !== undefined) return indexed.tag;
  return tag === undefined ? undefined : searchableTag(tag);
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
