import type { z } from 'zod';
import { CatapultError } from '../../src/catapult/errors.ts';
import { parseRequest } from '../../src/catapult/parse.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';

/* Requests of the wire, and the errors that they are answered with. */

export const FROM = '+19195551234';
export const create = (fields: object = {}) => parseRequest(createConferenceRequest, { from: FROM, ...fields });

/** The error that a body is answered with. */
export function errorOf(body: unknown, schema: z.ZodType = createConferenceRequest): CatapultError['wire'] {
  try {
    parseRequest(schema, body);
  } catch (error) {
    if (error instanceof CatapultError) return error.wire;
    throw error;
  }
  throw new Error(`was taken: ${JSON.stringify(body)}`);
}

/** What stands for true and false, and what does not. */
export const switches: [unknown, boolean][] = [
  [true, true],
  [false, false],
  ['true', true],
  ['FALSE', false],
  ['True', true],
];
export const noSwitches = ['yes', '', '1', ' true', 0, 1, [], {}];
