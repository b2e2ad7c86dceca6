/* What a conference takes in. */

import type { PlatformConference, PlatformMember } from '../../catapult/from-platform.ts';

/** Between which times something happened (epoch milliseconds). */

export interface Span {
  from: number;
  to: number;
}
/** What came of asking the platform; `asOf` when it looked, by its own clock, if it tells the time. */

export type PlatformReading =
  | { outcome: 'read'; asOf?: Span | undefined; conference: PlatformConference; members: PlatformMember[] }
  | { outcome: 'missing' }
  | { outcome: 'unreadable'; why: string };
