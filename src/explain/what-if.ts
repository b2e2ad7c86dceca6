import type { WhatIf } from '../catapult/explaining-resources.ts';
import { present } from '../catapult/present.ts';
import type { CreateConferenceRequest } from '../catapult/requests.ts';
import { exactTime } from '../catapult/resources.ts';
import { deadlinesOf } from '../conference/state/deadlines.ts';
import { initialState, isClosed, type ConferenceState } from '../conference/state/state.ts';
import { withTimeOfRun } from '../workflows/scheduled.ts';
import { Course, isAboutDeliveries } from './course.ts';
import type { RunHistory } from './history.ts';
import { inPieces } from './pieces.ts';
import { Replay, type Taken } from './replay.ts';

/*
 * What other settings had led to: the history goes through the rules twice, as it was and with those settings, until the two part. From there on
 * the history tells nothing of the other one: it is assumed that nobody does anything, and that the platform does what it is asked.
 */

/** The settings that a conference's own course depends on, and nobody else's doings; `none` takes one away. */
export type OtherSettings = {
  [Name in 'noShowTimeout' | 'aloneTimeout' | 'maxDuration' | 'maxDurationWarning']?: number | 'none' | undefined;
};

const MAX_TOLD = 100;

/** @throws Error unless the first run is the conference's first. */
export async function otherCourse(runs: readonly RunHistory[], settings: OtherSettings, now: number): Promise<WhatIf> {
  const [first] = runs;
  if (first === undefined || !('request' in first.input)) throw new Error('the history does not begin with a request');
  const beginning = first.input;
  const asked = withTimeOfRun(beginning, first.ids);
  const courseOf = (request: CreateConferenceRequest) =>
    new Course(initialState(structuredClone(request), first.startedAt, structuredClone(beginning)), first.ids);
  const was = courseOf(asked);
  const would = courseOf(withSettings(asked, settings));
  let partedAt: number | undefined;
  for (const run of runs) {
    const replay = new Replay(run);
    for await (const taken of inPieces(replay.all())) {
      was.note(taken.at, isAboutDeliveries(taken.input) ? [] : taken.effects, replay.state);
      partedAt ??= goAlong(would, taken, replay.state);
    }
    was.state = replay.state;
  }
  if (!isClosed(was.state)) was.goOn(now);
  if (!isClosed(would.state)) would.goOn(partedAt ?? now);
  // Where both are open still, they part by what comes.
  if (was.endAt !== would.endAt) partedAt ??= Math.min(was.endAt ?? Infinity, would.endAt ?? Infinity);
  const about = told(was, would, partedAt);
  if (runs.at(-1)?.terminatedAt === undefined) return about;
  return { ...about, assumed: [...about.assumed, 'its workflow was not terminated in Temporal'] };
}

function withSettings(request: CreateConferenceRequest, settings: OtherSettings): CreateConferenceRequest {
  const all = { ...structuredClone(request), ...present(settings) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 'none')) as CreateConferenceRequest;
}

/** The other one takes what came; answers when it has gone another way. */
function goAlong(would: Course, taken: Taken, real: ConferenceState): number | undefined {
  const own = deadlinesOf(would.state.deadlines).filter(
    ([name, at]) => at < taken.at && taken.before.deadlines[name] !== at && name !== 'silence' && name !== 'reconcile',
  );
  for (const [, at] of own) {
    would.takeAlone({ type: 'clock' }, at);
    if (isElsewhere(would.state, { ...real, phase: taken.before.phase })) return at;
  }
  would.takeWith(taken);
  return isElsewhere(would.state, real) ? taken.at : undefined;
}

/** Whether one is on its way to its end, or waits for its time, and the other one is not. */
function isElsewhere(one: ConferenceState, other: ConferenceState): boolean {
  return stageOf(one) !== stageOf(other);
}

function stageOf({ phase }: ConferenceState): string {
  if (phase === 'scheduled') return 'before';
  return phase === 'creating' || phase === 'created' || phase === 'active' ? 'open' : 'after';
}

function told(was: Course, would: Course, partedAt: number | undefined): WhatIf {
  const isParted = partedAt !== undefined;
  return present({
    was: was.inShort,
    would: would.inShort,
    partedTime: partedAt === undefined ? undefined : exactTime(partedAt),
    onlyWas: onlyIn(was, would),
    onlyWould: onlyIn(would, was),
    assumed: [
      ...(isParted ? ['from where they part: nobody does anything more, and the platform does what it is asked'] : []),
      ...(would.hasAssumed ? ['what only the other course asks of the platform is done at once'] : []),
      ...(was.isCreationAssumed || would.isCreationAssumed ? ['the platform creates it now'] : []),
      ...(was.hasGoneOn && !isParted ? ['from now on: nobody does anything'] : []),
    ],
  });
}

/** What one tells and the other does not, or not at that time. */
function onlyIn(one: Course, other: Course): { time: string; says: string }[] {
  const keyOf = ({ at, says }: Course['told'][number]) => `${at} ${says}`;
  const known = new Set(other.told.map(keyOf));
  const only = one.told.filter((told) => !known.has(keyOf(told)));
  return only.slice(0, MAX_TOLD).map(({ at, says }) => ({ time: exactTime(at), says }));
}
