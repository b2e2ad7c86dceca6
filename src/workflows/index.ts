/* What the worker bundles: each export is a workflow type. */
export { aftercare } from './aftercare.ts';
export { canary } from './canary.ts';
export { conference } from './conference.ts';
export { redelivery } from './redelivery.ts';
export { watch } from './watch.ts';
