import { getClient } from '@temporalio/nexus';
import { networksOf, type Accounts } from './accounts/accounts.ts';
import { Counts } from './client/index.ts';
import { targetsOf, whyRefused, type AllowedNetworks, type TargetRules } from './delivery/guard.ts';
import { AccountLimits } from './gateway/limits/account-limits.ts';
import { refuseTargets } from './gateway/targets.ts';
import type { Admission } from './nexus/account.ts';
import { TASK_QUEUE } from './workflows/messages.ts';

/**
 * What workflows of others are held to, as clients of a gateway are: the URLs that may be used, and the limits of the account. Each worker holds
 * them for itself. It takes Temporal's client of the operation that asks.
 */
export function nexusAdmission(
  { allowedNetworks, targetRules }: { allowedNetworks: AllowedNetworks; targetRules: TargetRules },
  accounts: Accounts,
  taskQueue = TASK_QUEUE,
): Admission {
  const refusalOf = (url: string, userId: string) =>
    whyRefused(new URL(url), ...targetsOf(allowedNetworks, targetRules, networksOf(accounts.get(userId))));
  const counts = () => new Counts(getClient(), taskQueue);
  const limits = new AccountLimits({
    accounts,
    gateways: () => 1,
    count: (userId, which) => counts().count(userId, which),
    isBegun: (userId, key) => counts().isBegun(userId, key),
    takeRedeliveryTurn: () => Promise.resolve(undefined),
  });
  return {
    async create(userId, request, requestId) {
      refuseTargets(request, { userId }, refusalOf);
      await limits.create(userId, request, requestId);
    },
    dial(userId, call) {
      refuseTargets(call, { userId }, refusalOf);
      limits.dial(userId);
    },
  };
}
