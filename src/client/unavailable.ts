import type { Client } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { catapultError, type CatapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { LOOK_WITHIN_MS } from './budget.ts';
import { GRPC, grpcStatusOf } from './grpc.ts';

const REFUSALS: number[] = [GRPC.permissionDenied, GRPC.unauthenticated, GRPC.invalidArgument];

/** What a caller of the API is told of what failed before Temporal was asked, or after. */
export const FAILED_HERE = 'Something failed on our side, and is in the gateway’s log; try again in a moment.';

/** Who was to answer: Temporal itself, or a worker through it. */
type Asked = 'a worker' | 'Temporal';

/** 503, with its true cause. `what` says what that means to the caller. */
export async function unavailable(
  client: Client,
  what: string,
  cause: unknown,
  asked: Asked = 'a worker',
): Promise<CatapultError> {
  const message = `${what} ${await whyUnavailable(client, cause, asked)}`;
  return catapultError('gateway-unavailable', message, { cause });
}

/** Why a call to Temporal failed, in a sentence or two that say who can do what about it. */
export async function whyUnavailable(client: Client, error: unknown, asked: Asked = 'a worker'): Promise<string> {
  const { namespace } = client.options;
  if (isNamespaceMissing(error)) {
    return `Temporal has no namespace "${namespace}": the operator's "convoke setup" makes it (TEMPORAL_NAMESPACE).`;
  }
  const status = grpcStatusOf(error);
  if (status === undefined) return FAILED_HERE;
  const words = outsideText(status.details, 300);
  switch (status.code) {
    case GRPC.unavailable:
      return 'Temporal does not answer; try again in a moment.';
    case GRPC.cancelled:
    case GRPC.deadlineExceeded:
      if (!(await answers(client))) return 'Temporal does not answer; try again in a moment.';
      return asked === 'Temporal'
        ? 'Temporal answers, but took too long for this; try again in a moment.'
        : 'Temporal answers, but no worker did in time; try again in a moment.';
    case GRPC.resourceExhausted:
      return `Temporal takes no more of such requests at this moment; try again in a moment. (${words})`;
    case GRPC.permissionDenied:
    case GRPC.unauthenticated:
      return `Temporal does not let this gateway in (TEMPORAL_API_KEY, TEMPORAL_TLS_*): ${words}`;
    case GRPC.failedPrecondition:
      if (/poller/i.test(words)) return 'Temporal answers, but no worker runs; try again in a moment.';
      break;
    case GRPC.invalidArgument:
      if (/search attribute/i.test(words)) {
        return `Temporal's namespace "${namespace}" lacks a search attribute: the operator's "convoke setup" adds it. (${words})`;
      }
  }
  return `Temporal answers: ${words}`;
}

/** Whether Temporal has answered, and will answer the same again. */
export function isRefusal(error: unknown): boolean {
  const code = grpcStatusOf(error)?.code;
  return isNamespaceMissing(error) || (code !== undefined && REFUSALS.includes(code));
}

function isNamespaceMissing(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof NamespaceNotFoundError) return true;
  return /namespace .*not found/i.test(grpcStatusOf(error)?.details ?? '');
}

function answers(client: Client): Promise<boolean> {
  return client
    .withDeadline(Date.now() + LOOK_WITHIN_MS, () => client.workflowService.getSystemInfo({}))
    .then(
      () => true,
      () => false,
    );
}
