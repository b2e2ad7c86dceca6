import type { ToldEvent } from './events.ts';

/**
 * A conference as the wire shows it (Catapult v1, "Resources"); absent fields are left out, never null (JSON drops `undefined`). `phase`,
 * `reason`, `scheduledFor`, `participants`, `nextTimers` and `error` are ours, beside the wire's own fields.
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
  scheduledFor?: string | undefined;
  participants?:
    | {
        to: string;
        tag?: string | undefined;
        status: string;
        attempts: number;
        reason?: string | undefined;
        memberId?: string | undefined;
      }[]
    | undefined;
  nextTimers?: { timer: string; time: string }[] | undefined;
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

/** An event of a conference, and what became of it; beside Catapult's own resources. */
export interface EventResource {
  /** The `webhook-id` of every attempt. */
  id: string;
  /** The order of acceptance, `Convoke-Sequence`. */
  sequence: number;
  /** `recorded`: there was no callbackUrl, so it goes nowhere. `dead`: it was given up. */
  state: 'waiting' | 'delivered' | 'dead' | 'recorded';
  /** Whether the platform told it, or it was made up after asking the platform, or it is Convoke's own word. */
  source: 'platform' | 'reconciled' | 'convoke';
  acceptedTime: string;
  body: ToldEvent;
  /** The latest requests; `result` is the status, or what went wrong. */
  attempts: { time: string; url: 'callbackUrl' | 'fallbackUrl'; ok: boolean; result: string; milliseconds: number }[];
  nextTryTime?: string | undefined;
}

/**
 * An instant that somebody else has written (epoch milliseconds; NaN if it is none): without a zone it is UTC, wherever it is read. Zones
 * by name are not known, as a name may have two.
 */
export function instantOf(text: string | undefined): number {
  if (text === undefined) return NaN;
  const hasZone = /(?:z|gmt|utc?|\d:\d\d.*[+-]\d\d(?::?\d\d)?)\s*$/i.test(text);
  return Date.parse(hasZone ? text : `${text}Z`);
}

/** An instant as the wire writes it: ISO 8601, UTC, without fractions of a second. */
export function wireTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** An instant as it was asked for, or was: like `wireTime`, but with its fraction of a second if it has one. */
export function exactTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace('.000Z', 'Z');
}

/** A URL as others may see it: without `user:password@`. */
export function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
}
