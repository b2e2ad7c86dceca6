import { jest } from '@jest/globals';

/*
 * These tests run real servers and processes, several at a time, on whatever machine there is: where one of them did not get its
 * turn in time, the test is run once more, and the first failure is shown. What is broken fails twice.
 */
jest.retryTimes(1, { logErrorsBeforeRetry: true });
