import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Bandwidth from 'node-bandwidth';
import { toneFile } from '../../src/asterisk/sounds/tones.ts';
import { openHouse, USER, type House } from '../support/house.ts';
import { onPlatform } from '../support/platform-client.ts';
import { describeConvoke } from '../support/two-servers.ts';
import { until } from '../support/until.ts';

const FROM = '+12345678901';

let house: House;
let file: string;
beforeAll(async () => {
  house = await openHouse();
  file = house.customer.url('/welcome.wav');
  house.customer.answer('/welcome.wav', (response) => void response.end(toneFile('join')));
});
afterAll(() => house.close());

type Form = 'with promises' | 'with callbacks';
type Library = Record<string, (...given: unknown[]) => Promise<unknown>>;

/** Which functions of the library's Conference have been called in which form. */
const called: Record<Form, Set<string>> = { 'with promises': new Set(), 'with callbacks': new Set() };

/** The library's functions, each called in this form; in the form with callbacks only the callback is listened to. */
function inForm<Api extends object>(form: Form, api: Api): Api {
  const library = api as Library;
  const calls = Object.keys(library).map((name): [string, Library[string]] => [
    name,
    (...given) => {
      called[form].add(name);
      if (form === 'with promises') return library[name]?.(...given) ?? Promise.reject(new Error(name));
      return new Promise((resolve, reject) => {
        void library[name]?.(...given, (error: Error | null, answer: unknown) =>
          error === null ? resolve(answer) : reject(error),
        );
      });
    },
  ]);
  return Object.fromEntries(calls) as Api;
}

describeConvoke.each<Form>(['with promises', 'with callbacks'])('node-bandwidth, unchanged, %s', (form) => {
  const library = () => new Bandwidth({ userId: USER, apiToken: 't-local', apiSecret: 's-local', baseUrl: house.url });
  const api = () => inForm(form, library().Conference);
  const calls = () => inForm(form, library().Call);

  /** A path of the customer that nobody else uses. */
  const pathFor = (what: string) => `/${form.replaceAll(' ', '-')}/${what}`;

  /** What the customer got of some kind, in order. */
  const told = async (path: string, eventType: string, count: number) => {
    const bodies = () => house.customer.at(path).map(({ body }) => body);
    const ofKind = () => bodies().filter((body) => body['eventType'] === eventType);
    return await until(`${path} has ${count} events ${eventType}`, () => ofKind().length >= count && ofKind());
  };

  /** A conference that one caller has joined. */
  async function joined(what: string, fields: Record<string, unknown> = {}) {
    const callbackUrl = house.customer.url(pathFor(what));
    const { id } = await api().create({ from: FROM, callbackUrl, ...fields });
    const callId = await house.platform.callIn();
    const member = await api().createMember(id, { callId });
    return { id, memberId: member.id, callId };
  }

  test('create, get, update and remove', async () => {
    const fields = { from: FROM, callbackUrl: house.customer.url(pathFor('old')), callbackTimeout: '2000', tag: 'old' };
    const { id } = await api().create(fields);
    expect(await api().get(id)).toMatchObject({
      ...fields,
      id,
      state: 'created',
      activeMembers: 0,
      callbackTimeout: 2000,
    });

    await api().update(id, { hold: 'true', mute: true });
    expect(await api().get(id)).toMatchObject({ hold: true, mute: true });
    expect(await onPlatform(house, id)).toMatchObject({ hold: true, mute: true });
    await api().update(id, { hold: false, mute: 'false' });
    expect(await onPlatform(house, id)).toMatchObject({ hold: false, mute: false });

    const changes = { callbackUrl: house.customer.url(pathFor('new')), callbackHttpMethod: 'post', tag: 'new' };
    await api().update(id, changes);
    expect(await api().get(id)).toMatchObject({ ...changes, callbackHttpMethod: 'POST' });

    await api().remove(id);
    expect(await api().get(id)).toMatchObject({ state: 'completed', completedTime: expect.any(String) as unknown });
    expect(await onPlatform(house, id)).toMatchObject({ state: 'completed' });
    expect(await told(pathFor('new'), 'conference', 1)).toMatchObject([
      { conferenceId: id, status: 'completed', tag: 'new' },
    ]);
  });

  test('update with state completed ends a conference, and once more is no error', async () => {
    const { id } = await api().create({ from: FROM });
    await api().update(id, { state: 'completed' });
    await api().update(id, { state: 'completed' });
    expect(await onPlatform(house, id)).toMatchObject({ state: 'completed' });
  });

  test('createMember, getMembers, getMember, updateMember and removeMember', async () => {
    const { id, memberId, callId } = await joined('members');
    const call = `${house.url}/v1/users/${USER}/calls/${callId}`;
    expect(await api().getMember(id, memberId)).toMatchObject({ id: memberId, call, state: 'active', mute: false });

    await api().updateMember(id, memberId, { mute: 'true', hold: true, joinTone: true, leavingTone: 'true' });
    const changed = { id: memberId, mute: true, hold: true, joinTone: true, leavingTone: true };
    expect(await api().getMembers(id)).toMatchObject([changed]);
    expect((await onPlatform(house, id)).members).toMatchObject([
      { mute: true, hold: true, joinTone: true, leavingTone: true },
    ]);

    const other = await house.platform.callIn();
    const { id: otherId } = await api().createMember(id, { callId: other, mute: true, joinTone: 'true' });
    expect(await api().get(id)).toMatchObject({ state: 'active', activeMembers: 2 });
    await api().updateMember(id, otherId, { state: 'completed' });
    expect(await api().getMember(id, otherId)).toMatchObject({ state: 'completed', mute: true, joinTone: true });

    await api().removeMember(id, memberId);
    const left = [
      { id: memberId, state: 'completed' },
      { id: otherId, state: 'completed' },
    ];
    expect(await api().getMembers(id)).toMatchObject(left);
    expect(await onPlatform(house, id)).toMatchObject({ state: 'completed', activeMembers: 0 });
    expect(await told(pathFor('members'), 'conference-member', 5)).toMatchObject([
      { memberId, callId, state: 'active', activeMembers: 1 },
      { memberId, mute: true, hold: true },
      { memberId: otherId, state: 'active', mute: true, activeMembers: 2 },
      { memberId: otherId, state: 'completed', activeMembers: 1 },
      { memberId, state: 'completed', activeMembers: 0 },
    ]);
  });

  test('speakSentence, stopSpeaking, playAudioFile, stopAudioFilePlayback and playAudioAdvanced', async () => {
    const { id } = await joined('audio', { tag: 'the conference' });
    await api().speakSentence(id, 'a sentence that is long enough to be stopped before it ends');
    await told(pathFor('audio'), 'conference-speak', 1);
    await api().stopSpeaking(id);
    expect(await told(pathFor('audio'), 'conference-speak', 2)).toMatchObject([
      { conferenceId: id, status: 'started', tag: 'the conference' },
      { conferenceId: id, status: 'done' },
    ]);

    await api().playAudioFile(id, file);
    await told(pathFor('audio'), 'conference-playback', 1);
    await api().stopAudioFilePlayback(id);
    await api().playAudioAdvanced(id, { fileUrl: file, loopEnabled: 'true', tag: 'the music' });
    expect(await told(pathFor('audio'), 'conference-playback', 3)).toMatchObject([
      { conferenceId: id, status: 'started' },
      { conferenceId: id, status: 'done' },
      { conferenceId: id, status: 'started', tag: 'the music' },
    ]);
    await api().remove(id);
  });

  test('speakSentenceToMember, playAudioFileToMember and playAudioAdvancedToMember', async () => {
    const { id, memberId } = await joined('audio-to-one');
    await api().speakSentenceToMember(id, memberId, 'Hello');
    await told(pathFor('audio-to-one'), 'conference-speak', 1);
    await api().playAudioFileToMember(id, memberId, file);
    const audio = { sentence: 'Hola', gender: 'male', locale: 'es', voice: 'jorge', tag: 'the greeting' };
    await api().playAudioAdvancedToMember(id, memberId, audio);
    expect(await told(pathFor('audio-to-one'), 'conference-playback', 1)).toMatchObject([
      { memberId, status: 'started' },
    ]);
    const spoken = await told(pathFor('audio-to-one'), 'conference-speak', 3);
    expect(spoken.filter(({ status }) => status === 'started')).toMatchObject([
      { conferenceId: id, memberId },
      { conferenceId: id, memberId, tag: 'the greeting' },
    ]);
    await api().remove(id);
  });

  test('Call.create with conferenceId dials into the conference', async () => {
    const { id } = await api().create({ from: FROM, callbackUrl: house.customer.url(pathFor('dial')) });
    const callbackUrl = house.customer.url(pathFor('dial/call'));
    const call = await calls().create({
      from: FROM,
      to: '+19195551234',
      conferenceId: id,
      callbackUrl,
      tag: 'the call',
    });
    expect(await told(pathFor('dial'), 'conference-member', 1)).toMatchObject([{ callId: call.id, state: 'active' }]);
    expect(await api().getMembers(id)).toMatchObject([{ call: `${house.url}/v1/users/${USER}/calls/${call.id}` }]);
    expect(await told(pathFor('dial/call'), 'answer', 1)).toMatchObject([{ callId: call.id, tag: 'the call' }]);
    await api().remove(id);
    expect(await told(pathFor('dial/call'), 'hangup', 1)).toMatchObject([{ callId: call.id, tag: 'the call' }]);
  });

  test('gets errors as it knows them', async () => {
    const { id, memberId } = await joined('errors');
    const callId = await house.platform.callIn();
    await expect(api().create({})).rejects.toMatchObject({ statusCode: 400 });
    await expect(api().getMember(id, 'nobody')).rejects.toMatchObject({ statusCode: 404 });
    await expect(api().createMember(id, { callId: 'c-unknown' })).rejects.toMatchObject({ statusCode: 403 });
    await expect(calls().create({ from: FROM, to: FROM })).rejects.toThrow(/conferenceId/);
    await expect(calls().get(callId)).rejects.toMatchObject({ statusCode: 404 });
    await api().removeMember(id, memberId);
    await expect(api().update(id, { mute: true })).rejects.toThrow(/completed/);
    await expect(api().createMember(id, { callId })).rejects.toMatchObject({ statusCode: 403 });
  });

  test('no function of its Conference was left out', () => {
    const functions = Object.keys(library().Conference);
    expect(functions).toHaveLength(17);
    expect([...called[form]]).toEqual(expect.arrayContaining(functions));
  });
});
