import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultFailureConverter, defaultPayloadConverter, type LoadedDataConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { temporal } from '@temporalio/proto';
import { z } from 'zod';
import { explanation, whatIf } from '../../src/catapult/explaining-resources.ts';
import { carried, closedOf } from '../../src/conference/carry.ts';
import { explained, type Beside } from '../../src/explain/explanation.ts';
import { HistoryReader, type RunHistory } from '../../src/explain/history.ts';
import type { HistoryEvent } from '../../src/explain/opened.ts';
import { errorOf, valuesOf } from '../../src/explain/opened.ts';
import { inPieces } from '../../src/explain/pieces.ts';
import { Replay } from '../../src/explain/replay.ts';
import { otherCourse } from '../../src/explain/what-if.ts';

/* The recorded histories of conferences, explained without a server. */

const FOLDER = fileURLToPath(new URL('../replay/histories', import.meta.url));
const NOT_OF_CONFERENCES = ['aftercare', 'watch'];
const names = readdirSync(FOLDER)
  .map((file) => file.replace('.json', ''))
  .filter((name) => !NOT_OF_CONFERENCES.includes(name));

const plain: LoadedDataConverter = {
  payloadConverter: defaultPayloadConverter,
  failureConverter: defaultFailureConverter,
  payloadCodecs: [],
};

/** A recorded history, or what had come of it when it was being created. */
async function read(name: string, { isCreating = false } = {}): Promise<{ run: RunHistory; events: HistoryEvent[] }> {
  const { History } = temporal.api.history.v1;
  // As it comes from a server: with the numbers that JSON has not.
  const asJson = historyFromJSON(JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')));
  const all = History.decode(History.encode(asJson).finish()).events;
  const answered = all.findIndex(
    (one) => one.activityTaskStartedEventAttributes ?? one.workflowExecutionSignaledEventAttributes,
  );
  const events = isCreating ? all.slice(0, answered) : all;
  const reader = new HistoryReader(plain);
  for (const event of events) await reader.add(event);
  return { run: reader.history, events };
}

/** Right after the latest that stands in it. */
function endOf({ startedAt, tasks }: RunHistory): number {
  return tasks.at(-1)?.at ?? startedAt;
}

async function explain(
  name: string,
  { isCreating = false, ...beside }: Partial<Beside> & { isCreating?: boolean } = {},
) {
  const { run } = await read(name, { isCreating });
  return await explained(run, { now: endOf(run), ...beside });
}
const plainData = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the rules, taken through a history once more, come to the state that the workflow left', () => {
  // Who cancels in Temporal leaves no result.
  test.each(names.filter((name) => name !== 'cancelled'))('%s', async (name) => {
    const { run, events } = await read(name);
    const replay = new Replay(run);
    const taken = [...replay.all()];
    expect(taken.length).toBeGreaterThan(1);
    const started = events[0]?.workflowExecutionStartedEventAttributes;
    const ofRun = { workflowId: started?.workflowId ?? '', runId: started?.originalExecutionRunId ?? '' };
    const last = events.at(-1);
    const [result] = await valuesOf(last?.workflowExecutionCompletedEventAttributes?.result?.payloads, plain);
    const failure = await errorOf(last?.workflowExecutionFailedEventAttributes?.failure, plain);
    const [next] = await valuesOf(last?.workflowExecutionContinuedAsNewEventAttributes?.input?.payloads, plain);
    const left = next ?? result ?? (failure as { details?: unknown[] } | undefined)?.details?.[1];
    // An older release left less: what it did leave is the same.
    const mine = next === undefined ? closedOf(replay.state, ofRun) : { state: carried(replay.state, ofRun) };
    expect(plainData(mine)).toMatchObject(z.record(z.string(), z.unknown()).parse(left));
  });
});

describe('an explanation', () => {
  test.each(names)('is what the description says: %s', async (name) => {
    const told = plainData(await explain(name));
    expect(explanation.strict().parse(told)).toEqual(told);
  });

  test('names the attempt that was adopted, and each that turned up beside it with when it was completed', async () => {
    const { conferences, promises } = await explain('lost-answer');
    expect(conferences.map(({ is }) => is)).toContain('adopted');
    for (const { is, completedTime } of conferences) if (is === 'orphan') expect(completedTime).toBeDefined();
    expect(promises[0]).toMatchObject({ promise: 'one-conference', state: 'kept' });
  });

  test('names each event with what its requests came to', async () => {
    const { events, decisions } = await explain('fallback-and-retry');
    expect(events.length).toBeGreaterThan(0);
    for (const { state, deliveredTime, result } of events)
      expect({ state, result, isTimed: deliveredTime !== undefined }).toEqual({
        ...{ state: 'delivered', isTimed: true },
        result: '200',
      });
    const all = decisions.flatMap(({ took, decided }) => [took, ...decided]);
    expect(all.filter((one) => /event \d+ to fallbackUrl/.test(one))).not.toEqual([]);
    expect(all.filter((one) => /^event \d+ is tried again at /.test(one))).not.toEqual([]);
  });

  test('names what made the conference end, and how late its timer was', async () => {
    const { timers, decisions, promises } = await explain('no-show');
    expect(timers).toEqual([expect.objectContaining({ timer: 'no-show' })]);
    expect(timers[0]?.lateSeconds).toBeLessThan(5);
    const asked = decisions.findIndex(({ decided }) => decided.some((one) => one.startsWith('the platform is asked')));
    const ended = decisions.findIndex(({ decided }) => decided.includes('the conference is to end (no-show)'));
    expect(decisions[asked]).toMatchObject({ input: 'clock', took: 'the alarm rang' });
    expect(ended).toBeGreaterThan(asked);
    expect(promises.at(-1)).toMatchObject({ promise: 'end', state: 'kept' });
  });

  test('says why there is no conference', async () => {
    const { promises, conferences } = await explain('refused');
    expect(conferences).toEqual([]);
    expect(promises[0]).toMatchObject({ state: 'kept', says: 'none was made' });
    expect(promises.at(-1)?.says).toMatch(/^failed \(creation-failed\) at .*: \d{3} /);
  });

  test.each([
    ['a gateway', 'no-show'],
    ['a worker', 'without-gateway'],
  ])('of one that %s is creating says that its events are not known yet', async (_who, name) => {
    const { promises } = await explain(name, { isCreating: true });
    expect(promises.map(({ promise, state, says }) => `${promise}: ${state}, ${says}`)).toEqual([
      'one-conference: open, none has turned up yet',
      'every-event: open, none is known yet: it is creating',
      'in-time: kept, no timer has come due',
      'end: open, it is creating',
    ]);
  });

  test('says of a timer that nobody acts on that time is not kept', async () => {
    const now = Date.parse('2027-01-01T00:00:00Z');
    const { promises } = await explain('no-show', { isCreating: true, now });
    expect(promises.find(({ promise }) => promise === 'in-time')).toMatchObject({
      state: 'broken',
      says: expect.stringMatching(/^first-attempt was due at \S+Z, and nobody has acted on it for \d+(\.\d+)? s$/),
    });
  });

  test('says nothing of timers that the end of a conference has left behind', async () => {
    const now = Date.parse('2027-01-01T00:00:00Z');
    expect((await explain('no-show', { now })).promises).toEqual((await explain('no-show')).promises);
  });

  test('counts the requests of a delivery that goes on', async () => {
    const request = { url: 'callbackUrl', ok: false, result: '503', at: 0, milliseconds: 1 } as const;
    const before = await explain('no-show');
    const { events } = await explain('no-show', {
      asOfNow: (record) => ({ ...record, attempts: [...record.attempts, request] }),
    });
    expect(events.map(({ requests }) => requests)).toEqual(before.events.map(({ requests }) => requests + 1));
    expect(events[0]?.result).toBe('503');
  });

  test('leads on to the next run', async () => {
    const [first, last] = [await read('long-1'), await read('long-3')];
    expect(first.run.nextRunId).toMatch(/^[\da-f-]{36}$/);
    expect(last.run.nextRunId).toBeUndefined();
  });
});

test('what nobody can read is nothing, and what is sealed is not taken for that', async () => {
  const payload = (encoding: string) => ({ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from('{"a":') });
  expect(await valuesOf([payload('json/plain')], plain)).toEqual([]);
  await expect(valuesOf([payload('binary/encrypted')], plain)).rejects.toThrow('binary/encrypted');
});

test('others get their turn while a long history is gone through', async () => {
  let turns = 0;
  let isOver = false;
  const takeTurn = () => {
    turns += 1;
    if (!isOver) setImmediate(takeTurn);
  };
  setImmediate(takeTurn);
  const stepsThatTakeLong = Array.from({ length: 10 }, () => 20);
  for await (const workMs of inPieces(stepsThatTakeLong))
    for (const began = performance.now(); performance.now() - began < workMs;);
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(stepsThatTakeLong.length);
});

describe('what if', () => {
  const now = Date.parse('2027-01-01T00:00:00Z');

  test.each(names.filter((name) => !name.startsWith('long-')))(
    'nothing were different, nothing would be: %s',
    async (name) => {
      const { run } = await read(name);
      const { was, would, ...told } = await otherCourse([run], {}, now);
      expect(would).toEqual(was);
      expect(told).toEqual({ onlyWas: [], onlyWould: [], assumed: [] });
    },
  );

  test('an event had not been delivered again, its course would be the same', async () => {
    const { run } = await read('no-show');
    const replay = new Replay(run);
    const asked = [...replay.all()].length;
    const records = replay.state.outbox.log.accepted.slice(0, 1);
    run.tasks.at(-1)?.came.push({ is: 'input', input: { type: 'redeliver', records } });
    expect([...new Replay(run).all()]).toHaveLength(asked + 1);
    expect(await otherCourse([run], {}, now)).toMatchObject({ onlyWas: [], onlyWould: [] });
  });

  test('a conference of several runs is gone through from its first one on', async () => {
    const runs = [(await read('long-1')).run, (await read('long-2')).run, (await read('long-3')).run];
    const { was, would, partedTime } = await otherCourse(runs, {}, now);
    expect({ would, partedTime }).toEqual({ would: was, partedTime: undefined });
    await expect(otherCourse(runs.slice(1), {}, now)).rejects.toThrow('does not begin with a request');
  });

  test('the no-show had come a minute later, it would have ended a minute later', async () => {
    const { run } = await read('no-show');
    const told = plainData(await otherCourse([run], { noShowTimeout: 61 }, now));
    const { was, would, partedTime, onlyWas, onlyWould } = whatIf.strict().parse(told);
    expect([was.reason, would.reason]).toEqual(['no-show', 'no-show']);
    const apart = (Date.parse(would.endTime ?? '') - Date.parse(was.endTime ?? '')) / 1_000;
    expect(Math.round(apart)).toBe(60);
    expect(Date.parse(partedTime ?? '')).toBeLessThan(Date.parse(was.endTime ?? ''));
    for (const only of [onlyWas, onlyWould])
      expect(only.map(({ says }) => says)).toContain('the conference is to end (no-show)');
  });

  test('of one that is being created: as if it were created now', async () => {
    const { run } = await read('no-show', { isCreating: true });
    const { was, would, assumed } = await otherCourse([run], { noShowTimeout: 'none' }, now);
    expect(was).toMatchObject({ phase: 'completed', reason: 'no-show' });
    expect(would).toEqual({ phase: 'created' });
    expect(assumed).toContain('the platform creates it now');
  });

  test('nobody had been waited for, it would go on', async () => {
    const { run } = await read('no-show');
    expect((await otherCourse([run], { noShowTimeout: 'none' }, now)).would).toEqual({ phase: 'created' });
  });

  test('it had been shorter, it would have ended in between, for that reason', async () => {
    const { run } = await read('scheduled');
    const { was, would } = await otherCourse([run], { maxDuration: 3, maxDurationWarning: 'none' }, now);
    expect([was.reason, would.reason]).toEqual(['max-duration', 'max-duration']);
    const apart = (Date.parse(was.endTime ?? '') - Date.parse(would.endTime ?? '')) / 1_000;
    expect(Math.round(apart)).toBe(3);
  });

  test('a warning had been asked for, it would have been heard; what follows keeps its answers', async () => {
    const { run } = await read('scheduled');
    const { was, would, onlyWould } = await otherCourse([run], { maxDurationWarning: 4 }, now);
    expect(would).toEqual(was);
    expect(onlyWould.map(({ says }) => says)).toContain('speak to all: done');
  });
});
