import { offsetsOf } from '../../catapult/local-time.ts';

/*
 * A schedule whose conferences have reminders starts them by so much earlier. No calendar says "an hour earlier" over a change of the
 * clocks, or "two days before the last Friday"; so the schedule keeps its calendar, and gets clocks that are ahead by that much. Temporal
 * takes a time zone as data (TZif, RFC 9636).
 */

const FROM = Date.UTC(2020, 0, 1);
const TO = Date.UTC(2101, 0, 1);

/** What was looked up, which takes some 100 ms; there are some hundred time zones. */
const known = new Map<string, ReturnType<typeof offsetsOf>>();

/** The time zone with all its clocks ahead by so many seconds. */
export function zoneAheadBy(timeZone: string, seconds: number): Buffer {
  const found = known.get(timeZone) ?? offsetsOf(timeZone, FROM, TO);
  known.set(timeZone, found);
  const { first, changes } = found;
  const offsets = [...new Set([first, ...changes.map(([, offset]) => offset)])];
  const times = Buffer.alloc(changes.length * 8);
  changes.forEach(([at], index) => times.writeBigInt64BE(BigInt(at - seconds), index * 8));
  const types = Buffer.alloc(offsets.length * 6);
  offsets.forEach((offset, index) => types.writeInt32BE(offset + seconds, index * 6));
  return Buffer.concat([
    // Of the first block, for readers of 32 bits, there is nothing.
    header(0, 0, 0),
    header(changes.length, offsets.length, ABBREVIATION.length),
    times,
    Buffer.from(changes.map(([, offset]) => offsets.indexOf(offset))),
    types,
    ABBREVIATION,
    // No rule for later than the last change.
    Buffer.from('\n\n'),
  ]);
}

const ABBREVIATION = Buffer.from('LMT\0');

function header(changes: number, types: number, characters: number): Buffer {
  const bytes = Buffer.alloc(44);
  bytes.write('TZif2', 'latin1');
  // After counts of three things that there are none of.
  [changes, types, characters].forEach((count, index) => bytes.writeUInt32BE(count, 32 + index * 4));
  return bytes;
}
