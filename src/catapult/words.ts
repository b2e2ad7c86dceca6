/* The words by which conferences are told apart. */

/** The wire's three states of a conference, and our phases, which each belong to one of them; `terminated` was in another one before. */
export const states = ['created', 'active', 'completed'] as const;
export const phases = [
  ...(['scheduled', 'creating', 'created', 'active', 'ending', 'completed'] as const),
  ...(['failed', 'cancelled', 'terminated'] as const),
] as const;

/** Why a conference has ended. */
export const reasons = [
  ...(['last-member-left', 'ended-via-api', 'no-show', 'alone'] as const),
  ...(['max-duration', 'cancelled', 'creation-failed', 'platform-lost'] as const),
] as const;
