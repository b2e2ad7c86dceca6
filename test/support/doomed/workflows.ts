import { ApplicationFailure } from '@temporalio/workflow';

/** A failure that cannot be written: the engine of the worker that runs it dies of it. */
export function doomed(): never {
  throw ApplicationFailure.nonRetryable('\ud83d');
}
