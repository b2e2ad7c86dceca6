import type { Client } from '@temporalio/client';
import { loadCallbackTokens, type CallbackTokens } from './accounts/callback-tokens.ts';
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
  const look = async (withinMs?: number) => {
    const found = await missingKeys(part, client, config, { withinMs });
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

/** What of the keys is missing. @throws when nobody answers in time. */
export async function missingKeys(
  part: Part,
  client: Client,
  config: Config,
  { withinMs = KEYS_LOOKED_FOR_WITHIN_MS, taskQueue }: { withinMs?: number | undefined; taskQueue?: string } = {},
): Promise<Found[]> {
  const deadline = Date.now() + withinMs;
  const payload = await missingPayloadKeys(client, config, deadline, taskQueue);
  // Without it nobody could tell which conference has which URL.
  if (payload.length > 0 || part !== 'gateway' || config.callbackKeys === undefined) return payload;
  const platform = createPlatformClient(config.platform.url);
  try {
    const tokens = loadCallbackTokens(config.callbackKeys, config.dataDir);
    return await missingCallbackKeys(client, { platform, tokens, config, deadline }, taskQueue);
  } finally {
    await platform.close();
  }
}

async function missingPayloadKeys(
  client: Client,
  { temporal: { payloadKeys } }: Config,
  deadline: number,
  taskQueue?: string,
): Promise<Found[]> {
  const held = await heldPayloadKeys(client, deadline, taskQueue);
  const missing = [...held].filter(([id]) => payloadKeys?.has(id) !== true);
  return missing.map(([id, count]) => ({
    unsafe: 'missing-keys',
    setting: 'PAYLOAD_KEYS',
    problem: `${count} open conferences were sealed with the key "${id}", which is not in it: wants that key behind the others until they are over`,
  }));
}

interface Looking {
  platform: PlatformClient;
  tokens: CallbackTokens;
  config: Config;
  deadline: number;
}

/** By a sample, at the platform. What of it cannot be seen in time is left alone: `convoke callbacks` looks at all. */
async function missingCallbackKeys(client: Client, looking: Looking, taskQueue?: string): Promise<Found[]> {
  const open = new OpenConferences(client, taskQueue);
  const sample = await open.sample(looking.deadline);
  const missing = new Set<string>();
  const look = async (ids: (typeof sample)[number]) => {
    const { platform, tokens, config, deadline } = looking;
    const one = await open.onPlatform(ids, deadline);
    // Whatever does not answer says nothing.
    const found = one && (await platform.readCallbacks(config.platform, one.platformId));
    if (found?.outcome !== 'read' || found.state === 'completed') return;
    const { callbackUrl = '' } = found;
    const [, keyId] = /\/callbacks\/[^/]+\/[^/]+\/primary\/([\w-]+)\.[^/]+$/.exec(callbackUrl) ?? [];
    if (keyId !== undefined && tokens.placeOf(callbackUrl) === undefined) missing.add(keyId);
  };
  const late = new Promise<void>((resolve) => setTimeout(resolve, Math.max(looking.deadline - Date.now(), 0)).unref());
  await Promise.race([late, Promise.allSettled(sample.map(look))]);
  return [...missing].map((id) => ({
    unsafe: 'missing-keys',
    setting: 'CALLBACK_KEYS',
    problem: `open conferences have callback URLs of the key "${id}", which is not in it, or another one: wants that key behind the others until "convoke callbacks" says that none has it`,
  }));
}
