import { describe, expect, test } from '@jest/globals';
import { viewOf } from '../../src/conference/view.ts';
import { completed, CONFERENCE } from './conference-world-events.ts';
import { conferenceThatIs, P1 } from './conference-world-examples.ts';

/** What GET shows of a conference that the platform has dated so. */
function shown(createdTime: string, completedTime: string) {
  const world = conferenceThatIs('active');
  world.event({ ...completed(P1), createdTime, completedTime });
  return { world, conference: viewOf(world.state, CONFERENCE).conference };
}

describe('the times of a conference', () => {
  test('are UTC without fractions, however the platform writes them', () => {
    const { conference } = shown('2026-01-01T00:00:01.250Z', '2026-01-01T02:00:00.999+01:00');
    expect(conference).toMatchObject({ createdTime: '2026-01-01T00:00:01Z', completedTime: '2026-01-01T01:00:00Z' });
  });

  test('are not shown if they are none', () => {
    const { conference } = shown('yesterday', '');
    expect(conference).toMatchObject({ state: 'completed', createdTime: undefined, completedTime: undefined });
  });

  test('reach the customer’s callbacks as the platform writes them', () => {
    const { world } = shown('2026-01-01T00:00:01.250Z', '2026-01-01T02:00:00.999+01:00');
    const times = { createdTime: '2026-01-01T00:00:01.250Z', completedTime: '2026-01-01T02:00:00.999+01:00' };
    expect(world.accepted.at(-1)?.event).toMatchObject({ status: 'completed', ...times });
  });
});
