import { isGrpcServiceError } from '@temporalio/client';

/** The statuses of gRPC that we tell apart, by their numbers. */
export const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What Temporal, or the way to it, says of a call that failed: the SDK wraps it. Undefined where it is no word of theirs. */
export function grpcStatusOf(error: unknown): { code: number; details: string } | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    // Of a start with an update, `details` only says that it was not done; the SDK puts the reason into the message.
    if (isGrpcServiceError(one)) return { code: one.code, details: one.message.replace(/^\d+ [A-Z_]+: /, '') };
  }
  return undefined;
}
