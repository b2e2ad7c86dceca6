import { describe, expect, test } from '@jest/globals';
import { conference, P1, TAG } from './changes-world.ts';
import { completed, created } from './conference-world-events.ts';
import { World } from './conference-world.ts';

describe('settings beside what the platform does', () => {
  test('hold once it is done', () => {
    const world = conference();
    world.ask({ kind: 'conference', fields: { hold: true, tag: 'held' } });
    expect(world.state.settings.tag).toBeUndefined();
    world.platformSays('done');
    expect(world.state).toMatchObject({ hold: true, mute: false, settings: { tag: 'held' } });
  });

  test('hold from the moment when the end is asked for, so that its event goes where it should', () => {
    const world = conference();
    const callbackUrl = 'https://customer.example/end';
    world.ask({ kind: 'conference', fields: { state: 'completed', tag: 'ended', callbackUrl, mute: true } });
    expect(world.state).toMatchObject({ phase: 'ending', mute: false, settings: { tag: 'ended', callbackUrl } });
    world.event(completed(P1));
    expect(world.accepted.at(-1)?.event.tag).toBe('ended');
    expect(world.effects('restart-delivery')).toHaveLength(1);
  });

  test('of an end do not come back over what was asked for after it', () => {
    const world = conference();
    world.ask({ kind: 'conference', fields: { state: 'completed', tag: 'ended' } });
    world.ask({ kind: 'conference', fields: { tag: 'later' } });
    world.confirm(0);
    expect(world.state.settings.tag).toBe('later');
  });

  test('hold for the next events', () => {
    const world = new World();
    world.answer(true);
    world.ask(TAG);
    world.event(created(P1));
    expect(world.accepted[0]?.event.tag).toBe('other');
  });
});
