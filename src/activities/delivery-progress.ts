import { z } from 'zod';

/** The activity whose heartbeats hold it. */
export const DELIVERY_ACTIVITY = 'deliverCallbacks';

/** What a delivery's heartbeats hold: the requests that were made. */
export const deliveryProgress = z
  .array(
    z.object({
      sequence: z.number(),
      at: z.number(),
      url: z.enum(['callbackUrl', 'fallbackUrl']),
      ok: z.boolean(),
      result: z.string(),
      milliseconds: z.number(),
      answer: z.string().optional(),
    }),
  )
  // A new list each time: its reader goes on with it.
  .catch(() => []);

export type DeliveryProgress = z.output<typeof deliveryProgress>;
