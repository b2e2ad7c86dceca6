import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Explanation } from '../../src/catapult/explaining-resources.ts';
import { createConferenceRequest } from '../../src/catapult/requests.ts';
import type { StepPage } from '../../src/catapult/watching-resources.ts';
import { conferenceIdOf } from '../../src/conference/state/ids.ts';
import {
  aftercareWorkflowId,
  AFTERCARE_WORKFLOW,
  CONFERENCE_WORKFLOW,
  conferenceWorkflowId,
  WATCH_WORKFLOW,
  watchWorkflowId,
} from '../../src/workflows/messages.ts';
import { openHouse, underWay, USER, workflowOf, type House } from '../support/house.ts';
import { until } from '../support/until.ts';

/*
 * Whoever has a connection to Temporal may start and signal workflows with anything. What is malformed or without bounds fails at once, and says
 * what to do: no workflow task fails for ever.
 */

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const from = '+19195551234';
const request = (fields: object = {}) => ({ ...createConferenceRequest.parse({ from }), ...fields });

async function begin(input: unknown, userId = USER): Promise<{ conferenceId: string; handle: WorkflowHandle }> {
  const conferenceId = conferenceIdOf(randomBytes(17));
  const workflowId = conferenceWorkflowId({ userId, conferenceId });
  return { conferenceId, handle: await start(CONFERENCE_WORKFLOW, workflowId, input) };
}

async function start(type: string, workflowId: string, input: unknown): Promise<WorkflowHandle> {
  return await house.client.workflow.start(type, { workflowId, taskQueue: house.taskQueue, args: [input] });
}

/** Why it has failed. */
async function failureOf(handle: WorkflowHandle): Promise<unknown> {
  const failed: unknown = await handle.result().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(WorkflowFailedError);
  return (failed as WorkflowFailedError).cause;
}

/** What no client of the SDK sends, and what has another form than those of the SDK. */
const unreadable: [string, { metadata?: Record<string, Uint8Array>; data: Uint8Array }][] = [
  ['half a JSON', { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"request": ') }],
  ['an encoding that there is not', { metadata: { encoding: Buffer.from('binary/foo') }, data: Buffer.from('{}') }],
  ['no encoding', { data: Buffer.from('{}') }],
];

describe('a conference', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /wants an object/],
    ['a text', 'from +19195551234', /wants an object/],
    ['no request', {}, /The request: it wants an object/],
    ['no number', { request: { ...request(), from: 5 } }, /from: wants an E\.164 telephone number/],
    ['participants that are none', { request: request({ participants: 'x' }) }, /participants: wants a list/],
    ['a tag without end', { request: request({ tag: 'x'.repeat(100_000) }) }, /tag: wants a string of at most 1024/],
    ['21 participants', { request: request({ participants: Array(21).fill({}) }) }, /participants: wants a list/],
    ['a field without end', { request: request({ x: 'y'.repeat(500_000) }) }, /wants 131072 bytes/],
    ['the state of another', { state: { v: 1 } }, /The request: it wants an object/],
    ['a holder that is none', { request: request(), holder: 'x' }, /holder: wants an object/],
    ['a time without end', { request: request(), retryWindowMs: 'x' }, /retryWindowMs: wants/],
    ['more time than there is', { request: request(), retryWindowMs: 1e300 }, /retryWindowMs: wants .* a year at most/],
    ['no time', { request: request(), defaultMaxDuration: null }, /defaultMaxDuration: wants/],
    ['no texts for the index', { request: request(), indexed: null }, /indexed: wants an object/],
    ['no trace', { request: request(), trace: null }, /trace: wants a string/],
  ])('with %s has failed, and is read as one that has', async (_what, input, why) => {
    const { conferenceId, handle } = await begin(input);
    const failure = await failureOf(handle);
    expect(failure).toMatchObject({ type: 'creation-failed', nonRetryable: true });
    expect(failure).toHaveProperty('message', expect.stringMatching(why));
    expect(failure).toHaveProperty('message', expect.stringMatching(/Start conferences through a gateway/));
    const answer = await house.call('GET', `/v1/users/${USER}/conferences/${conferenceId}`);
    expect(await answer.json()).toMatchObject({ phase: 'failed', error: { code: 'validation-error' } });
  });

  test.each(unreadable)('with %s has failed', async (_what, payload) => {
    const workflowId = conferenceWorkflowId({ userId: USER, conferenceId: conferenceIdOf(randomBytes(17)) });
    const { namespace } = house.client.options;
    await house.client.workflowService.startWorkflowExecution({
      ...{ namespace, workflowId, requestId: workflowId, workflowType: { name: CONFERENCE_WORKFLOW } },
      ...{ taskQueue: { name: house.taskQueue }, input: { payloads: [payload] } },
    });
    expect(await failureOf(house.client.workflow.getHandle(workflowId))).toHaveProperty(
      'message',
      expect.stringMatching(/The input: wants an object/),
    );
  });

  // The second run of one has an earlier one, as one has that goes on from the state of that.
  test('with a cron schedule has failed in each run', async () => {
    const workflowId = conferenceWorkflowId({ userId: USER, conferenceId: conferenceIdOf(randomBytes(17)) });
    const { taskQueue } = house;
    const options = { workflowId, taskQueue, cronSchedule: '@every 1s', args: [{ state: { v: 1 } }] };
    const handle = await house.client.workflow.start(CONFERENCE_WORKFLOW, options);
    await until('two runs have failed', async () => {
      const query = `WorkflowId = '${workflowId}' AND ExecutionStatus = 'Failed'`;
      return (await house.client.workflow.count(query)).count > 1;
    });
    await house.client.workflow.getHandle(handle.workflowId).terminate('shown');
  });

  test('under another id fails', async () => {
    expect(await failureOf(await start(CONFERENCE_WORKFLOW, 'my-conference', { request: request() }))).toHaveProperty(
      'message',
      expect.stringContaining('wants conference/{userId}/{conferenceId}'),
    );
  });

  test('of an account that nobody knows fails', async () => {
    const { handle } = await begin({ request: request() }, 'u-nobody');
    expect(await failureOf(handle)).toHaveProperty('message', expect.stringContaining('do not know the account'));
  });

  // Its workflow stays open: that it has failed is an event, which goes nowhere.
  test.each(['callbackUrl', 'fallbackUrl'])('whose %s leads inside fails', async (name) => {
    const { conferenceId } = await begin({ request: request({ [name]: 'http://169.254.169.254/latest' }) });
    await until('it has failed', async () => {
      const conference = await house.conferences.get({ userId: USER, conferenceId });
      return conference?.phase === 'failed' && conference.error?.code === 'callback-invalid-url';
    });
  });

  test('that is as it should be begins', async () => {
    const { conferenceId } = await begin({ request: request({ callbackUrl: house.customer.url('/callback') }) });
    await until('it is created', async () => {
      const conference = await house.conferences.get({ userId: USER, conferenceId });
      return conference?.phase === 'created';
    });
  });
});

test.each<[string, string, unknown]>([
  ['aftercare of no object', AFTERCARE_WORKFLOW, null],
  ['aftercare of what is no state', AFTERCARE_WORKFLOW, { state: 'x' }],
  ['aftercare of a hollow state', AFTERCARE_WORKFLOW, { state: { settings: {}, outbox: {} } }],
  ['a watch of nothing', WATCH_WORKFLOW, undefined],
  ['a watch of what cannot be awaited', WATCH_WORKFLOW, { awaited: 'x' }],
])('%s fails', async (_what, type, input) => {
  const ids = { userId: USER, conferenceId: conferenceIdOf(randomBytes(17)) };
  const workflowId = type === WATCH_WORKFLOW ? watchWorkflowId(ids, 'x') : aftercareWorkflowId(ids);
  expect(await failureOf(await start(type, workflowId, input))).toHaveProperty(
    'message',
    expect.stringMatching(/wants/),
  );
});

describe('a conference that is open', () => {
  let id: string;
  beforeAll(async () => {
    id = await house.create();
  });

  const goesOn = async (tag: string) => {
    const answer = await house.call('POST', `/v1/users/${USER}/conferences/${id}`, { tag });
    expect(answer.status).toBe(200);
    await until('no task of it is tried again', async () => (await underWay(house, id)) === '');
  };

  test.each<[string, string, unknown[]]>([
    ['callbacks', 'of nothing', []],
    ['callbacks', 'with a receipt that is none', [{ opening: 'x', receipts: [null] }]],
    ['change', 'that is a text', ['x']],
    ['change', 'to a call that is none', [{ kind: 'dial', call: {} }]],
    ['change', 'to a tag without end', [{ kind: 'conference', fields: { tag: 'x'.repeat(100_000) } }]],
    ['redeliver', 'of a number', [7]],
    ['reconcile', 'for no reason', [{}]],
    ['watch', 'of nobody', [{}, 'x']],
    ['watch', 'for nothing', ['x', null]],
    ['unwatch', 'of nobody', [{}]],
  ])('leaves out a signal %s %s', async (signal, _what, args) => {
    await workflowOf(house, id).signal(signal, ...args);
    await goesOn(`after ${signal}`);
  });

  test('leaves out what became of an event, where that is nothing', async () => {
    const records = await until('it has an event', async () => {
      const { events } = (await (await house.call('GET', `/v1/users/${USER}/conferences/${id}/events`)).json()) as {
        events: { id: string }[];
      };
      return events.length > 0 && events;
    });
    for (const { id: event } of records)
      for (const lane of ['conference', 'constructor'])
        await workflowOf(house, id).signal('callbacks', {
          opening: 'x',
          receipts: [],
          outcomes: [{ id: event, lane }],
        });
    await goesOn('after outcomes');
  });

  test.each(unreadable)('leaves out a signal of %s', async (what, payload) => {
    const { workflowId } = workflowOf(house, id);
    const { namespace } = house.client.options;
    await house.client.workflowService.signalWorkflowExecution({
      ...{ namespace, workflowExecution: { workflowId }, signalName: 'change', input: { payloads: [payload] } },
    });
    await goesOn(`after ${what}`);
  });

  test.each<[string, string, unknown[]]>([
    ['changes', 'of nothing', []],
    ['changes', 'that nobody asks for', [{ client: 'x', number: 1, requests: [{}], awaited: [] }]],
    [
      'changes',
      'to a tag that is none',
      [
        {
          ...{ client: 'x', number: 1, awaited: [] },
          requests: [{ change: { kind: 'conference', fields: { tag: 5 } }, requester: { id: 'x', until: 1e13 } }],
        },
      ],
    ],
    ['lease', 'for nobody', [{}]],
  ])('refuses an update %s %s', async (update, _what, args) => {
    const refused: unknown = await workflowOf(house, id)
      .executeUpdate(update, { args: [args[0], ...args.slice(1)] })
      .catch((error: unknown) => error);
    expect(refused).toHaveProperty('cause.message', expect.stringContaining('The update is not taken'));
    await goesOn(`after ${update}`);
  });

  test('is read by who watches, without what was left out', async () => {
    const read = async (what: 'steps' | 'explanation') => {
      const answer = await house.call('GET', `/v1/users/${USER}/conferences/${id}/${what}`);
      expect(answer.status).toBe(200);
      return (await answer.json()) as StepPage & Explanation;
    };
    const changes = (await read('steps')).steps.filter(({ kind }) => kind === 'change');
    expect([...new Set(changes.map(({ does }) => does))]).toEqual([expect.stringMatching(/tag/)]);
    const inputs = (await read('explanation')).decisions.map(({ input }) => input);
    expect(inputs).not.toContain('redeliver');
  });
});
