import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { audioPath, callsPath, conferencePath, eventsPath } from '../../src/catapult/paths.ts';
import type { ListedConference } from '../../src/catapult/resources.ts';
import type { PayloadKeys } from '../../src/client/sealing.ts';
import type { RunningPart } from '../../src/part.ts';
import { DELIVER_FROM, openHouse, USER, workflowOf, type House } from '../support/house.ts';
import { dataDirectory } from '../support/processes.ts';
import { startOwnTemporal } from '../support/temporal-server.ts';
import { until } from '../support/until.ts';

/*
 * With PAYLOAD_KEYS no text of a customer can be read in what Temporal has on disk: in its whole database with the log before it, looked
 * through byte by byte. Without them each of the same texts is found there, so the look finds what there is.
 */

/** What is looked for; every one is given to Convoke, or comes from the platform, in its own way. */
const planted = {
  from: '+19195550142',
  refusedFrom: '+19195550143',
  tag: 'planted-first-tag',
  laterTag: 'planted-later-tag',
  url: 'planted-callback-path',
  fallback: 'planted-fallback-path',
  password: 'planted-password',
  participant: '+19195550144',
  participantTag: 'planted-participant',
  dialled: '+19195550145',
  sentence: 'planted words for all to hear',
  refusal: 'planted words of the platform',
  event: 'planted-event-field',
  scheduledTag: 'planted-scheduled-tag',
  note: 'planted note of a schedule',
};

let temporal: RunningPart | undefined;
let house: House | undefined;
let data: ReturnType<typeof dataDirectory>;
const testsOwn = process.env['TEST_TEMPORAL_ADDRESS'];

/** On a Temporal of its own. */
async function open(payloadKeys?: PayloadKeys, deliverFrom: 'gateway' | 'worker' = DELIVER_FROM): Promise<House> {
  data = dataDirectory();
  const own = await startOwnTemporal(data.path);
  temporal = own.server;
  process.env['TEST_TEMPORAL_ADDRESS'] = own.address;
  return (house = await openHouse(payloadKeys === undefined ? {} : { payloadKeys, deliverFrom }));
}

async function close(): Promise<void> {
  await house?.close();
  await temporal?.stop();
  [house, temporal] = [undefined, undefined];
  process.env['TEST_TEMPORAL_ADDRESS'] = testsOwn;
}

afterEach(async () => {
  await close();
  data.remove();
});

async function listed(of: House, filters: object): Promise<ListedConference[]> {
  const found: ListedConference[] = [];
  for await (const one of of.service.list(USER, filters)) found.push(one);
  return found;
}

/** A conference with all that may stand in one, to its end. */
async function live(of: House): Promise<string> {
  of.customer.answer(`/${planted.url}`, 500);
  const base = of.customer.url('').replace('://', `://user:${planted.password}@`);
  const id = await of.create({
    ...{ from: planted.from, tag: planted.tag, callbackTimeout: 1000 },
    ...{ callbackUrl: `${base}/${planted.url}`, fallbackUrl: of.customer.url(`/${planted.fallback}`) },
    participants: [{ to: planted.participant, tag: planted.participantTag }],
  });
  await until('the participant is there', async () => {
    const members = await of.service.members({ userId: USER, conferenceId: id });
    return members.length > 0;
  });
  await of.call('POST', callsPath(USER), { from: planted.from, to: planted.dialled, conferenceId: id });
  await of.call('POST', audioPath(USER, id), { sentence: planted.sentence });
  await of.call('POST', conferencePath(USER, id), { tag: planted.laterTag });
  const callback = of.sandbox.platform.list().find(({ callbackUrl }) => callbackUrl?.includes(`/${id}/`))?.callbackUrl;
  await fetch(callback ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ eventType: 'conference-playback', status: planted.event, time: '2026-01-01T00:00:00Z' }),
  });
  await of.allForwarded();
  return id;
}

/** One that the platform refuses, in words with the number: its workflow fails. */
async function fail(of: House): Promise<void> {
  const message = `${planted.refusal}: ${planted.refusedFrom}`;
  of.sandbox.faults.add({
    ...{ on: { method: 'POST', route: '/conferences' }, times: 1 },
    answer: { status: 403, code: 'insufficient-available-balance', message },
  });
  const created = of.conferences.create(USER, {
    ...{ from: planted.refusedFrom, profile: 'interpret_digits', callbackHttpMethod: 'POST', callbackTimeout: 10_000 },
  });
  expect(await created).toMatchObject({ outcome: 'refused', error: { message } });
}

async function schedule(of: House): Promise<void> {
  const ids = await of.service.schedules.create(USER, {
    ...{ cron: '0 9 1 1 *', timeZone: 'UTC', note: planted.note },
    conference: { from: planted.from, tag: planted.scheduledTag },
  });
  expect(await of.service.schedules.get(ids)).toMatchObject({
    ...{ note: planted.note, conference: { from: planted.from, tag: planted.scheduledTag } },
  });
  await of.service.schedules.trigger(ids);
  await of.service.schedules.change(ids, { note: `${planted.note}, changed` });
}

async function end(of: House, id: string): Promise<void> {
  await of.call('POST', conferencePath(USER, id), { state: 'completed' });
  await workflowOf(of, id).result();
}

/** Which of the texts stand in the files, when the server has written them. */
function foundIn(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.startsWith('temporal.db'));
  expect(files).toContain('temporal.db');
  const all = Buffer.concat(files.map((name) => readFileSync(join(folder, name))));
  const isThere = (text: string) =>
    all.includes(text) ||
    all.includes(text, 0, 'utf16le') ||
    all.includes(Buffer.from(text).toString('base64').slice(2, -4));
  return Object.entries(planted).flatMap(([name, text]) => (isThere(text) ? [name] : []));
}

async function everything(of: House): Promise<void> {
  const id = await live(of);
  await fail(of);
  await schedule(of);
  // Lists show and find all of it, as it is now.
  const [one] = await until('the later tag is found', async () => {
    const found = await listed(of, { tag: planted.laterTag, from: planted.from });
    return found.length === 1 ? found : undefined;
  });
  expect(one).toMatchObject({ id, from: planted.from, tag: planted.laterTag, state: 'active' });
  expect(await listed(of, { tag: planted.tag })).toEqual([]);
  const refused = await listed(of, { from: planted.refusedFrom });
  expect(refused).toMatchObject([{ from: planted.refusedFrom, phase: 'failed' }]);
  await until('the scheduled one is found', async () => (await listed(of, { tag: planted.scheduledTag })).length === 1);
  await end(of, id);
  const answer = await of.call('GET', eventsPath(USER, id));
  expect(JSON.stringify(await answer.json())).toContain(planted.event);
  const ended = await of.call('GET', conferencePath(USER, id));
  expect(await ended.json()).toMatchObject({ from: planted.from, tag: planted.laterTag, state: 'completed' });
}

const all = new Map(['one', 'two'].map((id) => [id, randomBytes(32)]));
const keys = (...ids: string[]): PayloadKeys => new Map(ids.map((id) => [id, all.get(id) ?? Buffer.of()]));

test('with a key nothing is found, and everything works', async () => {
  const of = await open(keys('one'));
  await everything(of);
  await close();
  expect(foundIn(data.path)).toEqual([]);
}, 180_000);

test('with another key before it, what is open goes on, and what is closed is found and read', async () => {
  // Without leases, which would have to run out.
  const before = await open(keys('one'), 'worker');
  const closed = await before.create({ from: planted.from, tag: planted.tag });
  await end(before, closed);
  const opened = await before.create({ from: planted.from, tag: planted.laterTag });
  await before.stopWorker();

  const after = await openHouse({ payloadKeys: keys('two', 'one'), taskQueue: before.taskQueue });
  try {
    const places = async () => (await listed(after, { from: planted.from })).map(({ id, tag }) => ({ id, tag }));
    expect(await places()).toEqual([
      { id: opened, tag: planted.laterTag },
      { id: closed, tag: planted.tag },
    ]);
    const get = async (id: string) => after.service.get({ userId: USER, conferenceId: id });
    expect(await get(closed)).toMatchObject({ state: 'completed', tag: planted.tag });
    await after.service.change({ userId: USER, conferenceId: opened }, { tag: planted.scheduledTag });
    expect(await get(opened)).toMatchObject({ state: 'created', tag: planted.scheduledTag });
    await until('its tag is found, sealed with the new key', async () => {
      const found = await listed(after, { tag: planted.scheduledTag });
      return found.length === 1;
    });
    await end(after, opened);
  } finally {
    await after.close();
  }
}, 180_000);

test('without one each of the same texts is found', async () => {
  const of = await open();
  await everything(of);
  await close();
  expect(foundIn(data.path)).toEqual(Object.keys(planted));
}, 180_000);
