import type { WireError } from '../catapult/errors.ts';
import type { PlatformCreateFields } from '../catapult/field-uses.ts';
import type { ConferenceIds } from '../conference/state/ids.ts';
import type { OurCallbacks, PlatformAccount, PlatformClient } from '../platform/client.ts';
import { currentAttempt } from './current.ts';
import { isUndone, madeId, noteUnlessMade } from './outcomes.ts';
import { Promptness } from './promptness.ts';

/** What the attempt within the workflow task has come to; `mayHaveMade`: a conference may be on the platform all the same. */
export type PromptCreation =
  | { outcome: 'created'; platformId: string; attemptId: string }
  | { outcome: 'refused'; error: WireError }
  | { outcome: 'open'; mayHaveMade: boolean };

/** The activities that create conferences: `callbacksOf` an attempt are where its events come to. */
export function createCreatingActivities(
  platform: PlatformClient,
  account: PlatformAccount,
  callbacksOf: (attempt: ConferenceIds & { attemptId: string }) => OurCallbacks,
) {
  const promptness = new Promptness();
  const send = (request: PlatformCreateFields, address: ReturnType<typeof currentAttempt>) =>
    promptness.watch(
      () => platform.createConference(account, { ...request, ...callbacksOf(address) }),
      ({ outcome }) => outcome === 'done' || outcome === 'refused',
    );

  return {
    /**
     * The first attempt to create the conference, for within the workflow task: it is made only while the platform answers promptly, and
     * what it leaves open is for {@link createConference}. In a later try of the task nobody knows what became of the first.
     */
    async createPromptly(request: PlatformCreateFields, isFirstTry: boolean): Promise<PromptCreation> {
      if (!isFirstTry) return { outcome: 'open', mayHaveMade: true };
      if (!promptness.isSure) return { outcome: 'open', mayHaveMade: false };
      const address = currentAttempt();
      const made = await send(request, address);
      if (made.outcome === 'done')
        return { outcome: 'created', platformId: madeId(made), attemptId: address.attemptId };
      if (made.outcome === 'refused') return { outcome: 'refused', error: made.error };
      return { outcome: 'open', mayHaveMade: !isUndone(made) };
    },

    /**
     * Creates the conference; every attempt registers callback URLs of its own, so that its events can be told apart.
     * @throws ApplicationFailure `PlatformRefused` (final), or one of the others (retried).
     */
    async createConference(request: PlatformCreateFields): Promise<{ platformId: string; attemptId: string }> {
      const address = currentAttempt();
      const made = await send(request, address);
      noteUnlessMade(made);
      return { platformId: madeId(made), attemptId: address.attemptId };
    },
  };
}
