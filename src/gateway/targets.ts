import { networksOf, type Accounts } from '../accounts/accounts.ts';
import { catapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
import { targetsOf, whyRefused, type AllowedNetworks, type TargetRules } from '../delivery/guard.ts';
import type { ApiOptions } from './api-options.ts';

/** @throws CatapultError 400 where events could never go to one of these. */
export function refuseTargets(
  { callbackUrl, fallbackUrl }: { callbackUrl?: string | undefined; fallbackUrl?: string | undefined },
  { userId }: { userId: string },
  refusalOf: ApiOptions['refusalOf'],
): void {
  for (const [name, url] of Object.entries({ callbackUrl, fallbackUrl })) {
    const wanted = url === undefined ? undefined : refusalOf?.(url, userId);
    if (wanted === undefined) continue;
    const value = outsideText(url ?? '', 100);
    throw catapultError('callback-invalid-url', `${name}: wants ${wanted}.`, { details: [{ name, value }] });
  }
}

/** Where customers' URLs may lead, whoever's they are. */
export interface TargetsRules {
  allowedNetworks: AllowedNetworks;
  targetRules: TargetRules;
}

/** Says what a URL of an account is to be like where events could never go to it; undefined where they may. */
export function refusalsIn({ allowedNetworks, targetRules }: TargetsRules, accounts: Pick<Accounts, 'get'>) {
  return (url: string, userId: string): string | undefined =>
    whyRefused(new URL(url), ...targetsOf(allowedNetworks, targetRules, networksOf(accounts.get(userId))));
}
