import { ALL_ACCOUNTS } from '../catapult/paths.ts';
import { present } from '../catapult/present.ts';
import type { Health } from '../catapult/watching-resources.ts';
import type { WatchedDeliverer } from '../delivery/deliver.ts';
import type { PlatformAccount, PlatformClient } from '../platform/client.ts';
import type { HealthOf } from './api-options.ts';
import { PLATFORM_LOOKED_AT_EVERY_MS, PLATFORM_WITHIN_MS } from './budget.ts';
import type { GatewayHealth } from './health.ts';
import type { Journal } from './journal.ts';

interface Looked {
  deliverer: Pick<WatchedDeliverer, 'spared'>;
  platform: Pick<PlatformClient, 'readConference'>;
  platformAccount: PlatformAccount;
}

type Platform = Pick<Health, 'platform' | 'platformError'>;

/** How all is, seen from this gateway; an account sees hosts of its own alone. */
export function healthOf(
  { journal, deliveries }: { journal: Journal; deliveries?: Looked | undefined },
  check: () => Promise<GatewayHealth>,
): HealthOf {
  const platform = lookingAt(deliveries);
  return async (userId) => {
    const [{ reachable, isWorking, namespace }, seen] = await Promise.all([check(), platform()]);
    const { state, waiting, damaged, oldest } = journal.stats();
    const all = deliveries?.deliverer.spared() ?? [];
    const spared = all.filter(({ account }) => userId === ALL_ACCOUNTS || account === userId);
    return {
      temporal: reachable ? 'reachable' : 'unreachable',
      ...present({ namespace }),
      workers: isWorking ? 'working' : 'away',
      ...seen,
      journal: { state, waiting, damaged, ...present({ oldestTime: oldest }) },
      spared: spared.map(({ account, origin, silentRounds, sparedUntil }) => ({
        ...present({ userId: userId === ALL_ACCOUNTS ? account : undefined }),
        ...{ origin, silentRounds, sparedUntil: new Date(sparedUntil).toISOString() },
      })),
    };
  };
}

/** No platform has it: that it says so shows that it answers. */
const NOBODYS = 'convoke-asks-whether-the-platform-answers';

/** Looks at the platform when somebody wants to know, and not often. */
function lookingAt(deliveries: Looked | undefined): () => Promise<Platform> {
  if (deliveries === undefined) return async () => ({ platform: 'unknown' });
  const { platform, platformAccount } = deliveries;
  let looked: { at: number; seen: Promise<Platform> } | undefined;
  const look = async (): Promise<Platform> => {
    const reading = await Promise.race([platform.readConference(platformAccount, NOBODYS), nothingIn()]);
    if (reading === undefined) return { platform: 'silent', platformError: 'It has not answered in time.' };
    if (reading.outcome === 'read') return { platform: 'answers' };
    const { outcome, error } = reading;
    if (outcome === 'refused' && error.status !== 401 && error.status !== 403) return { platform: 'answers' };
    return { platform: outcome === 'refused' ? 'refuses' : 'silent', platformError: error.message };
  };
  return () => {
    if (looked === undefined || performance.now() - looked.at > PLATFORM_LOOKED_AT_EVERY_MS)
      looked = { at: performance.now(), seen: look() };
    return looked.seen;
  };
}

async function nothingIn(): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, PLATFORM_WITHIN_MS).unref());
}
