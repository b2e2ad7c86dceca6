import type { Accounts } from '../accounts/accounts.ts';
import type { CallbackTokens } from '../accounts/callback-tokens.ts';
import type { RefuseUses } from '../catapult/used.ts';
import type { Deliverer } from '../delivery/deliver.ts';
import type { PlatformClient, PlatformAccount } from '../platform/client.ts';

/** What the activities need; the worker hands in the real ones. Secrets stay here: no workflow ever sees them. */
export interface ActivityDependencies {
  platform: PlatformClient;
  platformAccount: PlatformAccount;
  accounts: Accounts;
  callbackTokens: CallbackTokens;
  deliverer: Deliverer;
  /** Base URLs at which the platform reaches our bridge. */
  bridge: { primaryUrl: string; fallbackUrl: string };
  /** Holds what was asked for past the gateways to what accounts may use; without it they may use everything. */
  refuseUses?: RefuseUses;
  /** The base of the `…Uri` fields that customers see. */
  publicUrl: string;
}
