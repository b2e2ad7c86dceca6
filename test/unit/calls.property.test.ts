import { describe, expect, test } from '@jest/globals';
import { mayClose } from '../../src/conference/rules/ending.ts';
import type { Receipt } from '../../src/conference/state/inputs.ts';
import { isClosed } from '../../src/conference/state/state.ts';
import { always, samples } from './conference-world-histories.ts';
import { dialIdOf } from './conference-world-runs.ts';
import type { World } from './conference-world.ts';

/* What holds for the calls that a conference dials, and for their events. */

const HANGUPS_WITHIN = 30_000;

/** The calls that were dialled, by what stands for them in their callback URLs. */
const callsOf = ({ runs }: World) =>
  new Map(runs.flatMap((run) => (run.change.kind === 'dial' ? [[dialIdOf(run), run.change.call] as const] : [])));

/** The arrivals on callback URLs of calls, each once. */
function arrivalsOf(world: World): Receipt[] {
  const calls = callsOf(world);
  const all = world.batches.flatMap(({ opening, receipts }) =>
    receipts
      .filter(({ attemptId }) => calls.has(attemptId))
      .map((receipt) => [`${opening}:${receipt.sequence}`, receipt] as const),
  );
  return [...new Map(all).values()];
}

test('the random histories dial calls that tell of themselves twice, in all lanes, and after the end', () => {
  const seen = new Set<string>();
  samples().forEach((world) => {
    for (const { lane } of world.accepted) seen.add(lane.replace(/ .*/, ''));
    for (const { after, before } of world.taken) {
      if (isClosed(after) && !isClosed(before)) seen.add(`closed ${after.deadlines['late-hangups'] === undefined}`);
      const isLate = isClosed(before) && after.outbox.nextSequence > before.outbox.nextSequence;
      if (isLate && before.deadlines['late-hangups'] !== undefined) seen.add('late event');
      if (before.deadlines['late-hangups'] !== undefined && after.deadlines['late-hangups'] === undefined) {
        seen.add('waited for no longer');
      }
    }
  });
  const ways = ['conference', 'call', 'closed true', 'closed false', 'late event', 'waited for no longer'];
  expect([...seen]).toEqual(expect.arrayContaining(ways));
});

describe('the events of a call', () => {
  test('that has a callbackUrl of its own go into its lane, and nothing else does', () => {
    always((world) => {
      const calls = callsOf(world);
      const cameTo = new Map(arrivalsOf(world).map(({ event, attemptId }) => [event['mark'], attemptId] as const));
      for (const { event, lane } of world.accepted) {
        const attemptId = event['mark'] === undefined ? undefined : cameTo.get(event['mark']);
        const own = attemptId !== undefined && calls.get(attemptId)?.callbackUrl !== undefined;
        if (event.eventType === 'answer' && event['mark'] === 0)
          expect(lane).toBe(`call ${dialIdInLane(world, event.callId)}`);
        else expect(lane).toBe(own ? `call ${attemptId}` : 'conference');
      }
    });
  });

  test('that has none are recorded only, but for its digits', () => {
    always((world) => {
      const calls = callsOf(world);
      const mine = arrivalsOf(world).filter(({ attemptId }) => calls.get(attemptId)?.callbackUrl === undefined);
      const marks = new Set(mine.map(({ event }) => event['mark']));
      for (const { event } of world.accepted) {
        if (event['mark'] !== undefined && event['mark'] !== 0 && marks.has(event['mark']))
          expect(event.eventType).toBe('dtmf');
      }
    });
  });

  test('are each taken in once, though they come on both channels', () => {
    always((world) => {
      const marks = world.accepted.flatMap(({ event }) => (event['mark'] === 0 ? [] : (event['mark'] ?? [])));
      const came = arrivalsOf(world).filter(({ event }) => event['mark'] !== 0);
      const primary = came.filter(({ channel }) => channel === 'primary').map(({ event }) => event['mark']);
      const fallback = came.filter(({ channel }) => channel === 'fallback').map(({ event }) => event['mark']);
      for (const mark of new Set(marks)) {
        const on = (marksOn: unknown[]) => marksOn.filter((other) => other === mark).length;
        expect(on(marks)).toBeGreaterThanOrEqual(1);
        expect(on(marks)).toBeLessThanOrEqual(on(primary) + on(fallback));
      }
    });
  });

  test('show the customer our ids and addresses only', () => {
    always(({ accepted }) => {
      for (const { event } of accepted) {
        const { callUri, memberUri, callId } = event;
        if (callUri !== undefined) expect(callUri).toBe(`/v1/users/u-1/calls/${callId}`);
        const ours = expect.stringMatching(/^\/v1\/users\/u-1\/conferences\/conf-a{26}\/members\//);
        if (memberUri !== undefined) expect(memberUri).toEqual(ours);
      }
    });
  });

  /** The lane name of the call that the platform calls so. */
  function dialIdInLane(world: World, callId: unknown): string | undefined {
    return world.runs.map(dialIdOf).find((dialId) => callId === `call-of-change-${dialId.replace('run-dial.', '')}`);
  }
});

describe('a conference that is closed', () => {
  test('waits for the hangups of its calls, at most 30 s', () => {
    always((world) => {
      let closedAt: number | undefined;
      for (const { before, after, context } of world.taken) {
        if (!isClosed(after)) continue;
        closedAt ??= context.now;
        const due = after.deadlines['late-hangups'];
        if (due !== undefined) expect(due).toBe(closedAt + HANGUPS_WITHIN);
        const isWaited = Object.values(after.calls).some(({ ended: hungUp }) => !hungUp);
        if (!isClosed(before)) expect(due !== undefined).toBe(isWaited);
        if (due !== undefined) expect(mayClose(after)).toBe(false);
      }
      expect(world.state.deadlines['late-hangups']).toBeUndefined();
    });
  });

  test('waits no longer when all calls have hung up', () => {
    always(({ taken }) => {
      for (const { after } of taken) {
        const calls = Object.values(after.calls);
        const isQuiet = calls.length > 0 && calls.every((call) => call.ended);
        if (isQuiet) expect(after.deadlines['late-hangups']).toBeUndefined();
      }
    });
  });
});

describe('the calls that are remembered', () => {
  test('are those that were dialled, and not refused', () => {
    always(({ runs, state }) => {
      const dialled = runs.filter(({ change }) => change.kind === 'dial');
      const known = dialled.filter(({ outcome, isShown }) => outcome !== 'refused' || isShown).map(dialIdOf);
      const made = dialled.filter(({ outcome }) => outcome !== 'refused').map(dialIdOf);
      expect(Object.keys(state.calls)).toEqual(expect.arrayContaining(made));
      expect(known).toEqual(expect.arrayContaining(Object.keys(state.calls)));
    });
  });

  test('are over once they have hung up, and not before', () => {
    always((world) => {
      const hungUp = new Set(
        arrivalsOf(world).flatMap(({ event, attemptId }) => (event.eventType === 'hangup' ? [attemptId] : [])),
      );
      for (const [dialId, { ended: isThrough }] of Object.entries(world.state.calls)) {
        expect(isThrough).toBe(hungUp.has(dialId));
      }
    });
  });
});
