import type { Caller } from '../catapult/server/handlers.ts';
import type { RefuseUses } from '../catapult/used.ts';
import type { Diagnosis, Health } from '../catapult/watching-resources.ts';
import type { ConferenceIds, Creator } from '../client/index.ts';
import type { AccountLimits } from './limits/account-limits.ts';

/** Has a conference hear of the callbacks that were taken for it. */
export type Flush = (ids: ConferenceIds) => Promise<void>;

/** Which conference a request is about, once that has heard of what was taken for it. */
export type Known = <Place extends { conferenceId: string }>(
  place: Place,
  caller: Caller,
) => Promise<Place & { userId: string }>;

/** What is told of this gateway to an account, or of all accounts' to an operator (`-`). */
export type HealthOf = (userId: string) => Promise<Health>;

export interface ApiOptions {
  flush?: Flush | undefined;
  /** Makes the first attempts to create conferences; without it their workflows do. */
  creator?: Creator | undefined;
  /** Without them nobody has any. */
  limits?: AccountLimits | undefined;
  /** Without it accounts may use everything. */
  refuseUses?: RefuseUses | undefined;
  health: HealthOf;
  /** What a deployment lacks, for operators. */
  diagnose: () => Promise<Diagnosis>;
}
