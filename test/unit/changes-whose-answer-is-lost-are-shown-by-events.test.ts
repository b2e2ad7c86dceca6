import { describe, expect, test } from '@jest/globals';
import { catapultError } from '../../src/catapult/errors.ts';
import { ADD, conference, DIAL, HOLD, KEY, P1, SPEAK } from './changes-world.ts';
import { member, playback, speak } from './conference-world-events.ts';
import { madeBy } from './conference-world-runs.ts';

describe('an answer that is lost', () => {
  test('is replaced by the event that shows the call, within 5 s', () => {
    const world = conference();
    const requester = world.ask(DIAL);
    world.platformSays('lost');
    world.ringAfter(4_999);
    expect(world.answersTo(requester)).toEqual([]);
    world.show(world.lastRun);
    expect(world.answersTo(requester)).toEqual([{ outcome: 'done', id: madeBy(world.lastRun) }]);
  });

  test('is unknown after 5 s without such an event', () => {
    const world = conference();
    const requester = world.ask(DIAL);
    world.platformSays('lost');
    world.ringAfter(5_000);
    expect(world.answersTo(requester)).toEqual([{ outcome: 'unknown' }]);
  });

  test('is unknown 14.5 s after the request at the latest, however long that waited and ran', () => {
    const world = conference();
    world.ask(HOLD);
    const requester = world.ask(SPEAK);
    world.pass(5_000);
    const [hold] = world.underWay;
    if (hold) world.endRun(hold, 'done');
    world.pass(9_000);
    world.platformSays('lost');
    world.ringAfter(499);
    expect(world.answersTo(requester)).toEqual([]);
    world.ringAfter(1);
    expect(world.answersTo(requester)).toEqual([{ outcome: 'unknown' }]);
  });

  test('does not matter when the event has come before', () => {
    const world = conference();
    const requester = world.ask(ADD);
    world.show(world.lastRun);
    expect(world.answersTo(requester)).toEqual([]);
    world.platformSays('lost');
    expect(world.answersTo(requester)).toEqual([{ outcome: 'done', id: madeBy(world.lastRun) }]);
  });

  test('of a call that its event has shown is done, even if the platform then answers with an error', () => {
    const world = conference();
    const requester = world.ask(DIAL, KEY);
    world.show(world.lastRun);
    world.platformSays('refused', catapultError('gateway-unavailable', 'The platform answered 504.').wire);
    expect(world.answersTo(requester)).toEqual([{ outcome: 'done', id: madeBy(world.lastRun) }]);
    world.ask(DIAL, KEY);
    expect(world.runs).toHaveLength(1);
  });

  test('of a member’s adding is replaced by the joining of that call, and by no other’s', () => {
    const world = conference();
    const requester = world.ask(ADD);
    world.platformSays('lost');
    world.event(member(P1, 'member-b'));
    world.event(member(P1, 'member-a', { mute: true, time: 1 }));
    expect(world.answersTo(requester)).toEqual([]);
    world.event(member(P1, 'member-c', { callId: 'call-x' }));
    expect(world.answersTo(requester)).toEqual([{ outcome: 'done', id: 'member-c' }]);
  });

  test('of a member’s adding is replaced by its joining, though its leaving came first', () => {
    const world = conference();
    const requester = world.ask(ADD);
    world.platformSays('lost');
    world.event(member(P1, 'member-c', { callId: 'call-x', state: 'completed', time: 3 }));
    world.event(member(P1, 'member-c', { callId: 'call-x', time: 2 }));
    expect(world.answersTo(requester)).toEqual([{ outcome: 'done', id: 'member-c' }]);
  });

  test.each([
    [{ sentence: 'Welcome.' }, speak(P1, 'started'), speak(P1, 'done')],
    [{ sentence: '' }, speak(P1, 'done'), speak(P1, 'started')],
    [{ fileUrl: 'https://files.example/a.wav' }, playback(P1, 'started'), speak(P1, 'started')],
    [{ fileUrl: '' }, playback(P1, 'done'), playback(P1, 'started')],
    [{ fileUrl: '', sentence: 'Instead.' }, speak(P1, 'started'), playback(P1, 'done')],
    [{ sentence: 'A', tag: 'a' }, speak(P1, 'started', { tag: 'a' }), speak(P1, 'started', { tag: 'b' })],
  ])('of audio %j is replaced by the event that it causes, and by no other', (audio, confirmation, other) => {
    const world = conference();
    const requester = world.ask({ kind: 'audio', audio });
    world.platformSays('lost');
    world.event(other);
    expect(world.answersTo(requester)).toEqual([]);
    world.event(confirmation);
    expect(world.answersTo(requester)).toEqual([{ outcome: 'done' }]);
  });

  test('of what all are to hear is not replaced by what one member hears', () => {
    const world = conference();
    const requester = world.ask(SPEAK);
    world.platformSays('lost');
    world.event(speak(P1, 'started', { memberId: 'member-a' }));
    expect(world.answersTo(requester)).toEqual([]);
  });

  test('of a sentence is not replaced by the event of the one before, which came late', () => {
    const world = conference();
    world.ask(SPEAK);
    world.platformSays('done');
    const requester = world.ask({ kind: 'audio', audio: { sentence: 'And now?' } });
    world.event(speak(P1, 'started'));
    world.platformSays('lost');
    expect(world.answersTo(requester)).toEqual([]);
  });
});
