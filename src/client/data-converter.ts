import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { Seal, type PayloadKeys } from './sealing.ts';

/** How failures are written where payloads are sealed; workflows have it in their bundle. */
export const SEALED_FAILURES = fileURLToPath(new URL('./sealed-failures.cjs', import.meta.url));

/**
 * How payloads are written into Temporal, for the client, the worker and every tool: in the SDK's own JSON, and sealed where there are keys.
 * Then the texts of failures are sealed too.
 */
export function dataConverterFor(keys: PayloadKeys | undefined): DataConverter {
  if (keys === undefined) return {};
  return { payloadCodecs: [new Seal(keys)], failureConverterPath: SEALED_FAILURES };
}
