import type { ConferenceIds, Creator } from '../client/index.ts';
import type { AccountLimits } from './limits/account-limits.ts';

/** Has a conference hear of the callbacks that were taken for it. */
export type Flush = (ids: ConferenceIds) => Promise<void>;

export interface ApiOptions {
  flush?: Flush | undefined;
  /** Makes the first attempts to create conferences; without it their workflows do. */
  creator?: Creator | undefined;
  /** Without them nobody has any. */
  limits?: AccountLimits | undefined;
  /** What a customer's URL would have to be instead; undefined where it may be used. */
  refusalOf?: ((url: string) => string | undefined) | undefined;
}
