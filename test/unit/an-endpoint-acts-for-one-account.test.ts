import { describe, expect, test } from '@jest/globals';
import type { CancelOperationContext } from 'nexus-rpc';
import { createNexusHandler } from '../../src/nexus/handler.ts';
import { endpointOf } from '../../src/nexus-endpoints.ts';
import {
  aftercareWorkflowId,
  conferenceWorkflowId,
  holdWorkflowId,
  nexusQueue,
  watchWorkflowId,
} from '../../src/workflows/messages.ts';

const CONFERENCE = { userId: 'u-1', conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa' };
const OTHERS = { ...CONFERENCE, userId: 'u-2' };
const handler = createNexusHandler('u-1', { taskQueue: 'conferences' });

/** What names the workflow behind an operation; whoever may send requests to an endpoint may write one. */
const token = (wid: string) => Buffer.from(JSON.stringify({ t: 1, ns: 'default', wid })).toString('base64url');

const cancel = (operation: 'hold' | 'waitFor', given: string) =>
  handler.getOperationHandler(operation).cancel({} as CancelOperationContext, given);

describe('who cancels an operation cancels no other workflow', () => {
  test.each([
    ['hold', conferenceWorkflowId(CONFERENCE)],
    ['hold', watchWorkflowId(CONFERENCE, 'x')],
    ['hold', holdWorkflowId(OTHERS)],
    ['hold', holdWorkflowId({ ...CONFERENCE, userId: 'u-10' })],
    ['hold', aftercareWorkflowId(CONFERENCE)],
    ['waitFor', conferenceWorkflowId(CONFERENCE)],
    ['waitFor', holdWorkflowId(CONFERENCE)],
    ['waitFor', watchWorkflowId(OTHERS, 'x')],
    ['waitFor', 'canary/conferences'],
    ['waitFor', ''],
  ] as const)('%s: %s', async (operation, workflowId) => {
    await expect(cancel(operation, token(workflowId))).rejects.toMatchObject({
      name: 'HandlerError',
      retryable: false,
    });
  });

  test.each(['', 'x', token('x').slice(2), Buffer.from('{}').toString('base64url')])('hold: the token "%s"', (given) =>
    expect(cancel('hold', given)).rejects.toMatchObject({ name: 'HandlerError', retryable: false }),
  );
});

test('each account has a queue and an endpoint of its own', () => {
  expect(nexusQueue('conferences', 'u-1')).toBe('conferences-nexus-u-1');
  expect(endpointOf('u-1')).toBe('convoke-u-1');
  const alike = ['u.acme', 'u-acme', 'u_acme', 'u--acme', '-u-acme', 'u-acme.'];
  expect(new Set(alike.map(endpointOf)).size).toBe(alike.length);
  // What Temporal takes as the name of an endpoint.
  for (const userId of ['u_1.x', '_', '-a-', '9', 'x'.repeat(64)])
    expect(endpointOf(userId)).toMatch(/^[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9]$/);
});
