import type { DataConverter } from '@temporalio/common';

/**
 * How payloads are written into Temporal, for the client, the worker and every tool. The SDK's own JSON is used as it
 * is; whoever must encrypt histories puts a payload codec here, and everything uses it.
 */
export const dataConverter: DataConverter = {};
