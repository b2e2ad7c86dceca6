import {
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  workflowInfo,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import { catapultError, errorBody } from '../catapult/errors.ts';
import { outcomeOf, refusalBy } from '../conference/facts/watchers.ts';
import type { Input } from '../conference/state/inputs.ts';
import type { Awaited, Word } from '../conference/state/watchers.ts';
import type { NexusActivities, Seen } from '../nexus/activities.ts';
import type { ConferenceError, Held, Reached } from '../nexus/service/index.ts';
import { FIRST_RETRY_MS, FIRST_WATCH_AGAIN_MS, LOOK_CALL_MS, MAX_LOOK_RETRY_MS, MAX_WATCH_AGAIN_MS } from './budget.ts';
import {
  changeSignal,
  conferenceWorkflowId,
  parseWorkflowId,
  unwatchSignal,
  watchSignal,
  wordSignal,
  type WatchInput,
} from './messages.ts';
import { onSignal, refuseUnfitStart, whyNoWatch, whyUnfit } from './unfit.ts';

const { lookUpConference } = proxyActivities<NexusActivities>({
  startToCloseTimeout: LOOK_CALL_MS,
  retry: { initialInterval: FIRST_RETRY_MS, backoffCoefficient: 2, maximumInterval: MAX_LOOK_RETRY_MS },
});

/**
 * Waits for something of a conference, for whoever asked through Nexus: it subscribes at the conference, and is notified when that has come.
 * One that holds the conference gives, at its end, who was in it.
 */
export async function watch(input: WatchInput): Promise<Reached | Held> {
  refuseUnfitStart(whyNoWatch(input));
  const { awaited, holds } = input;
  const watcher = new Watching(awaited);
  try {
    const word = await watcher.untilNotified();
    if (word.outcome !== 'reached') throw failureOf(errorBody(refusalBy(word, awaited)));
    return holds ? await watcher.end() : watcher.found(word);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => (holds ? watcher.endConference() : watcher.leave()));
    throw error;
  }
}

/** Somebody who waits for something of a conference. */
class Watching {
  private readonly id = workflowInfo().workflowId;
  private readonly ids = parseWorkflowId(this.id);
  private readonly conference: ExternalWorkflowHandle;
  private readonly awaited: Awaited;
  private word: Word | undefined;

  constructor(awaited: Awaited) {
    this.awaited = awaited;
    this.conference = getExternalWorkflowHandle(conferenceWorkflowId(this.ids));
    onSignal(wordSignal, whyUnfit.word, (word) => void (this.word ??= word));
  }

  /** Says that it waits, and looks for itself where nobody takes that: the conference has closed, as a rule. */
  async untilNotified(): Promise<Word> {
    for (let pauseMs = FIRST_WATCH_AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_WATCH_AGAIN_MS)) {
      if (!(await isTaken(this.conference.signal(watchSignal, this.id, this.awaited)))) {
        const { standing } = await this.look();
        const outcome = outcomeOf(this.awaited, standing);
        if (outcome !== undefined) return { outcome, standing };
      }
      await condition(() => this.word !== undefined, pauseMs);
      if (this.word !== undefined) return this.word;
    }
  }

  found({ standing: { hadMembers: _known, ...standing } }: Word): Reached {
    return { conferenceId: this.ids.conferenceId, ...standing };
  }

  /** How the conference has ended, and who was in it. @throws ApplicationFailure where it never came to be. */
  async end(): Promise<Held> {
    const { standing, members, error } = await this.look();
    if (error !== undefined) throw failureOf(error);
    return { ...this.found({ outcome: 'reached', standing }), members };
  }

  async leave(): Promise<void> {
    await isTaken(this.conference.signal(unwatchSignal, this.id));
  }

  /** Has the conference end, and waits until it has. */
  async endConference(): Promise<void> {
    const end = { kind: 'conference', fields: { state: 'completed' } } as const;
    if (await isTaken(this.conference.signal(changeSignal, end))) await this.untilNotified();
  }

  private async look(): Promise<Seen> {
    const summary = `look how ${this.ids.conferenceId} stands`;
    const seen = await lookUpConference.executeWithOptions({ summary }, [this.ids]);
    if (seen === null) throw failureOf(noSuch());
    return seen;
  }
}

/** Notifies a watcher; one that has gone needs no notification. */
export async function tell({ id, word }: { id: string; word: Word }): Promise<Input> {
  await isTaken(getExternalWorkflowHandle(id).signal(wordSignal, word));
  return { type: 'watcher-notified', id };
}

/** Whether there was somebody to take a signal. */
async function isTaken(signal: Promise<void>): Promise<boolean> {
  try {
    await signal;
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}

/** The failure that a caller's workflow gets: our code as its type, and the wire's error. */
function failureOf(error: ConferenceError): ApplicationFailure {
  const { code: type, message } = error;
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [error] });
}

function noSuch(): ConferenceError {
  return errorBody(catapultError('conference-not-found', 'There is no such conference.').wire);
}
