import { sealingKeys, told } from './setting-kinds.ts';

/** What seals that which Temporal keeps. */
export const sealingSettings = {
  PAYLOAD_KEYS: told(
    sealingKeys.optional(),
    'none: nothing is sealed',
    '`keyId:` and the base64 of 32 bytes, comma-separated: seals what is written into Temporal ([how](#sealing-what-temporal-keeps)). The first key seals, all open. Gateways, workers, tools and backend services need the same keys',
  ),
};
