import { getClient } from '@temporalio/nexus';
import type { Accounts } from './accounts/accounts.ts';
import { Counts } from './client/index.ts';
import { AccountLimits } from './gateway/limits/account-limits.ts';
import type { Admission } from './nexus/account.ts';
import { refusingUses, type TargetsRules } from './refuse-uses.ts';
import { TASK_QUEUE } from './workflows/messages.ts';

/**
 * What workflows of others are held to, as clients of a gateway are: the URLs that may be used, and the limits of the account. Each worker holds
 * them for itself. It takes Temporal's client of the operation that asks.
 */
export function nexusAdmission(rules: TargetsRules, accounts: Accounts, taskQueue = TASK_QUEUE): Admission {
  const refuseUses = refusingUses(rules, accounts);
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
      refuseUses(userId, request);
      await limits.create(userId, request, requestId);
    },
    dial(userId, call) {
      refuseUses(userId, call);
      limits.dial(userId);
    },
  };
}
