/* What the package gives workflow code, as `convoke/workflow`: names and types, nothing of Node. */
export type { Conference, Member } from './catapult/resources.ts';
export type { ConferenceIds } from './conference/state/ids.ts';
export type { EndReason, Phase } from './conference/state/state.ts';
export { conferenceWorkflowId, CONFERENCE_WORKFLOW, parseWorkflowId, searchAttributes } from './workflows/messages.ts';
