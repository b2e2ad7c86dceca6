import { callsPath, conferencePath, conferencesPath } from '../../src/catapult/paths.ts';
import type { RequestFault } from '../../src/sandbox/faults.ts';
import type { Awaited } from '../../src/conference/state/watchers.ts';
import { parseWorkflowId, WATCH_WORKFLOW, watchWorkflowId, type WatchInput } from '../../src/workflows/messages.ts';
import { USER, workflowOf, type House } from './house.ts';
import { sendEvents } from './platform-events.ts';
import { until } from './until.ts';

/*
 * The kinds of lives that a conference may have, each driven over HTTP: what the recorded histories are made of, and what is
 * reset.
 */

/** By what name it is called in the scenario `watched`. */
export const WATCHES_THE_END = 'the-end';
const BUSY = '+19195550002';

/** Brings one conference to its end. */
export type Scenario = (house: House) => Promise<void>;

/** Happens to the platform's next create call. */
const strikeCreate = (house: House, fault: RequestFault) =>
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, times: 1, ...fault });

export const scenarios: Record<string, Scenario> = {
  async plain(house) {
    const id = await house.create({ tag: 'weekly' });
    await house.customer.until('/callback', 1);
    await end(house, id);
  },

  async 'without-gateway'(house) {
    const callbackUrl = house.customer.url('/callback');
    const { conferenceId } = await house.service.create(USER, { from: '+19195551234', callbackUrl });
    await house.customer.until('/callback', 1);
    await end(house, conferenceId);
  },

  async 'fallback-and-retry'(house) {
    let tries = 0;
    house.customer.answer('/callback', 500);
    house.customer.answer('/fallback', (response) => response.writeHead(++tries < 3 ? 503 : 200).end());
    const id = await house.create({ fallbackUrl: house.customer.url('/fallback') });
    await house.customer.until('/fallback', 3);
    await end(house, id);
  },

  async 'lent-again'(house) {
    // The first attempt fails and ends the first lease; who asks for the next one waits until a worker has delivered the event.
    let tries = 0;
    house.customer.answer('/callback', (response) => response.writeHead(++tries < 2 ? 503 : 200).end());
    const id = await house.create();
    const digit = (number: number) =>
      sendEvents(house, id, [{ eventType: 'dtmf', digits: String(number), number, time: '2026-01-01T00:00:00Z' }]);
    await digit(1);
    await house.customer.until('/callback', 3);
    // What the workflow leaves out.
    for (const what of ['redeliver', 'change', 'nothing-known']) await workflowOf(house, id).signal(what, 7);
    await digit(2);
    await house.customer.until('/callback', 4);
    await end(house, id);
  },

  async refused(house) {
    strikeCreate(house, { answer: { status: 403, code: 'conference-error', message: 'not from this number' } });
    await expectStatus(post(house, conferencesPath(USER), { from: '+19195551234' }), 403);
  },

  async 'completed-while-creating'(house) {
    strikeCreate(house, { delay: 2_000 });
    const creating = house.call('POST', conferencesPath(USER), {
      from: '+19195551234',
      callbackUrl: house.customer.url('/callback'),
    });
    const id = await latestConference(house);
    await end(house, id);
    await creating;
  },

  async 'lost-answer'(house) {
    strikeCreate(house, { drop: 'after' });
    // The platform's event about this attempt is lost too; it is sent later.
    house.sandbox.faults.add({ callbacks: 'lose', event: 'conference created', times: 1 });
    const id = await house.create();
    await house.customer.until('/callback', 1);
    const [orphan] = house.sandbox.platform.list();
    const path = new URL(orphan?.callbackUrl ?? '').pathname;
    const event = { eventType: 'conference', conferenceId: orphan?.id, status: 'created' };
    await expectStatus(post(house, path, event), 200);
    await until('the orphan is completed', () => house.sandbox.platform.list()[0]?.state === 'completed');
    await end(house, id);
  },

  async changes(house) {
    const id = await house.create({ profile: 'passthru_digits' });
    const path = conferencePath(USER, id);
    const caller = house.sandbox.platform.callIn();
    const added = await post(house, `${path}/members`, { callId: caller.id, joinTone: true });
    const member = new URL(added.headers.get('location') ?? '').pathname;
    await Promise.all([{ mute: true }, { hold: 'true' }].map((change) => post(house, member, change)));
    await expectStatus(post(house, path, { hold: true, tag: 'later' }), 200);
    await expectStatus(post(house, `${path}/audio`, { sentence: 'Welcome.' }), 200);
    const callbackUrl = house.customer.url('/call');
    const dial = { from: '+19195551234', to: '+19195550000', conferenceId: id, callbackUrl };
    await expectStatus(house.call('POST', callsPath(USER), dial, { 'idempotency-key': 'dial' }), 201);
    await expectStatus(house.call('POST', callsPath(USER), dial, { 'idempotency-key': 'dial' }), 201);
    await house.customer.until('/call', 1);
    caller.press('1');
    await expectStatus(post(house, `${path}/members`, { callId: 'unknown' }), 403);
    await expectStatus(post(house, member, { state: 'completed' }), 200);
    await end(house, id);
  },

  async 'lost-answers-of-changes'(house) {
    const id = await house.create();
    const to = '+19195550000';
    const on = { method: 'POST', route: '/calls' } as const;
    const dial = () => post(house, callsPath(USER), { from: '+19195551234', to, conferenceId: id });
    house.sandbox.faults.add({ on, drop: 'after', times: 1 });
    await expectStatus(dial(), 201);
    house.sandbox.faults.add({ on, drop: 'before', times: 1 });
    await expectStatus(dial(), 503);
    house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences/:conferenceId' }, delay: 7_000, times: 1 });
    const held = [{ hold: true }, { hold: false }].map((change) => post(house, conferencePath(USER, id), change));
    await Promise.all(held);
    await end(house, id);
  },

  async 'refused-later'(house) {
    strikeCreate(house, { answer: { status: 503 }, times: 4 });
    strikeCreate(house, { answer: { status: 403, code: 'conference-error', message: 'not today' } });
    const callbackUrl = house.customer.url('/callback');
    await expectStatus(post(house, conferencesPath(USER), { from: '+19195551234', callbackUrl }), 202);
    await house.customer.until('/callback', 1);
  },

  async reconciled(house) {
    const id = await house.create();
    await house.customer.until('/callback', 1);
    house.sandbox.faults.add({ callbacks: 'lose' });
    const [one, other] = [house.sandbox.platform.callIn(), house.sandbox.platform.callIn()];
    for (const { id: callId } of [one, other]) await post(house, `${conferencePath(USER, id)}/members`, { callId });
    one.hangUp();
    await house.conferences.reconcile({ userId: USER, conferenceId: id }, 'an operator wants it');
    await house.customer.until('/callback', 4);
    other.hangUp();
    await house.conferences.reconcile({ userId: USER, conferenceId: id }, 'an operator wants it');
  },

  async 'platform-lost'(house) {
    const id = await house.create();
    await house.customer.until('/callback', 1);
    house.sandbox.platform.forget();
    await house.conferences.reconcile({ userId: USER, conferenceId: id }, 'an operator wants it');
  },

  async watched(house) {
    const id = await house.create();
    const ids = { userId: USER, conferenceId: id };
    const watch = (name: string, awaited: Awaited) =>
      house.client.workflow.start(WATCH_WORKFLOW, {
        ...{ workflowId: watchWorkflowId(ids, name), taskQueue: house.taskQueue },
        args: [{ awaited }] satisfies [WatchInput],
      });
    const member = await watch('a-member', { members: 1 });
    const crowd = await watch('a-crowd', { members: 50 });
    const over = await watch(WATCHES_THE_END, { phase: 'completed' });
    const gone = await watch('no-more', { phase: 'active' });
    const watchers = async () => (await house.conferences.view(ids))?.watchers;
    await until('four wait for it', async () => (await watchers()) === 4);
    await gone.cancel();
    await until('one has gone', async () => (await watchers()) === 3);
    await post(house, `${conferencePath(USER, id)}/members`, { callId: house.sandbox.platform.callIn().id });
    await member.result();
    await end(house, id);
    await Promise.all([over.result(), crowd.result().catch(() => undefined)]);
  },

  async aftercare(house) {
    const id = await house.create();
    await end(house, id);
    await workflowOf(house, id).result();
    await sendEvents(house, id, [{ eventType: 'conference-playback', status: 'done', time: '2026-01-01T00:00:00Z' }]);
    await house.customer.until('/callback', 3);
  },

  async scheduled(house) {
    house.sandbox.platform.phones.set(BUSY, { answers: 'busy', after: 100 });
    await house.create({
      startAt: new Date(Date.now() + 4_000).toISOString(),
      reminders: [{ before: 1 }],
      participants: [
        { to: '+19195550001', mute: true },
        { to: BUSY, maxAttempts: 2, retryInterval: 1 },
      ],
      maxDuration: 6,
      maxDurationWarning: 3,
    });
  },

  async 'no-show'(house) {
    await house.create({ noShowTimeout: 1 });
  },

  async cancelled(house) {
    const id = await house.create();
    await house.customer.until('/callback', 1);
    await workflowOf(house, id).cancel();
  },
};

export const post = (house: House, path: string, body: object) => house.call('POST', path, body);

async function expectStatus(answered: Promise<Response>, status: number): Promise<void> {
  const answer = await answered;
  if (answer.status !== status) throw new Error(`answered ${answer.status}, not ${status}: ${await answer.text()}`);
}

export const end = (house: House, id: string) =>
  expectStatus(post(house, conferencePath(USER, id), { state: 'completed' }), 200);

/** The id of the house's conference that began last, or ended last if all have: as soon as there is one. */
export const latestConference = (house: House): Promise<string> =>
  until('a conference is listed', async () => {
    for await (const { workflowId } of house.client.workflow.list({ query: `TaskQueue = '${house.taskQueue}'` }))
      return parseWorkflowId(workflowId).conferenceId;
    return undefined;
  });
