import { ApplicationFailure } from '@temporalio/common';
import { log } from '@temporalio/nexus';
import { HandlerError, OperationError, type HandlerErrorType } from 'nexus-rpc';
import { CatapultError, catapultError, errorBody } from '../catapult/errors.ts';
import { OutcomeUnknown } from '../client/index.ts';
import { ANSWER_WITHIN_MS } from './budget.ts';
import { conferenceNamedIn } from './inputs.ts';

/* What whoever calls an operation is told: our code and what to do, in the terms of Nexus. */

/** What is wrong with the request itself. Any other error is an answer, and so a failure of the operation. */
const handlerErrors: Record<number, HandlerErrorType> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'BAD_REQUEST',
};

/** Whose operation it is, and what was asked for. */
interface About {
  userId: string;
  input?: unknown;
}

/**
 * Does what an operation asks for, within the time in which it must answer. Where nobody answers Temporal asks again, until the caller's own
 * time is over: all of it is done once only. Where the platform was asked and nobody knows what came of it, the caller is told, and decides.
 */
export async function answered<Answer>(about: About, work: () => Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    throw nexusErrorOf(about, error);
  } finally {
    clearTimeout(timer);
  }
}

function nexusErrorOf({ userId, input }: About, error: unknown): HandlerError | OperationError {
  if (error instanceof HandlerError || error instanceof OperationError) return error;
  if (!(error instanceof CatapultError)) {
    const conferenceId = conferenceNamedIn(input);
    log.error('An operation has failed on our side', { error, userId, conferenceId });
    return new HandlerError('INTERNAL', 'Something failed on our side, and is in the worker’s log.');
  }
  const { code, message, status } = error.wire;
  // As a `watch` workflow fails (src/workflows/watch.ts).
  const cause = ApplicationFailure.create({
    type: code,
    message,
    nonRetryable: true,
    details: [errorBody(error.wire)],
  });
  if (status === 503 && !(error instanceof OutcomeUnknown)) return new HandlerError('UNAVAILABLE', message, { cause });
  const type = handlerErrors[status];
  if (type !== undefined) return new HandlerError(type, message, { cause, retryableOverride: false });
  return new OperationError('failed', message, { cause });
}

function tooLate(): CatapultError {
  const message =
    'No answer came in time, so the outcome is unknown. It is safe to ask for the same again, with the same requestId where it has one.';
  return catapultError('gateway-unavailable', message);
}
