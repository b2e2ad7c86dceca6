import type { ConferenceIds, LeaseTaker } from '../client/index.ts';
import type { AccountLimits } from './limits/account-limits.ts';

/** What the leases of this gateway have to do with its API. */
type Leases = LeaseTaker & { flush: Flush };

/** Has a conference hear of the callbacks that were taken for it. */
export type Flush = (ids: ConferenceIds) => Promise<void>;

export interface ApiOptions {
  leases?: Leases | undefined;
  /** Without them nobody has any. */
  limits?: AccountLimits | undefined;
  /** What a customer's URL would have to be instead; undefined where it may be used. */
  refusalOf?: ((url: string) => string | undefined) | undefined;
}
