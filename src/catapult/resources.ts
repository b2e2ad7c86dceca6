import { z } from 'zod';

/**
 * A conference as the wire shows it (Catapult v1, "Resources"); absent fields are left out, never null (JSON drops `undefined`). `phase`,
 * `reason` and `error` are ours, beside the wire's own fields.
 */
export interface Conference {
  id: string;
  state: 'created' | 'active' | 'completed';
  from: string;
  createdTime?: string | undefined;
  completedTime?: string | undefined;
  activeMembers: number;
  hold: boolean;
  mute: boolean;
  profile: string;
  callbackUrl?: string | undefined;
  callbackHttpMethod: string;
  callbackTimeout: number;
  fallbackUrl?: string | undefined;
  tag?: string | undefined;
  phase?: string | undefined;
  reason?: string | undefined;
  error?: { category: string; code: string; message: string } | undefined;
}

/** A member as the wire shows it, but for `call`: the wire shows the call's URL, which begins with the server's address. */
export interface Member {
  id: string;
  callId?: string | undefined;
  state: 'active' | 'completed';
  mute: boolean;
  hold: boolean;
  joinTone: boolean;
  leavingTone: boolean;
  addedTime?: string | undefined;
  removedTime?: string | undefined;
}

/** What we rely on in a platform's answer to GET /conferences/{id}. */
export const platformConference = z.looseObject({
  id: z.string(),
  state: z.enum(['created', 'active', 'completed']),
  createdTime: z.string().optional(),
  completedTime: z.string().optional(),
});

/** An instant as the wire writes it: ISO 8601, UTC, without fractions of a second. */
export function wireTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** A URL as others may see it: without `user:password@`. */
export function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
}
