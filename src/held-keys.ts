import type { Client } from '@temporalio/client';
import { platformAccountOf } from './accounts/accounts.ts';
import { presentCallbackTokens, type CallbackTokens } from './accounts/callback-tokens.ts';
import { accountsNow } from './accounts/open.ts';
import { KEYS_LOOKED_FOR_AGAIN_WITHIN_MS, KEYS_LOOKED_FOR_WITHIN_MS } from './budget.ts';
import { heldPayloadKeys, OpenConferences } from './client/index.ts';
import { refuseFound, type Config } from './config.ts';
import { reasonOf } from './failure.ts';
import { createPlatformClient, type PlatformClient } from './platform/client.ts';
import type { Logger } from './telemetry/log.ts';
import type { Found } from './unsafe.ts';

/*
 * Keys that open conferences hold, and that the settings lack. Without its payload key a conference is neither read nor goes on; without its
 * callback key what the platform says of it is refused.
 */

/** The part that is started. Only gateways verify callbacks, whose keys are asked for at the platform. */
type Part = 'gateway' | 'worker';

/** What is known of keys that are missing, once a part has been started. */
export interface HeldKeys {
  /** What has turned out since to be missing, in a sentence; nothing once all are known to be there. */
  missing(): Promise<string | undefined>;
}

/**
 * Looks before a part is started. Where nobody answers within two seconds (Temporal, workers or the platform are away) it starts all the same,
 * and whoever has the answer looks again.
 * @throws Failure where a key is missing, unless ALLOW_UNSAFE lets that pass.
 */
export async function heldKeysOf(part: Part, client: Client, config: Config, logger: Logger): Promise<HeldKeys> {
  let isKnown = false;
  const said = new Set<string>();
  const say = (warning: string) => {
    if (!said.has(warning)) logger.warn(warning);
    said.add(warning);
  };
  const look = async (withinMs?: number) => {
    const found = await missingKeys(part, client, config, { withinMs, say });
    isKnown = found.length === 0;
    return found;
  };
  const allowed = await look().then(
    (found) => refuseFound(config, found),
    (error: unknown) => {
      logger.warn(`whether all keys are there that open conferences hold is not known: ${reasonOf(error)}`);
      return [];
    },
  );
  for (const warning of allowed) logger.error(warning);
  isKnown ||= allowed.length > 0;
  return {
    async missing() {
      if (isKnown) return undefined;
      const found = await look(KEYS_LOOKED_FOR_AGAIN_WITHIN_MS);
      return found.length === 0 ? undefined : found.map(({ setting, problem }) => `${setting}: ${problem}.`).join(' ');
    },
  };
}

interface Look {
  withinMs?: number | undefined;
  taskQueue?: string;
  /** Takes what there is to say beside that. */
  say?: (warning: string) => void;
}

/** What of the keys is missing. @throws when nobody answers in time. */
export async function missingKeys(
  part: Part,
  client: Client,
  config: Config,
  { withinMs = KEYS_LOOKED_FOR_WITHIN_MS, taskQueue, say = () => undefined }: Look = {},
): Promise<Found[]> {
  const deadline = Date.now() + withinMs;
  const payload = await missingPayloadKeys(client, config, deadline, { taskQueue, say });
  // Without it nobody could tell which conference has which URL.
  if (payload.length > 0 || part !== 'gateway') return payload;
  const platform = createPlatformClient(config.platform.url);
  try {
    const tokens = presentCallbackTokens(config.callbackKeys, config.dataDir);
    return await missingCallbackKeys(client, { platform, tokens, config, deadline }, taskQueue);
  } finally {
    await platform.close();
  }
}

async function missingPayloadKeys(
  client: Client,
  { temporal: { payloadKeys } }: Config,
  deadline: number,
  { taskQueue, say }: { taskQueue: string | undefined; say: (warning: string) => void },
): Promise<Found[]> {
  const { keys, unreadable } = await heldPayloadKeys(client, deadline, taskQueue);
  const [example] = unreadable;
  if (example !== undefined)
    say(`the memo of ${unreadable.length} open conferences was sealed with no key that there can be, ${example} say`);
  const missing = [...keys].filter(([id]) => payloadKeys?.has(id) !== true);
  return missing.map(([id, count]) => ({
    unsafe: 'missing-keys',
    setting: 'PAYLOAD_KEYS',
    problem: `${count === 0 ? 'of' : count} open conferences ${count === 0 ? 'something was' : 'were'} sealed with the key "${id}", which is not in it: wants that key behind the others until they are over`,
  }));
}

interface Looking {
  platform: PlatformClient;
  /** Undefined where there is no key yet. */
  tokens: CallbackTokens | undefined;
  config: Config;
  deadline: number;
}

/** By a sample, at the platform. What of it cannot be seen in time is left alone: `convoke callbacks` looks at all. */
async function missingCallbackKeys(client: Client, looking: Looking, taskQueue?: string): Promise<Found[]> {
  const open = new OpenConferences(client, taskQueue);
  const sample = await open.sample(looking.deadline, { onPlatform: true });
  if (sample.length === 0) return [];
  const missing = new Set<string>();
  const accounts = await accountsNow(looking.config);
  const look = async (ids: (typeof sample)[number]) => {
    const { platform, tokens, config, deadline } = looking;
    const one = await open.onPlatform(ids, deadline);
    // Whatever does not answer says nothing.
    const holder = platformAccountOf(accounts.get(ids.userId)) ?? config.platform;
    const found = one && (await platform.readCallbacks(holder, one.platformId));
    if (found?.outcome !== 'read' || found.state === 'completed') return;
    const { callbackUrl = '' } = found;
    const [, keyId] = /\/callbacks\/[^/]+\/[^/]+\/primary\/([\w-]+)\.[^/]+$/.exec(callbackUrl) ?? [];
    if (keyId !== undefined && tokens?.placeOf(callbackUrl) === undefined) missing.add(keyId);
  };
  const late = new Promise<void>((resolve) => setTimeout(resolve, Math.max(looking.deadline - Date.now(), 0)).unref());
  await Promise.race([late, Promise.allSettled(sample.map(look))]);
  const { callbackKeys, dataDir } = looking.config;
  const isNotThere =
    callbackKeys === undefined
      ? `which is not the one that is kept in ${dataDir}: wants that key, or the CONVOKE_DATA_DIR where it is kept,`
      : 'which is not in it, or another one: wants that key behind the others';
  return [...missing].map((id) => ({
    unsafe: 'missing-keys',
    setting: 'CALLBACK_KEYS',
    problem: `open conferences have callback URLs of the key "${id}", ${isNotThere} until "convoke callbacks" says that none has it`,
  }));
}
