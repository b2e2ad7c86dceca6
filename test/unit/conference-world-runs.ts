import type { CallbackEvent } from '../../src/catapult/events.ts';
import type { Change, ChangeOutcome, IdempotencyKey } from '../../src/conference/state/changes.ts';
import { callEvent, member, playback, speak } from './conference-world-events.ts';

/* What becomes of changes on the platform of the world around the rules. */

/** How long the platform call behind a change takes at most (ms): one that may be repeated, and one that is sent once. */
const REPEATABLE_WITHIN = 8_500;
const ONCE_WITHIN = 9_000;

/** The platform's part in a change, from the order on. */
export interface PlatformRun {
  id: number;
  change: Change;
  key: IdempotencyKey | undefined;
  startedAt: number;
  /** How it ended; undefined while it is under way. */
  outcome?: ChangeOutcome['outcome'];
  /** Whether an event has shown that it was done. */
  isShown: boolean;
}

/** The id that the platform gives to the member or call that a change makes. */
export function madeBy({ id, change }: Pick<PlatformRun, 'id' | 'change'>): string {
  return `${change.kind === 'dial' ? 'call' : 'member'}-of-change-${id}`;
}

/** What stands for a dialled call in its callback URLs. */
export function dialIdOf({ id }: Pick<PlatformRun, 'id'>): string {
  return `run-dial.${id}`;
}

/** Whether a change is sent to the platform once only: to do it twice would be heard. */
export function isOnce({ kind }: Change): boolean {
  return kind === 'audio' || kind === 'add-member' || kind === 'dial';
}

/** When the platform call behind a change has ended at the latest. */
export function limitOf({ change, startedAt }: PlatformRun): number {
  return startedAt + (isOnce(change) ? ONCE_WITHIN : REPEATABLE_WITHIN);
}

/** The event by which a change that is sent once shows that it was done in `conference`. */
export function eventShowing(run: PlatformRun, conference: string): CallbackEvent {
  const { change } = run;
  if (change.kind === 'dial') return callEvent('answer', madeBy(run));
  if (change.kind === 'add-member') return member(conference, madeBy(run), { callId: change.member.callId });
  if (change.kind !== 'audio') throw new Error(`a change that may be repeated has no event of its own: ${change.kind}`);
  const { memberId, audio } = change;
  const event = (audio.sentence === undefined ? playback : speak)(
    conference,
    audio.sentence || audio.fileUrl ? 'started' : 'done',
  );
  return { ...event, memberId, tag: audio.tag, of: run.id };
}
