import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { basicAuth } from '../../src/catapult/credentials.ts';
import { LOCAL_ACCOUNT } from '../../src/accounts/accounts.ts';
import { eventsPath } from '../../src/catapult/paths.ts';
import type { EventResource } from '../../src/catapult/resources.ts';
import type { FollowedEvent } from '../../src/client/index.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { openImpatientHouse } from '../support/impatient.ts';
import { sendEvents } from '../support/platform-events.ts';
import { until } from '../support/until.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const idsOf = (conferenceId: string) => ({ userId: USER, conferenceId });
const digits = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ eventType: 'dtmf', memberId: 'm', digits: String(n) }));

/** One who follows, and all that he was told. */
class Listener {
  readonly told: FollowedEvent[] = [];
  isOver = false;
  private readonly leaving = new AbortController();
  readonly listening: Promise<void>;

  constructor(from: House, conferenceId: string, after?: number) {
    this.listening = this.listen(from, conferenceId, after);
  }

  private async listen(from: House, conferenceId: string, after: number | undefined): Promise<void> {
    try {
      for await (const event of from.service.events(idsOf(conferenceId), { after, signal: this.leaving.signal }))
        this.told.push(event);
      this.isOver = true;
    } catch (error) {
      if (!this.leaving.signal.aborted) throw error;
    }
  }

  /** How each event was told last. */
  latest(): EventResource[] {
    return [...new Map(this.told.map(({ cursor: _where, ...event }) => [event.sequence, event])).values()];
  }

  async leave(): Promise<void> {
    this.leaving.abort();
    await this.listening;
  }
}

async function listOf(from: House, conferenceId: string): Promise<EventResource[]> {
  const all: EventResource[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: { events: EventResource[]; next?: number } = await from.service.eventsPage(idsOf(conferenceId), {
      after,
    });
    all.push(...page.events);
    after = page.next;
  }
  return all;
}

describe('who follows a conference', () => {
  test('is told each event and its delivery, in order, until the end, and then what the list shows', async () => {
    const id = await house.create();
    const listener = new Listener(house, id);
    await until('the first event is told as delivered', () => listener.told.some(({ state }) => state === 'delivered'));
    await sendEvents(house, id, digits(12));
    await until(
      'all are told as delivered',
      () => listener.latest().filter(({ state }) => state === 'delivered').length === 13,
    );
    expect(listener.isOver).toBe(false);
    await house.service.end(idsOf(id));
    await until('the listener hears of the end', () => listener.isOver);
    const firsts = listener.told.filter(
      ({ sequence }, index) => listener.told.findIndex((one) => one.sequence === sequence) === index,
    );
    expect(firsts.map(({ sequence }) => sequence)).toEqual(firsts.map((_, index) => index + 1));
    expect(listener.latest()).toEqual(await listOf(house, id));
    expect(listener.told.at(-1)?.cursor).toBe(firsts.length);
  });

  test('is told each attempt while a delivery fails, and at last that it was delivered', async () => {
    house.customer.answer('/failing', (response) => response.writeHead(503).end());
    const id = await house.create({ callbackUrl: house.customer.url('/failing') });
    const listener = new Listener(house, id);
    const attempts = () => listener.told.map((event) => event.attempts.length);
    await until('two attempts are told while it waits', () =>
      listener.told.some(({ state, attempts: { length } }) => state === 'waiting' && length >= 2),
    );
    // What may still change begins behind none of it.
    expect(listener.told.at(-1)?.cursor).toBe(0);
    house.customer.answer('/failing', (response) => response.writeHead(200).end());
    await until('it is told as delivered', () => listener.told.at(-1)?.state === 'delivered');
    expect(attempts()).toEqual([...attempts()].sort((a, b) => a - b));
    await listener.leave();
    await house.service.end(idsOf(id));
  });

  test('is told an event again that is delivered again', async () => {
    const id = await house.create();
    const listener = new Listener(house, id);
    await until('it is told as delivered', () => listener.told.at(-1)?.state === 'delivered');
    await house.service.redeliver(idsOf(id), listener.told[0]?.id ?? '');
    await until(
      'its second delivery is told',
      () => listener.told.at(-1)?.state === 'delivered' && listener.told.at(-1)?.attempts.length === 2,
    );
    await listener.leave();
    await house.service.end(idsOf(id));
  });

  test('goes on behind a cursor: whatever came meanwhile is told, and what was settled before is not', async () => {
    const id = await house.create();
    const first = new Listener(house, id);
    await sendEvents(house, id, digits(3));
    await until('four are settled', () => first.told.at(-1)?.cursor === 4);
    await first.leave();
    await sendEvents(house, id, digits(2));
    const second = new Listener(house, id, first.told.at(-1)?.cursor);
    await until('two more are settled', () => second.told.at(-1)?.cursor === 6);
    expect(Math.min(...second.told.map(({ sequence }) => sequence))).toBe(5);
    await house.service.end(idsOf(id));
    await until('the listener hears of the end', () => second.isOver);
  });

  test('of a conference that is over is told all of it, and the end', async () => {
    const id = await house.create();
    await house.service.end(idsOf(id));
    await house.service.waitFor(idsOf(id), 'completed');
    const listener = new Listener(house, id);
    await until('the listener hears of the end', () => listener.isOver);
    expect(listener.latest()).toEqual(await listOf(house, id));
    expect(listener.latest()).toHaveLength(2);
  });

  test('waits while no worker runs, and is told when one is back', async () => {
    const id = await house.create();
    const listener = new Listener(house, id);
    await until('it is told as delivered', () => listener.told.at(-1)?.state === 'delivered');
    await house.stopWorker();
    await sendEvents(house, id, digits(1));
    await house.startWorker();
    await until('the event is told', () => listener.told.some(({ sequence }) => sequence === 2));
    await listener.leave();
    await house.service.end(idsOf(id));
  });

  test('is one of many: all are told the same, and one reads for all', async () => {
    const id = await house.create();
    const listeners = Array.from({ length: 50 }, () => new Listener(house, id));
    await until('all are told of the first event', () =>
      listeners.every(({ told }) => told.at(-1)?.state === 'delivered'),
    );
    let queries = 0;
    const { workflowService } = house.client;
    const { queryWorkflow } = workflowService;
    workflowService.queryWorkflow = Object.assign((...args: Parameters<typeof queryWorkflow>) => {
      queries += 1;
      return queryWorkflow.apply(workflowService, args);
    }) as typeof queryWorkflow;
    try {
      await sendEvents(house, id, digits(1));
      await until('all are told of the digit', () =>
        listeners.every(({ told }) => told.at(-1)?.sequence === 2 && told.at(-1)?.state === 'delivered'),
      );
    } finally {
      workflowService.queryWorkflow = queryWorkflow;
    }
    // An index and its records at each look, and not fifty times that.
    expect(queries).toBeGreaterThan(0);
    expect(queries).toBeLessThan(50);
    await house.service.end(idsOf(id));
    await until('all hear of the end', () => listeners.every(({ isOver }) => isOver));
  });
});

/** A stream as it comes over HTTP. */
async function stream(id: string, headers: Record<string, string> = {}, query = 'follow=true') {
  const leaving = new AbortController();
  const answer = await fetch(`${house.url}${eventsPath(USER, id)}?${query}`, {
    headers: { authorization: basicAuth(LOCAL_ACCOUNT), ...headers },
    signal: leaving.signal,
  });
  let text = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const part of answer.body ?? []) text += decoder.decode(part as Uint8Array, { stream: true });
  })().catch(() => undefined);
  const messages = () =>
    Array.from(text.matchAll(/^id: (\d+)\ndata: (.*)$/gm), ([, at = '', data = '']) => ({
      at,
      event: JSON.parse(data) as EventResource,
    }));
  return { answer, text: () => text, messages, reading, leave: () => leaving.abort() };
}

describe('GET …/events?follow=true', () => {
  test('is a stream of server-sent events that ends with the conference, and goes on behind Last-Event-ID', async () => {
    const id = await house.create({ tag: 'two\nlines' });
    const first = await stream(id);
    expect(first.answer.status).toBe(200);
    expect(first.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await until('the first event is settled', () => first.messages().at(-1)?.at === '1');
    const [told] = first.messages();
    expect(told?.event.body['conferenceUri']).toMatch(house.url);
    first.leave();
    await house.service.end(idsOf(id));
    const second = await stream(id, { 'last-event-id': '1' });
    await second.reading;
    expect(second.text()).toMatch(/event: end\ndata: \{\}\n\n$/);
    expect(second.messages().every(({ event }) => event.sequence === 2)).toBe(true);
  });

  test.each([
    [{ 'last-event-id': 'x' }, 'follow=true', 400],
    [{}, 'follow=perhaps', 400],
    [{}, 'follow=true&state=dead', 400],
    [{ authorization: 'Basic bm86bm8=' }, 'follow=true', 401],
  ])('with %j and %s is a %d', async (headers, query, status) => {
    const { answer } = await stream(await house.create(), headers, query);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch('application/json');
  });

  test('of a conference that there is not is a 404', async () => {
    expect((await stream(`conf-${'a'.repeat(26)}`)).answer.status).toBe(404);
  });

  test('a gateway that stops ends its streams at once', async () => {
    const other = await openHouse();
    const id = await other.create();
    const answer = await fetch(`${other.url}${eventsPath(USER, id)}?follow=true`, {
      headers: { authorization: basicAuth(LOCAL_ACCOUNT) },
    });
    const text = answer.text();
    const started = performance.now();
    await other.close();
    expect(await text).not.toMatch('event: end');
    // Less than the 12 s after which it closes connections by force.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

// The last one: its server takes the place of the others' in this process.
test('who follows is told all through new runs of the workflow', async () => {
  const impatient = await openImpatientHouse(50);
  try {
    const id = await impatient.create();
    const listener = new Listener(impatient, id);
    for (let wave = 0; wave < 12; wave += 1) await sendEvents(impatient, id, digits(10));
    // What comes when it has ended is its aftercare's.
    await until('all are told', () => listener.latest().length === 121);
    await impatient.service.end(idsOf(id));
    await until('the listener hears of the end', () => listener.isOver);
    expect(listener.latest()).toHaveLength(122);
    expect(listener.latest()).toEqual(await listOf(impatient, id));
  } finally {
    await impatient.close();
  }
});
