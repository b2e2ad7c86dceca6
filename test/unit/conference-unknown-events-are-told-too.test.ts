import { describe, expect, test } from '@jest/globals';
import { created, dtmf, member } from './conference-world-events.ts';
import { conferenceThatIs, P1 } from './conference-world-examples.ts';

describe('an event of a type that we do not know', () => {
  test('is taken in, told with our ids, and named in the log', () => {
    const world = conferenceThatIs('created');
    const effects = world.event({ eventType: 'conference-recording', conferenceId: P1, file: 'a.wav' });
    expect(world.accepted.map(({ event }) => event)).toEqual([
      { eventType: 'conference-recording', conferenceId: 'conf-aaaaaaaaaaaaaaaaaaaaaaaaaa', file: 'a.wav' },
    ]);
    const message = 'conference-recording has a type that Convoke does not know: passed on';
    expect(effects).toContainEqual({ type: 'log', message });
  });

  test('is not named so when we know it', () => {
    const world = conferenceThatIs('created');
    for (const event of [created(P1), member(P1, 'member-a'), dtmf(1)]) world.event(event);
    expect(world.effects('log').filter(({ message }) => message.includes('does not know'))).toEqual([]);
  });
});
