import { basicAuth } from '../../src/catapult/credentials.ts';
import {
  ALL_ACCOUNTS,
  conferencePath,
  conferencesPath,
  callsPath,
  eventsPath,
  membersPath,
  memberPath,
  pathTo,
  audioPath,
} from '../../src/catapult/paths.ts';
import { sendEvents } from './platform-events.ts';
import { Recorder, type Recorded } from './recorded.ts';
import { OPERATOR, USER, type House } from './house.ts';
import { until } from './until.ts';

/*
 * Every route, every error that a customer can cause, and every event once, over HTTP: where the examples of the description come from.
 */

interface Listed {
  conferences: unknown[];
}

const FROM = '+19195551234';
const counts = pathTo('/conference-counts', { userId: USER });
const OWN = { profile: 'passthru_digits', dialIn: { pin: '246810' }, aloneTimeout: 600 };
const UNKNOWN = 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa';

export async function examplesOf(house: House): Promise<Recorded> {
  const recorder = new Recorder(house);
  recorder.called(UNKNOWN, 'conf-unknown');
  const later = await goThrough(house, recorder);
  await tellOfOurOwn(house, recorder);
  await goThroughSchedule(house, recorder);
  await refuseRequests(recorder, later);
  await refuseChanges(house, recorder);
  return recorder.recorded();
}

/** A conference from its beginning to its end. */
async function goThrough(house: House, recorder: Recorder): Promise<string> {
  const [from, url] = [FROM, (path: string) => house.customer.url(path)];
  const fields = { from, callbackUrl: url('/events'), tag: 'weekly', ...OWN };
  const id = await recorder.ask('POST', conferencesPath(USER), fields, { 'idempotency-key': 'weekly-1' });
  recorder.called(id.replace('conf-', ''), 'weekly');
  const conference = conferencePath(USER, id);
  const call = house.sandbox.platform.callIn({ from: '+19195550004' });
  recorder.called(call.id, 'call-1');
  const member = await recorder.ask('POST', membersPath(USER, id), { callId: call.id, joinTone: true });
  recorder.called(member, 'member-1');
  const dialled = { from, to: '+19195550001', conferenceId: id, callbackUrl: url('/calls'), tag: 'host' };
  recorder.called(await recorder.ask('POST', callsPath(USER), dialled), 'call-2');
  const joined = () => house.customer.received.filter(({ body }) => body['memberUri'] !== undefined).length === 2;
  await until('both have joined', joined);
  const [, second] = (await (await house.call('GET', membersPath(USER, id))).json()) as { id: string }[];
  recorder.called(second?.id ?? '', 'member-2');
  await recorder.ask('POST', audioPath(USER, id), { sentence: 'Welcome.' });
  await recorder.ask('POST', audioPath(USER, id, member), { fileUrl: 'https://customer.example/welcome.mp3' });
  await recorder.ask('POST', memberPath(USER, id, member), { mute: true });
  await until('the mute was told', () => house.customer.received.some(({ body }) => body['mute'] === true));
  call.press('5');
  await until('the key was told', () => house.customer.received.some(({ body }) => body['eventType'] === 'dtmf'));
  await recorder.ask('GET', membersPath(USER, id));
  await recorder.ask('GET', memberPath(USER, id, member));
  await recorder.ask('GET', conference);
  await until('the list has it', async () => {
    const { conferences } = (await (await house.call('GET', `${conferencesPath(USER)}?phase=active`)).json()) as Listed;
    return conferences.length === 1;
  });
  await recorder.ask('GET', `${conferencesPath(USER)}?phase=active`);
  await until('it is counted', async () => {
    const { active } = (await (await house.call('GET', counts)).json()) as { active: number };
    return active === 1;
  });
  await recorder.ask('GET', counts);
  await recorder.ask('GET', pathTo('/health', { userId: USER }));
  const asOperator = { authorization: basicAuth(OPERATOR) };
  await recorder.ask('GET', pathTo('/diagnosis', { userId: ALL_ACCOUNTS }), undefined, asOperator);
  await recorder.ask('POST', conference, { state: 'completed' });
  await house.allForwarded();
  await until('the end was told', () => house.customer.received.some(({ body }) => body['status'] === 'completed'));
  const { events } = (await (await house.call('GET', eventsPath(USER, id))).json()) as { events: { id: string }[] };
  for (const [index, event] of events.entries()) recorder.called(event.id, `evt-weekly-${index + 1}`);
  await recorder.ask('GET', `${eventsPath(USER, id)}?size=1`);
  await recorder.ask('POST', `${eventsPath(USER, id)}/${events[0]?.id ?? ''}/redeliver`);
  const day = { from: '2026-01-30T00:00:00Z', to: '2026-01-31T12:00:00Z' };
  await recorder.ask('POST', `/v1/users/${USER}/events/redeliver`, day, { 'idempotency-key': 'day-1' });
  await recorder.ask(
    'POST',
    `/v1/users/${USER}/events/redeliver`,
    { ...day, to: day.from },
    { 'idempotency-key': 'day-1' },
  );
  await recorder.ask('GET', pathTo('/conferences/:conferenceId/steps', { userId: USER, conferenceId: id }));
  const ids = { userId: USER, conferenceId: id };
  await recorder.ask('GET', pathTo('/conferences/:conferenceId/explanation', ids));
  await recorder.ask('GET', `${pathTo('/conferences/:conferenceId/what-if', ids)}?aloneTimeout=60`);
  await recorder.ask('GET', pathTo('/dead-letters', { userId: USER }));
  return id;
}

/** What Catapult has no event for. */
async function tellOfOurOwn(house: House, recorder: Recorder): Promise<void> {
  const soon = (seconds: number) => `${new Date(Date.now() + seconds * 1_000).toISOString().slice(0, 19)}Z`;
  const told = (eventType: string, status: string) => () =>
    house.customer.received.some(({ body }) => body['eventType'] === eventType && body['status'] === status);
  const people = [{ to: '+19195550002', tag: 'guest' }];
  const opened = await house.create({ participants: people, startAt: soon(4), reminders: [{ before: 1 }] });
  recorder.called(opened.replace('conf-', ''), 'with-people');
  await until('the reminder was told', told('conference', 'reminder'));
  await until('the participant was told', told('conference-participant', 'joined'));
  const [member] = (await (await house.call('GET', membersPath(USER, opened))).json()) as { id: string }[];
  recorder.called(member?.id ?? '', 'member-3');
  await sendEvents(house, opened, [{ eventType: 'recording', recordingId: 'rec-1', state: 'complete' }]);
  await house.call('POST', conferencePath(USER, opened), { state: 'completed' });
  const refusal = { status: 403, code: 'conference-error', message: 'This number hosts no conferences.' };
  house.sandbox.faults.add({ on: { method: 'POST', route: '/conferences' }, times: 1, answer: refusal });
  const failed = await house.create({ startAt: soon(2) });
  recorder.called(failed.replace('conf-', ''), 'failed');
  await until('the failure was told', told('conference', 'failed'));
}

/** A schedule from its beginning to its end. */
async function goThroughSchedule(house: House, recorder: Recorder): Promise<void> {
  const all = pathTo('/conference-schedules', { userId: USER });
  const fields = {
    ...{ calendar: { weekdays: ['monday'], at: ['09:00'] }, timeZone: 'Europe/Berlin', maxRuns: 2, note: 'the team' },
    conference: { from: FROM, tag: 'mondays', participants: [{ to: '+19195550001', tag: 'host' }] },
  };
  const key = { 'idempotency-key': 'mondays-1' };
  const scheduleId = await recorder.ask('POST', all, fields, key);
  const ids = { userId: USER, scheduleId };
  recorder.called(scheduleId.replace('sched-', ''), 'mondays');
  await recorder.ask('POST', all, { ...fields, note: 'another' }, key);
  const one = pathTo('/conference-schedules/:scheduleId', ids);
  const conferenceId = await recorder.ask('POST', `${one}/trigger`);
  recorder.called(conferenceId.split('-now-')[1] ?? '', 'once');
  await until('the schedule has its conference', async () => {
    const { conferences } = (await (await house.call('GET', one)).json()) as Listed;
    return conferences.length === 1;
  });
  await recorder.ask('GET', `${one}.ics`);
  await recorder.ask('GET', one);
  await until('the list has it', async () => {
    const { schedules } = (await (await house.call('GET', all)).json()) as { schedules: unknown[] };
    return schedules.length === 1;
  });
  await recorder.ask('GET', all);
  await recorder.ask('POST', `${one}/pause`, { note: 'holidays' }, key);
  await recorder.ask('POST', `${one}/resume`, { note: 'the team' }, key);
  await recorder.ask('POST', `${one}/resume`, { note: 'the team' });
  const { nextRuns } = (await (await house.call('GET', one)).json()) as { nextRuns: string[] };
  const week = 7 * 86_400_000;
  const past = (before: number) => new Date(Date.parse(nextRuns[0] ?? '') - before).toISOString();
  await recorder.ask('POST', `${one}/skip`, { date: nextRuns[0]?.slice(0, 10) });
  await recorder.ask('POST', `${one}/backfill`, { from: past(week + 1_000), to: past(week) });
  await recorder.ask('POST', one, { cron: '30 9 * * 1', overlap: 'skip' });
  await recorder.ask('DELETE', one);
  await recorder.ask('GET', one.replace(/.{26}$/, 'a'.repeat(26)));
}

/** What is wrong with a request itself. */
async function refuseRequests(recorder: Recorder, id: string): Promise<void> {
  const all = conferencesPath(USER);
  await recorder.ask('POST', all, { from: '9195551234' });
  await recorder.ask('POST', all, { from: FROM, callbackUrl: 'ftp://customer.example' });
  await recorder.ask('GET', conferencePath(USER, id), undefined, { authorization: 'Basic dDpz' });
  await recorder.ask('GET', conferencePath(USER, UNKNOWN));
  await recorder.ask('GET', memberPath(USER, id, 'member-unknown'));
  await recorder.ask('POST', `${eventsPath(USER, id)}/evt-unknown/redeliver`);
  await recorder.ask('POST', membersPath(USER, id), `{"callId": "${'x'.repeat(70_000)}"}`);
  await recorder.ask('POST', all, 'from=1', { 'content-type': 'application/x-www-form-urlencoded' });
  await recorder.ask('POST', all, { from: FROM, tag: 'another' }, { 'idempotency-key': 'weekly-1' });
  await recorder.ask('POST', conferencePath(USER, id), { mute: true });
  await recorder.ask('POST', eventsPath(USER, id), {});
}

/** What a conference, or the platform, does not do now. */
async function refuseChanges(house: House, recorder: Recorder): Promise<void> {
  const [one, other] = [await house.create(), await house.create()];
  recorder.called(one.replace('conf-', ''), 'monthly').called(other.replace('conf-', ''), 'yearly');
  const call = house.sandbox.platform.callIn();
  recorder.called(call.id, 'call-3');
  await recorder.ask('POST', membersPath(USER, one), { callId: call.id });
  await recorder.ask('POST', membersPath(USER, other), { callId: call.id });
  await recorder.ask('POST', membersPath(USER, other), { callId: 'call-unknown' });
  for (let there = 1; there <= 20; there += 1)
    await recorder.ask('POST', membersPath(USER, one), { callId: house.sandbox.platform.callIn().id });
  const settings = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"callRateLimit": true}' };
  await fetch(`${house.platformUrl}/sandbox/settings`, settings);
  const dialled = { from: FROM, to: '+15550001002', conferenceId: other };
  for (let dials = 1; dials <= 11; dials += 1) await recorder.ask('POST', callsPath(USER), dialled);
  const [rateLimit, on] = [60_000, { method: 'POST', route: '/conferences/:conferenceId/members' }] as const;
  house.sandbox.faults.add({ on, times: 1, rateLimit });
  await recorder.ask('POST', membersPath(USER, other), { callId: house.sandbox.platform.callIn().id });
  await house.stopWorker();
  await recorder.ask('POST', conferencePath(USER, other), { hold: true });
}
