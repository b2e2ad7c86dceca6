import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CatapultError } from '../../src/catapult/errors.ts';
import { conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import { Conferences } from '../../src/client/index.ts';
import { openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

async function eventsOf(id: string, query = ''): Promise<EventResource[]> {
  const answer = await house.call('GET', `${eventsPath(USER, id)}${query}`);
  return ((await answer.json()) as { events: EventResource[] }).events;
}

const eventId = async (id: string, sequence: number) =>
  (await eventsOf(id)).find((event) => event.sequence === sequence)?.id ?? '';

const redeliver = async (id: string, sequence: number, key?: string) =>
  house.call(
    'POST',
    `${eventsPath(USER, id)}/${await eventId(id, sequence)}/redeliver`,
    undefined,
    key === undefined ? {} : { 'idempotency-key': key },
  );

/** Asks for these events under one key, and sends no signal before all are about to; answers the statuses in order. */
async function redeliverTogether(conferenceId: string, sequences: number[], key: string): Promise<number[]> {
  const { connection } = house.client;
  let waiting = 0;
  let open: () => void = () => undefined;
  const allWait = new Promise<void>((resolve) => (open = resolve));
  const signal: WorkflowClientInterceptor['signal'] = async (input, next) => {
    if (++waiting === sequences.length) open();
    await allWait;
    await next(input);
  };
  const client = new Client({
    connection,
    interceptors: { workflow: [{ signal }] },
  });
  const conferences = new Conferences(client, { taskQueue: house.taskQueue });
  const eventIds = await Promise.all(sequences.map((sequence) => eventId(conferenceId, sequence)));
  const asked = eventIds.map(async (id) => {
    try {
      return (await conferences.redeliver({ userId: USER, conferenceId }, id, { idempotencyKey: key })) ? 202 : 404;
    } catch (error) {
      if (error instanceof CatapultError) return error.wire.status;
      throw error;
    }
  });
  return (await Promise.all(asked)).sort((a, b) => a - b);
}

const isDead = (id: string) => async () => (await eventsOf(id, '?state=dead')).length > 0;

/** The list of conferences lags behind. */
const deadAreListed = (conferences: number) =>
  until('Temporal lists the dead letters', async () => {
    const query = `TaskQueue = '${house.taskQueue}' AND ConferenceDeadLetters > 0`;
    return (await house.client.workflow.count(query)).count === conferences;
  });

async function redeliverDead(period: { from: string; to: string }, key?: string) {
  // Keys belong to the account, which other tests share.
  const headers = key === undefined ? undefined : { 'idempotency-key': `${key}-${house.taskQueue}` };
  const answer = await house.call('POST', `/v1/users/${USER}/events/redeliver`, period, headers);
  const lines = (await answer.text()).trim().split('\n');
  return { status: answer.status, last: JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

const ALL = { from: '2026-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };

describe('of a terminated conference', () => {
  test('an event is refused, with the reason', async () => {
    const id = await house.create();
    await house.customer.until('/callback', 1);
    await house.allForwarded();
    await workflowOf(house, id).terminate('an operator has done it');
    const answer = await redeliver(id, 1);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      code: 'conference-error',
      message: expect.stringContaining('was terminated') as unknown,
    });
    expect(house.customer.at('/callback')).toHaveLength(1);
  });

  test('dead letters are counted as refused', async () => {
    house.customer.answer('/callback', 410);
    const [open, terminated] = [await house.create(), await house.create()];
    for (const id of [open, terminated]) await until('the event is given up', isDead(id));
    await workflowOf(house, terminated).terminate('an operator has done it');
    await deadAreListed(2);
    house.customer.answer('/callback', 200);
    const { last } = await redeliverDead(ALL);
    expect(last).toEqual({ conferences: 2, events: 1, refused: 1, done: true });
    await house.customer.until('/callback', 3);
  });
});

describe('under an Idempotency-Key', () => {
  test('an event is delivered once, and another one refused, while the conference is open and when it has closed', async () => {
    const id = await house.create();
    await house.customer.until('/callback', 1);
    expect((await redeliver(id, 1, 'first')).status).toBe(202);
    await house.customer.until('/callback', 2);
    expect((await redeliver(id, 1, 'first')).status).toBe(202);

    await house.call('POST', conferencePath(USER, id), { state: 'completed' });
    await workflowOf(house, id).result();
    expect((await redeliver(id, 1, 'first')).status).toBe(202);
    expect((await redeliver(id, 2, 'second')).status).toBe(202);
    await house.customer.until('/callback', 4);
    expect((await redeliver(id, 2, 'second')).status).toBe(202);
    for (const key of ['first', 'second']) {
      const answer = await redeliver(id, key === 'first' ? 2 : 1, key);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({ code: 'conference-update-conflict' });
    }
    // Without a key it goes out, behind all that was asked for before.
    expect((await redeliver(id, 2)).status).toBe(202);
    await house.customer.until('/callback', 5);
    const attempts = (await eventsOf(id)).map((event) => event.attempts.length);
    expect(attempts).toEqual([2, 3]);
  });

  test('of different ones at the same moment one is delivered and the others refused, open or closed', async () => {
    const id = await house.create();
    await sendEvents(
      house,
      id,
      [1, 2, 3].map((number) => ({ eventType: 'dtmf', digits: '1', number })),
    );
    await house.customer.until('/callback', 4);
    for (const when of ['open', 'closed']) {
      if (when === 'closed') await house.call('POST', conferencePath(USER, id), { state: 'completed' });
      if (when === 'closed') await workflowOf(house, id).result();
      const before = house.customer.at('/callback').length;
      // The same one asked for twice is one request.
      const answers = await redeliverTogether(id, [1, 1, 2, 2, 3, 3, 4, 4], when);
      expect([when, answers]).toEqual([when, [202, 202, 409, 409, 409, 409, 409, 409]]);
      await house.customer.until('/callback', before + 1);
      // Goes out behind all that was asked for before.
      expect((await redeliver(id, 1)).status).toBe(202);
      await house.customer.until('/callback', before + 2);
      expect(house.customer.at('/callback')).toHaveLength(before + 2);
    }
  });

  test('those of an account that have died again are left alone, and another time is refused', async () => {
    house.customer.answer('/callback', 410);
    const id = await house.create();
    await until('the event is given up', isDead(id));
    await deadAreListed(1);
    expect(await redeliverDead(ALL, 'key')).toMatchObject({ status: 200, last: { events: 1, done: true } });
    await house.customer.until('/callback', 2);
    await until('it is given up again', isDead(id));
    await deadAreListed(1);
    expect(await redeliverDead(ALL, 'key')).toMatchObject({ status: 200, last: { events: 0, done: true } });
    expect(await redeliverDead({ ...ALL, to: '2100-01-02T00:00:00Z' }, 'key')).toMatchObject({
      status: 409,
      last: { code: 'conference-update-conflict' },
    });
    expect(await redeliverDead(ALL)).toMatchObject({ last: { events: 1, done: true } });
    await house.customer.until('/callback', 3);
  });
});
