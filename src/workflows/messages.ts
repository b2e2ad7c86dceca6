import { defineSearchAttributeKey } from '@temporalio/common';

export const TASK_QUEUE = 'conferences';

/** The search attributes of a conference. All begin with `Conference`: plain `From` is a reserved word in list queries. */
export const searchAttributes = {
  state: defineSearchAttributeKey('ConferenceState', 'KEYWORD'),
  user: defineSearchAttributeKey('ConferenceUser', 'KEYWORD'),
  from: defineSearchAttributeKey('ConferenceFrom', 'KEYWORD'),
  tag: defineSearchAttributeKey('ConferenceTag', 'KEYWORD'),
  reason: defineSearchAttributeKey('ConferenceReason', 'KEYWORD'),
  members: defineSearchAttributeKey('ConferenceMembers', 'INT'),
  deadLetters: defineSearchAttributeKey('ConferenceDeadLetters', 'INT'),
  startAt: defineSearchAttributeKey('ConferenceStartAt', 'DATETIME'),
} as const;
