import { z } from 'zod';
import { list, port, sealingKeys, told } from './setting-kinds.ts';

/** What seals that which Temporal keeps, and opens it for a person. */
export const sealingSettings = {
  PAYLOAD_KEYS: told(
    sealingKeys.optional(),
    'none: nothing is sealed',
    '`keyId:` and the base64 of 32 bytes, comma-separated: seals what is written into Temporal ([how](#sealing-what-temporal-keeps)). The first key seals, all open. Gateways, workers, tools and backend services need the same keys',
  ),
  CODEC_PORT: told(
    port(8234),
    '8234',
    "the port of the endpoint that opens payloads for Temporal's UI (`convoke codec`)",
  ),
  CODEC_ORIGINS: told(
    list
      .refine((all) => all.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin), {
        error: 'wants origins such as https://temporal.example.com, comma-separated',
      })
      .optional(),
    'the UI that is started here',
    "the origins of Temporal's UI, comma-separated: pages of others may not ask that endpoint",
  ),
  CODEC_TOKEN: told(
    z
      .string()
      .regex(/^[\w-]{22,200}$/, { error: 'wants 22 to 200 letters and digits, such as "openssl rand -hex 32" makes' })
      .optional(),
    'made, and kept in the data directory',
    'what stands in the URL of that endpoint, and lets whoever knows it open payloads',
  ),
};
