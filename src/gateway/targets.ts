import { catapultError } from '../catapult/errors.ts';
import { outsideText } from '../catapult/outside-text.ts';
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
