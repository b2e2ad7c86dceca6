import { networksOf, type Accounts } from './accounts/accounts.ts';
import { catapultError } from './catapult/errors.ts';
import { outsideText } from './catapult/outside-text.ts';
import type { RefuseUses } from './catapult/used.ts';
import { targetsOf, whyRefused, type AllowedNetworks, type TargetRules } from './delivery/guard.ts';

/** Where customers' URLs may lead, whoever's they are. */
export interface TargetsRules {
  allowedNetworks: AllowedNetworks;
  targetRules: TargetRules;
}

/**
 * What accounts may use, in one place: gateways and Nexus go by it before they do anything, and workers before they ask the platform, for
 * what was started past both. URLs to which events could never go are refused, as far as that shows without looking up a name; and numbers
 * that are not the account's (`Accounts.mayUse`): whoever calls one that is another's would join its conferences.
 */
export function refusingUses(rules: TargetsRules, accounts: Pick<Accounts, 'get' | 'mayUse'>): RefuseUses {
  return (userId, { callbackUrl, fallbackUrl, from, participants = [] }) => {
    const targets = targetsOf(rules.allowedNetworks, rules.targetRules, networksOf(accounts.get(userId)));
    for (const [name, url] of Object.entries({ callbackUrl, fallbackUrl })) {
      const wanted = url === undefined ? undefined : whyRefused(new URL(url), ...targets);
      if (wanted === undefined) continue;
      const value = outsideText(url ?? '', 100);
      throw catapultError('callback-invalid-url', `${name}: wants ${wanted}.`, { details: [{ name, value }] });
    }
    const ofParticipants = participants.map((one, index) => [`participants[${index}].from`, one.from] as const);
    for (const [name, value] of [['from', from] as const, ...ofParticipants]) {
      if (value === undefined || accounts.mayUse(userId, value)) continue;
      const message = `${name}: got "${value}", wants a number of this account.`;
      throw catapultError('validation-error', message, { details: [{ name, value }] });
    }
  };
}
