import { MAX_MEMBERS } from './budget.ts';
import { catapultError } from './errors.ts';

/* What a platform refuses, in the same words whichever it is. */

export const refusals = {
  noConference: (id: string) => catapultError('conference-not-found', `There is no conference ${id}.`),
  noMember: (id: string) => catapultError('conference-member-not-found', `The conference has no member ${id}.`),
  noCall: (id: string) => catapultError('call-id-not-found', `There is no call ${id}, or it is not up.`),
  isMember: (callId: string) => catapultError('conference-error', `The call ${callId} is a member already.`),
  isElsewhere: (callId: string) =>
    catapultError('invalid-call-conference-id', `The call ${callId} belongs to another conference.`),
  isCompleted: () => catapultError('conference-error', 'The conference is completed: it cannot be changed any more.'),
  hasLeft: () => catapultError('conference-error', 'The member has left: it cannot be changed any more.'),
  isFull: () =>
    catapultError('conference-max-members', `The conference has ${MAX_MEMBERS} members, the most it may have.`, {
      details: [{ name: 'maxMembers', value: String(MAX_MEMBERS) }],
    }),
};
